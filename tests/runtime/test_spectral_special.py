"""The spectral kernel of SU(n), n > 3, on single matrices, generic ones and ones whose eigenvalues meet."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled
from scipy.stats import unitary_group

from lqdsl.runtime.groups.generators import generators
from lqdsl.runtime.kernels.jacobi import diagonalised
from lqdsl.runtime.kernels.spectral_special import SpectralSU
from lqdsl.runtime.kernels.spectrum import spectrum

SMOOTH = {"unit": [0, 0, 0, 0], "near the unit": [0, 1e-3, 4e-3, 9e-3], "pair": [0.5, 0.5, 1, 2]}
SMOOTH |= {"two pairs": [0.5, 0.5, -1, -1], "close pair": [0.5, 0.5 + 1e-9, 1, 2]}
"""Angles of matrices next to which maps have derivatives."""
CORNERS = {
    "close three": [0.5, 0.5, 0.5 + 1e-12, 1.0],
    "centre": [np.pi / 2, np.pi / 2, np.pi / 2, -3 * np.pi / 2],
    "three": [0.5, 0.5, 0.5, -1.5],
}
"""Angles of matrices at which maps are continuous only."""


def pair(matrices: np.ndarray) -> Any:
    """[x, n, n] to (re, im) [n, n, x]."""
    return jnp.asarray(matrices.real.transpose(1, 2, 0)), jnp.asarray(matrices.imag.transpose(1, 2, 0))


def dense(stored: Any) -> np.ndarray:
    """Inverse of `pair`."""
    return (np.asarray(stored[0], float) + 1j * np.asarray(stored[1])).transpose(2, 0, 1)


def of_angles(*rows: list[float]) -> np.ndarray:
    """Matrices of SU(4) with given eigenvalue angles, about which their means do not matter."""
    angles = np.array(rows, float)
    angles -= angles.mean(axis=1, keepdims=True)
    v = unitary_group(4, seed=5).rvs(len(rows))
    return np.einsum("xij,xj,xkj->xik", v, np.exp(1j * angles), v.conj())


@cache
def haar(n: int) -> np.ndarray:
    m = unitary_group(n, seed=1).rvs(8)
    return m * np.exp(-1j * np.angle(np.linalg.det(m)) / n)[:, None, None]


@cache
def parameters(n: int) -> tuple[jax.Array, jax.Array]:
    kernel, generator = SpectralSU(n, 3), np.random.default_rng(2)
    return tuple(jnp.asarray(0.7 * generator.normal(size=(size, 1))) for size in (kernel.even, kernel.odd))  # type: ignore[return-value]


@cache
def program(n: int) -> Any:
    """P and the parameters to the image, the matrix found from it again, and both logs of slopes."""
    kernel = SpectralSU(n, 3)

    def compute(z: Any, even: Any, odd: Any) -> Any:
        image, log_slope = kernel.forward(z, even, odd)
        back, log_back = kernel.inverse(image, even, odd)
        return image, back, log_slope, log_back

    return compiled(compute)


@cache
def derivative(n: int) -> Any:
    """d P' and the change of the log slope along T_a P, a leading."""
    kernel = SpectralSU(n, 3)

    def compute(z: Any, along: Any, even: Any, odd: Any) -> Any:
        return jax.lax.map(lambda change: jax.jvp(lambda z: kernel.forward(z, even, odd), (z,), (change,))[1], along)

    return compiled(compute)


