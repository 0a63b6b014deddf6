"""Points of periodic boxes: their range, their measure, where particles start, and derivatives of minimum images."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lqdsl.runtime import random
from lqdsl.runtime.boxes import Box, minimum_image
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.priors import Uniform
from lqdsl.runtime.samplers.chains import box_points

BOX = Box((1.5, 9.0))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_minimum_images(dtype: str) -> None:
    x = jnp.asarray(np.random.default_rng(1).uniform(-40, 40, 10_000), dtype)
    near = minimum_image(x, 7.0)
    turns = (np.asarray(x, np.float64) - np.asarray(near, np.float64)) / 7
    assert near.dtype == x.dtype and np.max(np.abs(near)) <= 3.5
    assert np.max(np.abs(turns - np.round(turns))) < 40 * np.finfo(dtype).eps
    assert np.all(jax.vmap(jax.grad(lambda x: minimum_image(x, 7.0)))(x) == 1)


def test_distances_obey_the_triangle_inequality() -> None:
    """The distance by minimum image is the metric of the torus."""
    a, b, c = jnp.asarray(np.random.default_rng(2).normal(size=(3, 2, 5000)) * 10)

    def distance(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.linalg.norm(BOX.restored(a - b), axis=0)

    assert np.all(distance(a, c) <= distance(a, b) + distance(b, c) + 1e-12)
    np.testing.assert_allclose(distance(a, b), distance(b, a + BOX.sides(a) * jnp.array([[3], [-1]])), atol=1e-12)


@pytest.mark.parametrize("source", ["hot start", "prior"])
def test_uniform_points(source: str) -> None:
    """All moments of waves that fit the box vanish; points reach to both ends."""
    lattice, count = Lattice((2, 3)), 40_000
    if source == "prior":
        found = Uniform().draw({}, jax.random.key(1), BOX, lattice, count, jnp.float64)
    else:
        found = BOX.random(random.key_words(jax.random.key(1)), lattice, count, jnp.float64, True)
    assert found.shape == (2, 2, 3, count)
    turns = np.asarray(found / BOX.sides(found))
    assert 0.4999 < turns.max() <= 0.5 and -0.5 <= turns.min() < -0.4999
    for waves in (1, 2, 5):
        assert abs(np.mean(np.exp(2j * np.pi * waves * turns))) < 4 / np.sqrt(turns.size)


@pytest.mark.parametrize(("lengths", "count"), [((4.0,), 5), ((6.0, 6.0), 16), ((2.0, 9.0), 13), ((3.0, 4.0, 5.0), 30)])
def test_particles_start_all_over_the_box(lengths: tuple[float, ...], count: int) -> None:
    """No two are closer, also around the box, than half the side of the cell that each of them has."""
    points = box_points(Box(lengths), count)
    apart = points[:, :, None] - points[:, None]
    sides = np.reshape(lengths, (-1, 1, 1))
    apart -= sides * np.round(apart / sides)
    distances = np.linalg.norm(apart, axis=0)[np.triu_indices(count, 1)]
    assert points.shape == (len(lengths), count) and np.all(np.abs(points) < np.reshape(lengths, (-1, 1)) / 2)
    assert distances.min() > 0.5 * (np.prod(lengths) / count) ** (1 / len(lengths))


def test_lengths_are_positive() -> None:
    for lengths in ((), (1.0, 0.0), (-1.0,), (float("inf"),)):
        with pytest.raises(RuntimeInputError, match="positive lengths"):
            Box(lengths)
