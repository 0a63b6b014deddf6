"""Convolutions between lists of sites against the sum in their docstring."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.masks import LinearMask
from lqdsl.runtime.nets.stencil import Stencil, kernel_offsets


def sites(lattice: Lattice, which: str) -> np.ndarray:
    if which == "all":
        return np.arange(lattice.volume)
    mask = LinearMask((1,) * lattice.ndim, 2)
    return np.flatnonzero(mask.active(lattice, 0 if which == "even" else 1))


def reference(stencil: Stencil, w: np.ndarray, x: np.ndarray, bias: np.ndarray) -> np.ndarray:
    extents = stencil.lattice.extents
    full = np.zeros((x.shape[0], stencil.lattice.volume, x.shape[2]))
    full[:, stencil.sources] = x
    y = np.zeros((w.shape[0], len(stencil.targets), x.shape[2])) + bias[:, None, None]
    for row, target in enumerate(stencil.targets):
        place = np.unravel_index(target, extents)
        for orbit, offset in zip(stencil.orbits, kernel_offsets(len(extents), stencil.extent), strict=True):
            windings, source = np.divmod(np.add(place, offset), extents)
            sign = np.prod(np.power(stencil.boundary, np.abs(windings)))
            y[:, row] += sign * w[:, :, orbit] @ full[:, np.ravel_multi_index(tuple(source), extents)]
    return y


@pytest.mark.parametrize("tied", ["none", "isotropic"])
@pytest.mark.parametrize(("sources", "targets"), [("odd", "even"), ("odd", "all"), ("all", "even"), ("even", "even")])
@pytest.mark.parametrize(
    ("extents", "boundary", "extent"),
    [((4, 6), (1, -1), 3), ((4, 2), (-1, 1), 5), ((2, 4, 2), (1, -1, 1), 3), ((4, 2), (1, -1), 1)],
    ids=str,
)
def test_stencil_is_the_plain_sum(
    extents: tuple[int, ...], boundary: tuple[int, ...], extent: int, sources: str, targets: str, tied: str
) -> None:
    lattice = Lattice(extents, boundary)
    stencil = Stencil(lattice, sites(lattice, sources), sites(lattice, targets), extent, tied, boundary)
    random = np.random.default_rng(5)

    def draw() -> tuple[np.ndarray, ...]:
        shapes = (3, 2, stencil.parameters), (2, len(stencil.sources), 4), (3,)
        return tuple(random.normal(size=shape) for shape in shapes)

    (w, x, bias), steps = draw(), draw()
    cotangent = random.normal(size=(3, len(stencil.targets), 4))
    with jax.enable_x64(True):

        @jax.jit
        def run(w: jax.Array, x: jax.Array, bias: jax.Array) -> tuple[jax.Array, ...]:
            y, pull = jax.vjp(stencil.apply, w, x, bias)
            return y, *pull(jnp.asarray(cotangent))

        y, *gradients = run(w, x, bias)
    np.testing.assert_allclose(y, reference(stencil, w, x, bias), atol=1e-12)
    # The sum is linear in each argument (the bias aside): its derivative along a step is the sum with the step put in.
    none = np.zeros(3)
    expected = [
        np.vdot(cotangent, reference(stencil, steps[0], x, none)),
        np.vdot(cotangent, reference(stencil, w, steps[1], none)),
        np.vdot(cotangent.sum((1, 2)), steps[2]),
    ]
    found = [np.vdot(gradient, step) for gradient, step in zip(gradients, steps, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-11)
