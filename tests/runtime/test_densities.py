"""Histograms of moved samples of the prior against the density of the inverse map, integrated over the bins.

The keys are fixed; chi^2 exceeds its limit by chance in one of 1e5 runs with other keys, at each case.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled
from runtime.flows import FLOWS, random_weights
from scipy.stats import chi2

from lqdsl.runtime import random
from lqdsl.runtime.groups import SU
from lqdsl.runtime.kernels import NCP, Axial, Chain, CircularSpline, Mix, Moebius, Spectral

SAMPLES = 20_000
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
LEAST = 1e-5


class Found(NamedTuple):
    """Coordinates [axis, sample] of moved samples in [low, high] of each axis, into so many bins, and the density at [axis,
    point] with respect to the coordinates, of the moved samples and of the prior."""

    values: Any
    ranges: list[tuple[float, float]]
    bins: int
    density: Callable[[np.ndarray], Any]
    prior: Callable[[np.ndarray], Any]


def parameters(count: int, seed: int) -> Any:
    return jnp.asarray(0.5 * np.random.default_rng(seed).normal(size=(count, 1)))


def circle(kernel: Any) -> Found:
    own = parameters(kernel.even, 1), parameters(kernel.odd, 2)
    z = jnp.asarray(np.random.default_rng(3).uniform(-np.pi, np.pi, SAMPLES))
    x = np.asarray(compiled(kernel.forward)(z, *own)[0])
    flat = 1 / (2 * np.pi)
    return Found(
        np.angle(np.exp(1j * x))[None],
        [(-np.pi, np.pi)],
        40,
        lambda x: flat * np.exp(compiled(kernel.inverse)(jnp.asarray(x[0]), *own)[1]),
        lambda x: np.full(x.shape[1], flat),
    )


def axial(n: int) -> Found:
    """The angle to the axis of unit vectors in n = 3 and 4 dimensions, of area proportional to sin^(n - 2)."""
    kernel, norm = Axial(5), {3: 0.5, 4: 2 / np.pi}[n]
    axis, even = jnp.eye(n)[:, :1], parameters(kernel.even, 4)
    noise = np.random.default_rng(5).normal(size=(n, SAMPLES))
    s = jnp.asarray(noise / np.linalg.norm(noise, axis=0))
    image, _ = compiled(partial(kernel.along, inverse=False))(s, axis, even)

    def area(angle: np.ndarray) -> np.ndarray:
        return norm * np.sin(angle[0]) ** (n - 2)

    def density(angle: np.ndarray) -> np.ndarray:
        rest = np.zeros((n - 2, angle.shape[1]))
        x = jnp.asarray(np.concatenate([np.cos(angle), np.sin(angle), rest]))
        return area(angle) * np.exp(compiled(partial(kernel.along, inverse=True))(x, axis, even)[1][0])

    return Found(np.arccos(np.clip(image[:1], -1, 1)), [(0, np.pi)], 30, density, area)


def su2() -> Found:
    """The angle of the rotation, of Haar measure 2/pi sin^2."""
    kernel = Spectral(5).of(SU(2))
    even, none = parameters(kernel.even, 6), jnp.zeros((0, 1))
    z = SU(2).haar(random.key_words(jax.random.key(7)), (SAMPLES,), "float64").stored
    image, _ = compiled(kernel.forward)(tuple(z), even, none)

    def haar(angle: np.ndarray) -> np.ndarray:
        return 2 / np.pi * np.sin(angle[0]) ** 2

    def density(angle: np.ndarray) -> np.ndarray:
        cos, sin = jnp.cos(angle[0]), jnp.sin(angle[0])
        x = (cos, 0.6 * sin, 0.0 * sin, -0.8 * sin)
        return haar(angle) * np.exp(compiled(kernel.inverse)(x, even, none)[1])

    return Found(np.arccos(np.clip(image[0], -1, 1))[None], [(0, np.pi)], 30, density, haar)


def su3() -> Found:
    """Two of the three angles of the eigenvalues in random order, on a torus, with Weyl's formula."""
    kernel = Spectral(4).of(SU(3))
    own = parameters(kernel.even, 8), parameters(kernel.odd, 9)
    z = SU(3).haar(random.key_words(jax.random.key(10)), (SAMPLES,), "float64").stored
    re, im = (np.moveaxis(np.asarray(part), -1, 0) for part in compiled(kernel.forward)(tuple(z), *own)[0])
    angles = np.random.default_rng(11).permuted(np.angle(np.linalg.eigvals(re + 1j * im)), axis=1)

    def phases(angles: np.ndarray) -> np.ndarray:
        return np.exp(1j * np.stack([*angles, -angles.sum(axis=0)]))

    def haar(angles: np.ndarray) -> np.ndarray:
        a, b, c = phases(angles)
        return np.abs((a - b) * (b - c) * (c - a)) ** 2 / (6 * (2 * np.pi) ** 2)

    def density(angles: np.ndarray) -> np.ndarray:
        diagonal = np.eye(3)[:, :, None] * phases(angles)
        x = jnp.asarray(diagonal.real), jnp.asarray(diagonal.imag)
        return haar(angles) * np.exp(compiled(kernel.inverse)(x, *own)[1])

    return Found(angles[:, :2].T, [(-np.pi, np.pi)] * 2, 9, density, haar)


