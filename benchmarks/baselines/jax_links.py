"""Gauge-equivariant U(1) flow in two dimensions (arXiv:2003.06413, 2101.08176) in plain JAX; angles [batch, mu, x0, x1]."""

import math
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

TURN = 2 * math.pi
Net = list[tuple[jax.Array, jax.Array]]


def init(key: jax.Array, layers: int, hidden: tuple[int, ...], kernel: int, mixture: int) -> list[Net]:
    """[layer][convolution] of (weights [k, k, in, out], bias), uniform as in torch.nn.Conv2d."""
    nets = []
    for layer in jax.random.split(key, layers):
        net: Net = []
        for number, (inputs, outputs) in enumerate(pairwise((2, *hidden, mixture + 1))):
            of_weights, of_bias = jax.random.split(jax.random.fold_in(layer, number))
            bound = 1 / math.sqrt(inputs * kernel**2)
            shape = (kernel, kernel, inputs, outputs)
            weights = jax.random.uniform(of_weights, shape, minval=-bound, maxval=bound)
            net.append((weights, jax.random.uniform(of_bias, (outputs,), minval=-bound, maxval=bound)))
        nets.append(net)
    return nets


def cnn(net: Net, x: jax.Array) -> jax.Array:
    """[batch, x0, x1, 2] to [batch, x0, x1, mixture + 1]."""
    for number, (weights, bias) in enumerate(net):
        border = weights.shape[0] // 2
        x = jnp.pad(x, ((0, 0), (border, border), (border, border), (0, 0)), mode="wrap")
        x = jax.lax.conv_general_dilated(x, weights, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")) + bias
        if number < len(net) - 1:
            x = jax.nn.leaky_relu(x)
    return x


def plaquettes(angles: jax.Array) -> jax.Array:
    """[batch, x0, x1]."""
    return angles[:, 0] + jnp.roll(angles[:, 1], -1, 1) - jnp.roll(angles[:, 0], -1, 2) - angles[:, 1]


def action(angles: jax.Array, beta: float) -> jax.Array:
    return -beta * jnp.cos(plaquettes(angles)).sum((1, 2))


def masks(layer: int, extent: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Active and frozen plaquettes [x0, x1], and the sign [mu, x0, x1] of the active links in their plaquettes."""
    mu, offset = layer % 2, layer // 2 % 4
    place = (np.indices((extent, extent))[1 - mu] - offset) % 4
    active = (place == 0).astype(np.float32)
    frozen = ((place == 1) | (place == 2)).astype(np.float32)
    link = np.zeros((2, extent, extent), np.float32)
    link[mu] = active * (1 if mu == 0 else -1)
    return active, frozen, link


def project(angle: jax.Array, log_scale: jax.Array, shift: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Mean of non-compact projections (last axis of `log_scale`) and the log of its slope."""
    half = angle[..., None] / 2
    image = jnp.mod(2 * jnp.arctan(jnp.exp(log_scale) * jnp.tan(half)), TURN).mean(-1)
    slope = 1 / (jnp.exp(-log_scale) * jnp.cos(half) ** 2 + jnp.exp(log_scale) * jnp.sin(half) ** 2)
    return jnp.mod(image + shift, TURN), jnp.log(slope.mean(-1))


def sample(nets: list[Net], key: jax.Array, batch: int, extent: int) -> tuple[jax.Array, jax.Array]:
    """Angles and log q with respect to the Haar measure."""
    angles = jax.random.uniform(key, (batch, 2, extent, extent)) * TURN
    log_q = jnp.zeros(batch)
    for number, net in enumerate(nets):
        active, frozen, link = masks(number, extent)
        plaquette = jnp.mod(plaquettes(angles), TURN)
        seen = frozen * plaquette
        result = cnn(net, jnp.stack((jnp.cos(seen), jnp.sin(seen)), -1))
        image, log_slope = project(plaquette, result[..., :-1], result[..., -1])
        angles = jnp.mod(angles + link * (active * (image - plaquette))[:, None], TURN)
        log_q = log_q - (active * log_slope).sum((1, 2))
    return angles, log_q


class Program:
    """`train(steps)` and `sample()` at one size; both return when the work is done."""

    def __init__(
        self, extent: int, batch: int, layers: int, hidden: tuple[int, ...], kernel: int, mixture: int, beta: float
    ) -> None:
        optimizer = optax.adam(1e-3)
        self.nets = init(jax.random.key(0), layers, hidden, kernel, mixture)
        self.optimizer = optimizer.init(self.nets)
        self.count = 0

        def loss(nets: list[Net], key: jax.Array) -> jax.Array:
            angles, log_q = sample(nets, key, batch, extent)
            return jnp.mean(log_q + action(angles, beta))

        def step(nets: list[Net], state: Any, key: jax.Array) -> tuple[list[Net], Any, jax.Array]:
            value, gradient = jax.value_and_grad(loss)(nets, key)
            updates, state = optimizer.update(gradient, state)
            return optax.apply_updates(nets, updates), state, value

        self._step = jax.jit(step, donate_argnums=(0, 1))
        self._sample = jax.jit(lambda nets, key: sample(nets, key, batch, extent))

    def train(self, steps: int) -> None:
        for _ in range(steps):
            self.count += 1
            self.nets, self.optimizer, value = self._step(self.nets, self.optimizer, jax.random.key(self.count))
        jax.block_until_ready(value)

    def sample(self) -> None:
        self.count += 1
        jax.block_until_ready(self._sample(self.nets, jax.random.key(self.count)))