@pytest.mark.parametrize("n", [3, 4, 5, 8])
def test_diagonalised(n: int) -> None:
    """To rounding, for generic matrices and for clusters of eigenvalues."""
    v, generator = unitary_group(n, seed=3).rvs(32), np.random.default_rng(4)
    angles = np.where(np.arange(n) < n // 2, 0.3, -1.0) + 1e-7 * generator.normal(size=(32, n))
    clusters = np.einsum("xij,xj,xkj->xik", v, np.exp(1j * angles), v.conj())
    given = np.concatenate([unitary_group(n, seed=2).rvs(32), clusters, np.eye(n)[None]])
    (re, im), vectors = compiled(diagonalised)(pair(given))
    v, values = dense(vectors), (np.asarray(re) + 1j * np.asarray(im)).T
    assert np.abs(np.einsum("xij,xj,xkj->xik", v, values, v.conj()) - given).max() < 1e-13
    assert np.abs(v @ v.conj().swapaxes(1, 2) - np.eye(n)).max() < 1e-13


def test_angles_are_canonical() -> None:
    angles, _ = compiled(spectrum)(pair(haar(5)))
    found = np.asarray(angles)
    assert (np.diff(found, axis=0) >= 0).all()
    assert (found[-1] - found[0] <= 2 * np.pi).all()
    assert np.abs(found.sum(axis=0)).max() < 1e-13


@pytest.mark.parametrize("n", [4, 5])
def test_laws_of_generic_matrices(n: int) -> None:
    """Inverse, group, conjugation with a unitary matrix and complex conjugation."""
    given, (even, odd) = haar(n), parameters(n)
    image, back, log_slope, log_back = program(n)(pair(given), even, odd)
    moved = dense(image)
    assert np.abs(moved - given).max() > 0.3
    assert np.abs(dense(back) - given).max() < 1e-11
    assert np.abs(log_slope + log_back).max() < 1e-10
    assert np.abs(moved @ moved.conj().swapaxes(1, 2) - np.eye(n)).max() < 1e-13
    assert np.abs(np.linalg.det(moved) - 1).max() < 1e-13
    x = unitary_group(n, seed=6).rvs()
    turned, _, same, _ = program(n)(pair(x @ given @ x.conj().T), even, odd)
    assert np.abs(dense(turned) - x @ moved @ x.conj().T).max() < 1e-12
    assert np.abs(same - log_slope).max() < 1e-11
    conjugate, _, same, _ = program(n)(pair(given.conj()), even, -odd)
    assert np.abs(dense(conjugate) - moved.conj()).max() < 1e-12
    assert np.abs(same - log_slope).max() < 1e-11


def log_det(n: int, given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log |det| of the Jacobian in coordinates exp(t_a T_a) of both sides, and all gradients of the log slope."""
    image = dense(program(n)(pair(given), *parameters(n))[0])
    along = [pair(1j * generator @ given) for generator in generators(n, True)]
    (re, im), slopes = derivative(n)(
        pair(given), jax.tree.map(lambda *leaves: jnp.stack(leaves), *along), *parameters(n)
    )
    change = np.einsum("aijx,xkj->xaik", np.asarray(re) + 1j * np.asarray(im), image.conj())
    jacobian = 2 * np.einsum("xaij,cji->xac", change, generators(n, True)).imag
    return np.linalg.slogdet(jacobian)[1], np.asarray(slopes)


@pytest.mark.parametrize("n", [4, pytest.param(5, marks=pytest.mark.slow)])
def test_log_det(n: int) -> None:
    found, slopes = log_det(n, haar(n))
    expected = program(n)(pair(haar(n)), *parameters(n))[2]
    assert np.abs(expected).max() > 1
    assert np.abs(found - expected).max() < 1e-9
    assert np.isfinite(slopes).all()


def test_eigenvalues_that_meet() -> None:
    """The log det is right where the map has a derivative, and everything is finite where it has none."""
    given = of_angles(*SMOOTH.values(), *CORNERS.values())
    image, back, log_slope, log_back = program(4)(pair(given), *parameters(4))
    assert np.abs(dense(image)[0] - np.eye(4)).max() < 1e-14
    assert np.abs(dense(back) - given).max() < 1e-5
    smooth = slice(len(SMOOTH))
    assert np.abs(dense(back) - given)[smooth].max() < 1e-8
    assert np.abs(log_slope + log_back)[smooth].max() < 1e-4
    found, slopes = log_det(4, given)
    assert np.abs(found - log_slope)[smooth].max() < 1e-4
    assert np.isfinite(slopes).all()
    assert np.isfinite(log_slope).all()


def test_single_precision() -> None:
    given, own = haar(4), parameters(4)
    expected, _, slopes, _ = program(4)(pair(given), *own)
    low = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), (pair(given), *own))
    image, back, log_slope, _ = program(4)(*low)
    assert np.abs(dense(image) - dense(expected)).max() < 1e-5
    assert np.abs(dense(back) - given).max() < 1e-4
    assert np.abs(log_slope - slopes).max() < 1e-3
