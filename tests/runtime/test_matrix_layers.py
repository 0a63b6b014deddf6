"""Centres of spectral maps, maps of U(n), and layers of matrices at sites in single precision."""

from typing import Any

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled
from runtime.flows import CHECKERBOARD, FLOWS, matrices, random_weights
from scipy.stats import unitary_group

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.centre import nearest
from lqdsl.runtime.flow.matrix_frame import MatrixFrame
from lqdsl.runtime.groups import SU, U
from lqdsl.runtime.groups.polar import polar
from lqdsl.runtime.kernels import Recursive, Spectral
from lqdsl.runtime.kernels.circular import CircularSpline
from lqdsl.runtime.nets import CNN

GROUPS = {"SU(2)": SU(2), "SU(3)": SU(3), "SU(4)": SU(4), "U(2)": U(2), "U(3)": U(3), "U(4)": U(4)}
every_group = pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
SITES = 64


def pair(matrices: np.ndarray) -> Any:
    """[x, n, n] to (re, im) [n, n, x]."""
    return jnp.asarray(matrices.real.transpose(1, 2, 0)), jnp.asarray(matrices.imag.transpose(1, 2, 0))


def dense(stored: Any) -> np.ndarray:
    """Inverse of `pair`."""
    return (np.asarray(stored[0]) + 1j * np.asarray(stored[1])).transpose(2, 0, 1)


def haar(group: Any, seed: int) -> jax.Array:
    """Elements [c, SITES, 1]."""
    return group.form.to_field(group.haar(random.key_words(jax.random.key(seed)), (SITES, 1), "float64").stored)


def times(group: Any, a: jax.Array, b: jax.Array) -> jax.Array:
    """a b^+ [c, ...]."""
    form = group.form
    return form.to_field(form.multiply(form.from_field(a), form.adjoint(form.from_field(b))))


def difference(a: Any, b: Any) -> float:
    return float(np.max(np.abs(np.asarray(a) - np.asarray(b))))


@pytest.mark.parametrize("n", [2, 3, 4, 6])
@pytest.mark.parametrize("smallest", [1.0, 1e-2, 1e-4, 1e-7])
def test_polar_factor(n: int, smallest: float) -> None:
    """Unitary to rounding whatever the smallest singular value; its error is rounding over that value."""
    left, right = (unitary_group(n, seed=seed).rvs(SITES) for seed in (1, 2))
    values = np.array([1.0, 0.9, 0.8, 1.0, 0.6, smallest][-n:])
    found = dense(jax.jit(polar)(pair(left * values @ right)))
    assert difference(found @ found.conj().swapaxes(1, 2), np.eye(n)) < 1e-14
    assert difference(found, left @ right) < 1e-14 / smallest


@every_group
def test_centres_are_nearest(group: Any) -> None:
    """Of the group, equivariant, and no element of the neighbourhood has a larger Re tr(V^+ h)."""
    h = 0.7 * haar(group, 1) + 0.4 * haar(group, 2) + 0.3 * haar(group, 3)
    find = compiled(lambda h, instead: nearest(group, h, instead))
    centre, known = find(h, haar(group, 4))
    left, right = haar(group, 5)[:, :1], haar(group, 6)[:, :1]
    moved, same = find(times(group, times(group, left, _adjoint(group, h)), right), haar(group, 4))
    assert difference(moved, times(group, times(group, left, _adjoint(group, centre)), right)) < 1e-11
    assert difference(same, known) < 1e-12
    form = group.form
    assert difference(form.to_field(form.reunitarise(form.from_field(centre))), centre) < 1e-13
    if not isinstance(group, SU) or group.n == 2:
        step = form.to_field(form.exponential(1e-3 * np.random.default_rng(1).normal(size=(group.dimension, SITES, 1))))
        near = times(group, step, _adjoint(group, centre))
        assert (np.sum(centre * h, axis=0) > np.sum(near * h, axis=0)).all()


def _adjoint(group: Any, a: jax.Array) -> jax.Array:
    return group.form.to_field(group.form.adjoint(group.form.from_field(a)))


