"""Losses with gradients: reverse and forward Kullback-Leibler divergence up to log Z."""

from collections.abc import Callable
from functools import partial
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
    gradient, log_weight = _path(flow, action, weights, parameters, key, n, None, jnp.full(n, 1 / n))
    return gradient, Loss(-jnp.mean(log_weight), log_weight)


def forward_kl(
    flow: Flow, action: Action, weights: Any, parameters: Any, key: jax.Array, n: int, samples: Any
) -> tuple[Any, Loss]:
    """E_p[-log q - S] on n configurations drawn from given `samples` [..., sample] of the target: the maximal likelihood."""
    fields = _choose(samples, key, n)

    def loss(weights: Any) -> tuple[jax.Array, jax.Array]:
        log_weight = -action(fields, parameters) - flow.log_prob(weights, fields)
        return jnp.mean(log_weight), log_weight

    (value, log_weight), gradient = jax.value_and_grad(loss, has_aux=True)(weights)
    return gradient, Loss(value, log_weight)


def forward_kl_path(
    flow: Flow, action: Action, weights: Any, parameters: Any, key: jax.Array, n: int, samples: Any
) -> tuple[Any, Loss]:
    """`forward_kl` with the gradient of a path: it is the reverse divergence of the priors, KL(f^-1 p | prior), whose
    gradient is E_p[df(z)/dw . grad(log q + S)(x)] at z = f^-1(x) (arXiv:2403.15881): that of `reverse_kl_path` on
    configurations of p instead of q, and like it zero for each of them where q = p.
    """
    given = _choose(samples, key, n)
    gradient, log_weight = _path(flow, action, weights, parameters, key, 0, given, jnp.full(n, 1 / n))
    return gradient, Loss(jnp.mean(log_weight), log_weight)


def _choose(samples: Any, key: jax.Array, n: int) -> Any:
    """n of the samples, with replacement."""
    chosen = jax.random.randint(key, (n,), 0, jax.tree.leaves(samples)[0].shape[-1])
    return jax.tree.map(lambda values: values[..., chosen], samples)


def _path(
    flow: Flow, action: Action, weights: Any, parameters: Any, key: jax.Array, n: int, given: Any, shares: jax.Array
) -> tuple[Any, jax.Array]:
    """sum over b of share_b df(z_b)/dw . grad(log q + S)(x_b), and log p~/q [b], for n samples of q and those given."""

    def surrogate(weights: Any) -> tuple[jax.Array, jax.Array]:
        fields, log_q, score = flow.sample_with_score(weights, key, n, given)
        fixed = jax.lax.stop_gradient(fields)
        values, pull = jax.vjp(lambda fields: action(fields, parameters), fixed)
        (slope,) = pull(jnp.ones_like(values))
        share = shares.astype(values.dtype)
        paired = jax.tree.map(lambda x, s, g: jnp.sum(share * x * (s + g)), fields, score, slope)
        return jnp.sum(jnp.stack(jax.tree.leaves(paired))), -values - log_q

    return jax.grad(surrogate, has_aux=True)(weights)


def loss_function(options: TrainOptions, samples: Any) -> Callable[..., tuple[Any, Loss]]:
    """The function (flow, action, weights, parameters, key, n, samples) -> (gradient, Loss) of the options.

    Raises RuntimeInputError where forward KL has no samples.
    """
    if options.needs_samples and samples is None:
        raise RuntimeInputError(f"{options.loss} needs samples of the target")
    down = reverse_kl if options.estimator == "reparametrization" else reverse_kl_path
    if options.loss == "forward_kl":
        return forward_kl_path if options.estimator == "paths" else forward_kl
    if options.loss == "reverse_kl":
        return lambda *arguments: down(*arguments[:6])
    if options.estimator == "paths":
        return partial(_mixed_paths, options.reverse, options.forward)
    return partial(_mixed, down, options.reverse, options.forward)


def _mixed(down: Callable[..., tuple[Any, Loss]], reverse: float, forward: float, *arguments: Any) -> tuple[Any, Loss]:
    """Weighted sum of both, as for Boltzmann generators (Noe et al., Science 365 (2019) eaaw1147)."""
    flow, action, weights, parameters, key, n, samples = arguments
    first, second = jax.random.split(key)
    of_own, own = down(flow, action, weights, parameters, first, n)
    of_given, other = forward_kl(flow, action, weights, parameters, second, n, samples)
    gradient = jax.tree.map(lambda a, b: reverse * a + forward * b, of_own, of_given)
    return gradient, Loss(reverse * own.value + forward * other.value, own.log_weight)


def _mixed_paths(reverse: float, forward: float, *arguments: Any) -> tuple[Any, Loss]:
    """`_mixed` with path gradients of both, in one pass over 2n configurations."""
    flow, action, weights, parameters, key, n, samples = arguments
    first, second = jax.random.split(key)
    shares = jnp.repeat(jnp.array([reverse / n, forward / n]), n)
    gradient, log_weight = _path(flow, action, weights, parameters, first, n, _choose(samples, second, n), shares)
    own, other = log_weight[:n], log_weight[n:]
    return gradient, Loss(forward * jnp.mean(other) - reverse * jnp.mean(own), own)
