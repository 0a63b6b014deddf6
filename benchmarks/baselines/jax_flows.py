"""Real NVP flow for phi^4 in two dimensions (arXiv:2101.08176) in plain JAX; configurations [batch, x0, x1]."""

import math
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

Weights = list[list[tuple[jax.Array, jax.Array]]]


def init(key: jax.Array, layers: int, hidden: tuple[int, ...], kernel: int) -> Weights:
    """[layer][convolution] of (weights [k, k, in, out], bias), uniform as in torch.nn.Conv2d."""
    channels = (1, *hidden, 2)
    result = []
    for layer in jax.random.split(key, layers):
        net = []
        for number, (inputs, outputs) in enumerate(pairwise(channels)):
            of_weights, of_bias = jax.random.split(jax.random.fold_in(layer, number))
            bound = 1 / math.sqrt(inputs * kernel**2)
            shape = (kernel, kernel, inputs, outputs)
            weights = jax.random.uniform(of_weights, shape, minval=-bound, maxval=bound)
            net.append((weights, jax.random.uniform(of_bias, (outputs,), minval=-bound, maxval=bound)))
        result.append(net)
    return result


def cnn(net: list[tuple[jax.Array, jax.Array]], x: jax.Array) -> jax.Array:
    """[batch, x0, x1, 1] to [batch, x0, x1, 2] in (-1, 1)."""
    for number, (weights, bias) in enumerate(net):
        border = weights.shape[0] // 2
        x = jnp.pad(x, ((0, 0), (border, border), (border, border), (0, 0)), mode="wrap")
        x = jax.lax.conv_general_dilated(x, weights, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")) + bias
        if number < len(net) - 1:
            x = jax.nn.leaky_relu(x)
    return jnp.tanh(x)


def action(phi: jax.Array, m2: float, lam: float) -> jax.Array:
    density = m2 * phi**2 + lam * phi**4
    for axis in (1, 2):
        density = density + (jnp.roll(phi, -1, axis) - phi) ** 2
    return density.sum((1, 2))


def sample(weights: Weights, key: jax.Array, batch: int, extent: int) -> tuple[jax.Array, jax.Array]:
    """Configurations and their log q."""
    parity = np.indices((extent, extent)).sum(0) % 2
    phi = jax.random.normal(key, (batch, extent, extent))
    log_q = jnp.sum(-0.5 * phi**2 - 0.5 * math.log(2 * math.pi), (1, 2))
    for number, net in enumerate(weights):
        frozen = jnp.asarray((parity + number) % 2, phi.dtype)
        result = cnn(net, (frozen * phi)[..., None])
        log_scale, shift = (1 - frozen) * result[..., 0], (1 - frozen) * result[..., 1]
        phi = phi * jnp.exp(log_scale) + shift
        log_q = log_q - log_scale.sum((1, 2))
    return phi, log_q


class Program:
    """`train(steps)` and `sample()` at one size; both return when the work is done."""

    def __init__(
        self, extent: int, batch: int, layers: int, hidden: tuple[int, ...], kernel: int, m2: float, lam: float
    ) -> None:
        optimizer = optax.adam(1e-3)
        self.weights = init(jax.random.key(0), layers, hidden, kernel)
        self.optimizer = optimizer.init(self.weights)
        self.count = 0

        def loss(weights: Weights, key: jax.Array) -> jax.Array:
            phi, log_q = sample(weights, key, batch, extent)
            return jnp.mean(log_q + action(phi, m2, lam))

        def step(weights: Weights, state: Any, key: jax.Array) -> tuple[Weights, Any, jax.Array]:
            value, gradient = jax.value_and_grad(loss)(weights, key)
            updates, state = optimizer.update(gradient, state)
            return optax.apply_updates(weights, updates), state, value

        self._step = jax.jit(step, donate_argnums=(0, 1))
        self._sample = jax.jit(lambda weights, key: sample(weights, key, batch, extent))

    def train(self, steps: int) -> None:
        for _ in range(steps):
            self.count += 1
            self.weights, self.optimizer, value = self._step(self.weights, self.optimizer, jax.random.key(self.count))
        jax.block_until_ready(value)

    def sample(self) -> None:
        self.count += 1
        jax.block_until_ready(self._sample(self.weights, jax.random.key(self.count)))
