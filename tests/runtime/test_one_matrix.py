"""Spectral kernels trained on densities of one matrix, in double precision.

SU(3), arXiv:2008.05456: p(U) is proportional to exp((beta / 3) Re tr[c_1 U + c_2 U^2 + c_3 U^3]) with beta = 9 and
c = (0.17, -0.65, 1.22), the Haar proposal has ESS 0.145.
SU(4): p(U) is proportional to exp(3 Re tr U), with log Z = log(sum over q of det I_(q + i - j)(3)) and ESS 0.0109.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lqdsl.runtime import random
from lqdsl.runtime.groups import SU
from lqdsl.runtime.groups.products import Pair, multiply, trace
from lqdsl.runtime.kernels import Spectral

LOG_Z = {3: 8.7624455117, 4: 2.4892611142}
KERNELS = {3: Spectral(16).of(SU(3)), 4: Spectral(8).of(SU(4))}
SAMPLES = 65536


def log_p(u: Pair) -> jax.Array:
    if len(u[0]) == 4:
        return 3.0 * trace(u)[0]
    square = multiply(u, u)
    powers = (u, square, multiply(square, u))
    return 3.0 * sum(c * trace(power)[0] for c, power in zip((0.17, -0.65, 1.22), powers, strict=True))


@partial(jax.jit, static_argnums=0)
def log_weights(n: int, parameters: jax.Array, key: jax.Array) -> jax.Array:
    """log p / q [b] of kernel images of Haar matrices; parameters [parameter, b]."""
    kernel = KERNELS[n]
    z = SU(n).haar(random.key_words(key), parameters.shape[1:], "float64").stored
    image, log_slope = kernel.forward(z, parameters[: kernel.even], parameters[kernel.even :])
    return log_p(image) + log_slope


@partial(jax.jit, static_argnums=0)
def gradients(n: int, parameters: jax.Array, key: jax.Array) -> jax.Array:
    """Of the reverse KL, sample by sample."""
    return jax.grad(lambda parameters: -jnp.mean(log_weights(n, parameters, key)))(parameters)


def repeated(parameters: np.ndarray, n: int) -> np.ndarray:
    return np.repeat(parameters[:, None], n, axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "steps", "batch", "haar"), [(3, 300, 1024, 0.1452), (4, 150, 512, 0.0109)])
def test_reverse_kl_finds_the_density(n: int, steps: int, batch: int, haar: float) -> None:
    """log Z within four errors of the exact number, before training and after it, and the ESS of the Haar proposal."""
    optimizer = optax.adam(optax.cosine_decay_schedule(0.03, steps))
    parameters = np.zeros(KERNELS[n].even + KERNELS[n].odd)
    state = optimizer.init(parameters)
    ess = {0: figures(n, log_weights(n, repeated(parameters, SAMPLES), jax.random.key(steps)))}
    for step in range(steps):
        each = gradients(n, repeated(parameters, batch), jax.random.key(step))
        change, state = optimizer.update(np.asarray(each).sum(axis=1), state)
        parameters = np.asarray(optax.apply_updates(parameters, change))
    ess[steps] = figures(n, log_weights(n, repeated(parameters, SAMPLES), jax.random.key(steps)))
    assert abs(ess[0] - haar) < 0.07 * haar + 0.005
    assert ess[steps] > 0.95


def figures(n: int, log_w: jax.Array) -> float:
    """The effective sample size of these weights, whose mean must be exp(LOG_Z)."""
    weights = np.exp(np.asarray(log_w) - LOG_Z[n])
    error = weights.std() / weights.size**0.5
    assert abs(weights.mean() - 1) < 4 * error
    return float(weights.sum() ** 2 / (weights.size * np.sum(weights**2)))