def point_of_a_box() -> Found:
    flow = FLOWS["one point of a box"]
    kind, weights = flow.kinds.r, jax.tree.map(lambda leaf: 0.6 * leaf, random_weights(flow, 1))
    fields, _ = compiled(lambda key: flow.sample(weights, key, SAMPLES))(jax.random.key(12))
    flat = 1 / np.prod(kind.lengths)

    def density(r: np.ndarray) -> np.ndarray:
        return flat * np.exp(compiled(lambda r: flow.log_prob(weights, type(fields)(r[:, None])))(jnp.asarray(r)))

    ranges = [(-side / 2, side / 2) for side in kind.lengths]
    return Found(kind.restored(fields.r)[:, 0], ranges, 7, density, lambda r: np.full(r.shape[1], flat))


CASES: dict[str, Callable[[], Found]] = {
    "ncp": partial(circle, NCP(3)),
    "moebius": partial(circle, Moebius(3)),
    "circular spline": partial(circle, CircularSpline(6)),
    "mix": partial(circle, Mix((NCP(2), Moebius(2), CircularSpline(4)))),
    "nested mix": partial(circle, Mix((NCP(1), Chain((Moebius(2), CircularSpline(4))), Mix((NCP(1), Moebius(1)))))),
    "axial S2": partial(axial, 3),
    "axial S3": partial(axial, 4),
    "spectral SU2": su2,
    "spectral SU3": su3,
    "point of a box": point_of_a_box,
}


def misfit(found: Found, density: Callable[[np.ndarray], Any]) -> float:
    """Probability of a larger chi^2; bins with few expected samples are one."""
    edges = [np.linspace(*ends, found.bins + 1) for ends in found.ranges]
    half = [np.diff(own)[:, None] / 2 for own in edges]
    places = [(own[:-1, None] + size * (1 + NODES)).ravel() for own, size in zip(edges, half, strict=True)]
    sizes = [(size * WEIGHTS).ravel() for size in half]
    points = np.stack([part.ravel() for part in np.meshgrid(*places, indexing="ij")])
    volume = np.prod([part.ravel() for part in np.meshgrid(*sizes, indexing="ij")], axis=0)
    weight = np.asarray(density(points)) * volume
    split = weight.reshape(sum(((found.bins, NODES.size) for _ in edges), ()))
    expected = SAMPLES * split.sum(axis=tuple(range(1, split.ndim, 2))).ravel()
    assert abs(expected.sum() / SAMPLES - 1) < 2e-3
    counts = np.histogramdd(np.asarray(found.values).T, edges)[0].ravel()
    assert counts.sum() == SAMPLES
    few = expected < 10
    counts, expected = (np.append(n[~few], n[few].sum()) for n in (counts, expected))
    used = expected > 0
    return float(chi2.sf(np.sum((counts - expected)[used] ** 2 / expected[used]), used.sum() - 1))


@pytest.mark.parametrize("name", CASES)
def test_histogram_of_the_density(name: str) -> None:
    found = CASES[name]()
    assert misfit(found, found.prior) < 1e-30
    assert misfit(found, found.density) > LEAST