LOST = (
    {SU(2): [[0, 0], [1e-9, 1e-9]], U(2): [[0, 0], [1, 0], [1, 1e-9]]}
    | {
        group: [[0, 0, 0], [1, 0, 0], [1, 1, 1e-9], *([[-1, 1, 1]] if group == SU(3) else [])]
        for group in (SU(3), U(3))
    }
    | {SU(4): [[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1e-9], [-1, 1, 1, 1]]}
)
"""Singular values of matrices without a nearest group element, one of them negative."""


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "group", [SU(2), U(2), *(pytest.param(g, marks=pytest.mark.slow) for g in (SU(3), U(3), SU(4)))], ids=str
)
def test_layers_are_the_identity_where_the_centre_is_lost(group: Any, dtype: str) -> None:
    """There the map depends on nothing, and all derivatives are finite, also in single precision."""
    found = np.array([np.diag(values) for values in LOST[group]]) + 0j
    re, im = pair(found)
    h = jnp.zeros((4, len(found))).at[0].set(re[0, 0]) if group == SU(2) else group.form.to_field((re, im))
    h = jnp.asarray(h, dtype)[..., None]
    z, instead = (jnp.asarray(haar(group, seed)[:, : len(found)], dtype) for seed in (1, 2))
    kernel = Spectral(4).of(group)

    def image(h: jax.Array) -> Any:
        centre, known = nearest(group, h, instead)
        parameters = [known * jnp.ones((size, 1, 1), h.dtype) for size in (kernel.even, kernel.odd)]
        p, log_slope = kernel.forward(group.form.from_field(times(group, z, centre)), *parameters)
        moved = times(group, group.form.to_field(p), _adjoint(group, centre))
        return jnp.sum(jnp.sin(moved)) + jnp.sum(log_slope), (moved, log_slope)

    (_, (moved, log_slope)), gradient = compiled(jax.value_and_grad(image, has_aux=True))(h)
    rounding = 1e-12 if dtype == "float64" else 2e-4
    assert difference(moved, z) < rounding and difference(log_slope, 0) < rounding
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("n", [2, 3, 4])
def test_maps_of_unitary_matrices_are_continuous(n: int) -> None:
    """Across det P = -1, where the part in SU(n) jumps by a root of unity."""
    kernel = Spectral(4).of(U(n))
    forward = compiled(kernel.forward)
    generator = np.random.default_rng(3)
    even, odd = (jnp.asarray(generator.normal(size=(size, 1))) for size in (kernel.even, kernel.odd))
    for seed in range(5):
        matrix = unitary_group(n, seed=seed).rvs()
        matrix = matrix * np.exp(1j * (np.pi - np.angle(np.linalg.det(matrix))) / n)
        sides = [pair((matrix * np.exp(1j * step))[None]) for step in (-1e-8, 1e-8)]
        (below, slope_below), (above, slope_above) = (forward(side, even, odd) for side in sides)
        assert difference(dense(below), dense(above)) < 1e-6
        assert difference(slope_below, slope_above) < 1e-4


@pytest.mark.parametrize(
    "group", [SU(2), *(pytest.param(g, marks=pytest.mark.slow) for g in (SU(3), SU(4))), U(2)], ids=str
)
def test_single_precision_stays_on_the_group(group: Any) -> None:
    """After many layers, and log q of the samples is that of given configurations."""
    net = CNN((4,), 1)
    flow = matrices(group, (4,), (32, CHECKERBOARD[1], Spectral(4), net, MatrixFrame(2, 3)))
    weights = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), random_weights(flow))
    fields, log_q = compiled(lambda weights: flow.sample(weights, jax.random.key(1), 64))(weights)
    (kind,) = flow.kinds
    assert difference(kind.restored(fields.s), fields.s) < 3e-6
    assert np.median(np.abs(compiled(flow.log_prob)(weights, fields) - log_q)) < 1e-3


@pytest.mark.parametrize(
    "name",
    ["1d chiral SU2", *(pytest.param(name, marks=pytest.mark.slow) for name in ("one SU3", "chiral U2", "one SU4"))],
)
def test_gradients_lower_everywhere(name: str) -> None:
    """Path gradients, and the inverse, for CPU, CUDA and TPU."""
    flow = FLOWS[name]

    def gradient(weights: Any, key: jax.Array) -> Any:
        def loss(weights: Any) -> jax.Array:
            sample = flow.sample_with_score(weights, key, 4)
            return jnp.sum(sample.fields.s * sample.score.s)

        return jax.grad(loss)(weights), flow.log_prob(weights, flow.sample(weights, key, 4)[0])

    platforms = ("cpu", "cuda", "tpu")
    weights = flow.init(jax.random.key(0), jnp.float32)
    assert jax.export.export(jax.jit(gradient), platforms=platforms)(weights, jax.random.key(0)).platforms == platforms


def test_refused() -> None:
    net = CNN((4,), 1)
    with pytest.raises(RuntimeInputError, match="does not move matrices"):
        matrices(SU(3), (4,), (2, CHECKERBOARD[1], Recursive(3, CircularSpline(3)), net)).init(jax.random.key(0))
    with pytest.raises(RuntimeInputError, match="odd kernel"):
        MatrixFrame(2, 4)
