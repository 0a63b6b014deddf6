"""Priors against exact covariances and normalisations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.priors import FreeField, Normal, Prior

LATTICES = [
    Lattice((6,)),
    Lattice((5,), (-1,)),
    Lattice((4, 6)),
    Lattice((4, 3), (-1, 1)),
    Lattice((2, 3, 4), (1, -1, -1)),
]


def precision(lattice: Lattice, mass2: float) -> np.ndarray:
    """Matrix K [x, y] of S = phi K phi, built from shifts: sum over mu of (phi(x + mu) - phi(x))^2 + mass2 phi^2."""
    unit = jnp.eye(lattice.volume).reshape(*lattice.extents, lattice.volume)
    total = mass2 * np.eye(lattice.volume)
    for axis in range(lattice.ndim):
        offset = tuple(int(axis == a) for a in range(lattice.ndim))
        hop = np.asarray(lattice.shift(unit, offset) - unit).reshape(lattice.volume, lattice.volume)
        total += hop.T @ hop
    return total


@pytest.mark.parametrize("lattice", LATTICES, ids=str)
def test_free_field(lattice: Lattice) -> None:
    """Covariance (2K)^-1 of the linear map from noise, the action in the exponent, and log det K."""
    prior = FreeField(mass2=0.7, learn=True)
    weights, matrix = prior.init(jnp.float64), precision(lattice, 0.7)
    noise = jnp.eye(lattice.volume).reshape(1, *lattice.extents, lattice.volume)
    columns = np.asarray(prior.sample(weights, noise, lattice)).reshape(lattice.volume, -1)
    np.testing.assert_allclose(columns @ columns.T, np.linalg.inv(2 * matrix), atol=1e-12)
    phi = jnp.asarray(np.random.default_rng(0).normal(size=(2, *lattice.extents, 3)))
    flat = np.asarray(phi).reshape(2, lattice.volume, 3)
    action = np.einsum("cxb,xy,cyb->b", flat, matrix, flat)
    log_z = -0.5 * np.linalg.slogdet(matrix / np.pi)[1]
    np.testing.assert_allclose(prior.log_prob(weights, phi, lattice), -action - 2 * log_z, atol=1e-10)
    np.testing.assert_allclose(FreeField(0.7, learn=False).log_prob({}, phi, lattice), -action - 2 * log_z, atol=1e-10)


def test_exact_numbers() -> None:
    """Free field on 8 x 8, mass2 = 1: log Z = -1/2 sum_p log((p^2 + 1) / pi), <phi^2> = 1/V sum_p 1 / (2 (p^2 + 1))."""
    lattice, prior = Lattice((8, 8)), FreeField(1.0, learn=False)
    assert float(prior.log_normalisation({}, lattice)) == pytest.approx(-11.622885257333, abs=1e-11)
    noise = jnp.eye(64).reshape(1, 8, 8, 64)
    samples = np.asarray(prior.sample({}, noise, lattice))[0]
    assert np.sum(samples[0, 0] ** 2) == pytest.approx(0.127086998845, abs=1e-11)
    assert np.sum(samples[0, 0] * samples[1, 0]) == pytest.approx(0.033858748556, abs=1e-11)


@pytest.mark.parametrize("prior", [Normal(0.3, 1.7), FreeField(0.5), FreeField(2.0, learn=False)], ids=repr)
def test_density_belongs_to_the_samples(prior: Prior) -> None:
    """log q(sample) = log N(noise) - log|det d sample / d noise|."""
    lattice = Lattice((3, 2), (1, -1))
    weights = jax.tree.map(lambda leaf: leaf + 0.2, prior.init(jnp.float64))
    noise = jnp.asarray(np.random.default_rng(1).normal(size=(2, 3, 2, 1)))
    jacobian = jax.jacrev(lambda n: prior.sample(weights, n, lattice))(noise).reshape(12, 12)
    normal = -0.5 * np.sum(np.asarray(noise) ** 2) - 6 * np.log(2 * np.pi)
    found = prior.log_prob(weights, prior.sample(weights, noise, lattice), lattice)
    np.testing.assert_allclose(found, [normal - np.linalg.slogdet(jacobian)[1]], atol=1e-11)


def test_spectrum_does_not_know_the_volume() -> None:
    """At equal momentum the learnt spectrum is the same on 4 x 4 and 8 x 8."""
    prior = FreeField(0.5)
    weights = jax.tree.map(lambda leaf: leaf + 0.3, prior.init(jnp.float64))
    small, large = (prior.log_spectrum(weights, Lattice((n, n))) for n in (4, 8))
    np.testing.assert_allclose(small, large[::2, ::2], atol=1e-13)


def test_refused() -> None:
    with pytest.raises(RuntimeInputError, match="sigma"):
        Normal(sigma=0.0)
    with pytest.raises(RuntimeInputError, match="mass2"):
        FreeField(mass2=-1.0)
