"""A spectral kernel trained on a density of one SU(3) matrix of arXiv:2008.05456, in double precision.

p(U) is proportional to exp((beta / 3) Re tr[c_1 U + c_2 U^2 + c_3 U^3]) with c = (0.17, -0.65, 1.22) and beta = 9.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lqdsl.runtime import random
from lqdsl.runtime.groups import SU
from lqdsl.runtime.groups.products import Pair, multiply, trace
from lqdsl.runtime.kernels import Spectral

LOG_Z = 8.7624455117
KERNEL = Spectral(16).of(SU(3))
STEPS, BATCH, SAMPLES = 300, 1024, 65536


def log_p(u: Pair) -> jax.Array:
    square = multiply(u, u)
    powers = (u, square, multiply(square, u))
    return 3.0 * sum(c * trace(power)[0] for c, power in zip((0.17, -0.65, 1.22), powers, strict=True))


def log_weights(parameters: jax.Array, key: jax.Array) -> jax.Array:
    """log p / q [b] of kernel images of Haar matrices; parameters [parameter, b]."""
    z = SU(3).haar(random.key_words(key), parameters.shape[1:], "float64").stored
    image, log_slope = KERNEL.forward(z, parameters[: KERNEL.even], parameters[KERNEL.even :])
    return log_p(image) + log_slope


@jax.jit
def gradients(parameters: jax.Array, key: jax.Array) -> jax.Array:
    """Of the reverse KL, sample by sample."""
    return jax.grad(lambda parameters: -jnp.mean(log_weights(parameters, key)))(parameters)


def repeated(parameters: np.ndarray, n: int) -> np.ndarray:
    return np.repeat(parameters[:, None], n, axis=1)


@pytest.mark.slow
def test_reverse_kl_finds_the_density() -> None:
    """log Z within four errors of the exact number, before training and after it; the Haar proposal has ESS 0.145."""
    optimizer = optax.adam(optax.cosine_decay_schedule(0.03, STEPS))
    parameters = np.zeros(KERNEL.even + KERNEL.odd)
    state = optimizer.init(parameters)
    proposals = jax.jit(log_weights)
    ess = {0: figures(proposals(repeated(parameters, SAMPLES), jax.random.key(STEPS)))}
    for step in range(STEPS):
        each = gradients(repeated(parameters, BATCH), jax.random.key(step))
        change, state = optimizer.update(np.asarray(each).sum(axis=1), state)
        parameters = np.asarray(optax.apply_updates(parameters, change))
    ess[STEPS] = figures(proposals(repeated(parameters, SAMPLES), jax.random.key(STEPS)))
    assert abs(ess[0] - 0.1452) < 0.01
    assert ess[STEPS] > 0.95


def figures(log_w: jax.Array) -> float:
    """The effective sample size of these weights, whose mean must be exp(LOG_Z)."""
    weights = np.exp(np.asarray(log_w) - LOG_Z)
    error = weights.std() / weights.size**0.5
    assert abs(weights.mean() - 1) < 4 * error
    return float(weights.sum() ** 2 / (weights.size * np.sum(weights**2)))
