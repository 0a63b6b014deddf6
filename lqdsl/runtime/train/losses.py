"""Losses with gradients: reverse and forward Kullback-Leibler divergence up to log Z."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow import Flow
from lqdsl.runtime.train.options import TrainOptions

Action = Callable[[Any, Any], jax.Array]


class Loss(NamedTuple):
    """Mean of the loss, and log p~/q [b] of the samples it was taken on."""

    value: jax.Array
    log_weight: jax.Array


def reverse_kl(flow: Flow, action: Action, weights: Any, parameters: Any, key: jax.Array, n: int) -> tuple[Any, Loss]:
    """E_q[log q + S], gradient through samples and density (reparametrization)."""

    def loss(weights: Any) -> tuple[jax.Array, jax.Array]:
        fields, log_q = flow.sample(weights, key, n)
        log_weight = -action(fields, parameters) - log_q
        return -jnp.mean(log_weight), log_weight

    (value, log_weight), gradient = jax.value_and_grad(loss, has_aux=True)(weights)
    return gradient, Loss(value, log_weight)


def reverse_kl_path(
    flow: Flow, action: Action, weights: Any, parameters: Any, key: jax.Array, n: int
) -> tuple[Any, Loss]:
    """E_q[log q + S], gradient through the samples only (arXiv:1703.09194, 2207.08219).

    The dropped term has mean zero; what is left vanishes sample by sample where q = p.
    """

    def surrogate(weights: Any) -> tuple[jax.Array, jax.Array]:
        fields, log_q, score = flow.sample_with_score(weights, key, n)
        fixed = jax.lax.stop_gradient(fields)
        values, pull = jax.vjp(lambda fields: action(fields, parameters), fixed)
        (slope,) = pull(jnp.ones_like(values))
        paired = jax.tree.map(lambda x, s, g: jnp.sum(x * (s + g)), fields, score, slope)
        return jnp.sum(jnp.stack(jax.tree.leaves(paired))) / n, -values - log_q

    gradient, log_weight = jax.grad(surrogate, has_aux=True)(weights)
    return gradient, Loss(-jnp.mean(log_weight), log_weight)


def forward_kl(
    flow: Flow, action: Action, weights: Any, parameters: Any, key: jax.Array, n: int, samples: Any
) -> tuple[Any, Loss]:
    """E_p[-log q - S] on n configurations drawn from given `samples` [..., sample] of the target."""
    total = jax.tree.leaves(samples)[0].shape[-1]
    chosen = jax.random.randint(key, (n,), 0, total)
    fields = jax.tree.map(lambda values: values[..., chosen], samples)

    def loss(weights: Any) -> tuple[jax.Array, jax.Array]:
        log_weight = -action(fields, parameters) - flow.log_prob(weights, fields)
        return jnp.mean(log_weight), log_weight

    (value, log_weight), gradient = jax.value_and_grad(loss, has_aux=True)(weights)
    return gradient, Loss(value, log_weight)


def loss_function(options: TrainOptions, samples: Any) -> Callable[..., tuple[Any, Loss]]:
    """The function (flow, action, weights, parameters, key, n, samples) -> (gradient, Loss) of the options.

    Raises RuntimeInputError where forward KL has no samples.
    """
    if options.needs_samples and samples is None:
        raise RuntimeInputError(f"{options.loss} needs samples of the target")
    if options.loss == "forward_kl":
        return forward_kl
    chosen = reverse_kl_path if options.estimator == "path" else reverse_kl
    if options.loss == "reverse_kl":
        return lambda *arguments: chosen(*arguments[:6])

    def mixed(
        flow: Flow, action: Action, weights: Any, parameters: Any, key: jax.Array, n: int, given: Any
    ) -> tuple[Any, Loss]:
        """Weighted sum of both, as for Boltzmann generators (Noe et al., Science 365 (2019) eaaw1147)."""
        first, second = jax.random.split(key)
        down, reverse = chosen(flow, action, weights, parameters, first, n)
        up, forward = forward_kl(flow, action, weights, parameters, second, n, given)
        gradient = jax.tree.map(lambda a, b: options.reverse * a + options.forward * b, down, up)
        return gradient, Loss(options.reverse * reverse.value + options.forward * forward.value, reverse.log_weight)

    return mixed
