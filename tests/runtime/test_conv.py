"""`periodic_conv` against explicit loops in double precision."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.nets.conv import periodic_conv

CASES = [
    # outputs, inputs, extents, kernel, boundary
    (3, 2, (7,), (3,), (1,)),
    (2, 3, (6,), (5,), (-1,)),
    (8, 1, (5, 4), (3, 3), (1, 1)),
    (2, 8, (4, 6), (3, 3), (1, -1)),
    (4, 4, (4, 6), (3, 5), (-1, -1)),
    (3, 2, (5, 4), (1, 3), (-1, 1)),
    (2, 3, (5, 4), (1, 1), (1, 1)),
    (2, 2, (3, 4, 2), (3, 3, 3), (-1, 1, 1)),
    (2, 3, (3, 2, 4, 2), (3, 1, 3, 3), (1, 1, -1, -1)),
    (2, 2, (2, 3), (5, 7), (-1, -1)),
    (1, 2, (1, 2), (3, 5), (-1, 1)),
]


def reference(
    x: np.ndarray, w: np.ndarray, cotangent: np.ndarray, boundary: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sum in the docstring, term by term, and the gradients of its product with `cotangent`."""
    extents, kernel = x.shape[1:-1], w.shape[2:]
    values, of_x, of_w = np.zeros((w.shape[0], *x.shape[1:])), np.zeros(x.shape), np.zeros(w.shape)
    for site in product(*map(range, extents)):
        for offset in product(*map(range, kernel)):
            source, sign = [], 1
            for start, step, width, extent, border in zip(site, offset, kernel, extents, boundary, strict=True):
                windings, place = divmod(start + step - width // 2, extent)
                source.append(place)
                sign *= border**windings
            here, there, tap = (slice(None), *site), (slice(None), *source), (slice(None), slice(None), *offset)
            values[here] += sign * w[tap] @ x[there]
            of_x[there] += sign * w[tap].T @ cotangent[here]
            of_w[tap] += sign * cotangent[here] @ x[there].T
    return values, of_x, of_w


def draw(case: tuple, dtype: type) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    outputs, inputs, extents, kernel, _ = case
    random = np.random.default_rng(3)
    shapes = (inputs, *extents, 3), (outputs, inputs, *kernel), (outputs, *extents, 3)
    x, w, cotangent = (random.normal(size=shape).astype(dtype) for shape in shapes)
    return x, w, cotangent


@pytest.mark.parametrize(
    ("case", "dtype", "tolerance"),
    [*((case, np.float64, 1e-12) for case in CASES), (CASES[3], np.float32, 1e-5)],
    ids=str,
)
def test_values_and_gradients_are_those_of_the_plain_sum(case: tuple, dtype: type, tolerance: float) -> None:
    boundary = case[-1]
    x, w, cotangent = draw(case, dtype)
    with jax.enable_x64(dtype is np.float64):

        @jax.jit
        def convolve(x: jax.Array, w: jax.Array, cotangent: jax.Array) -> tuple[jax.Array, ...]:
            values, pull = jax.vjp(lambda x, w: periodic_conv(x, w, boundary), x, w)
            return values, *pull(cotangent)

        @jax.jit
        def convolve_with_bias(bias: jax.Array) -> tuple[jax.Array, ...]:
            values, pull = jax.vjp(lambda x, w, bias: periodic_conv(x, w, boundary, bias), x, w, bias)
            return values, *pull(cotangent)

        bias = np.arange(1, len(w) + 1).astype(dtype)
        plain, biased = convolve(x, w, cotangent), convolve_with_bias(bias)
        assert all(found.dtype == dtype for found in (*plain, *biased))
    expected = reference(x, w, cotangent, boundary)
    shifted = (
        expected[0] + bias.reshape(-1, *(1,) * (x.ndim - 1)),
        *expected[1:],
        cotangent.sum(tuple(range(1, x.ndim))),
    )
    for found, value in zip((*plain, *biased), (*expected, *shifted), strict=True):
        np.testing.assert_allclose(found, value, rtol=tolerance, atol=10 * tolerance)


def test_gradient_through_two_layers_is_that_of_finite_differences() -> None:
    x, w, _ = draw((3, 3, (4, 6), (3, 3), (1, -1)), np.float64)

    def loss(w: jax.Array) -> jax.Array:
        return jnp.sum(jnp.tanh(periodic_conv(jnp.tanh(periodic_conv(x, w, (1, -1))), w, (1, -1))) ** 2)

    direction = np.random.default_rng(4).normal(size=w.shape)
    with jax.enable_x64(True):
        slope = float(jnp.vdot(jax.jit(jax.grad(loss))(jnp.asarray(w)), direction))
        step, loss = 1e-5, jax.jit(loss)
        difference = float(loss(w + step * direction) - loss(w - step * direction)) / (2 * step)
    assert slope == pytest.approx(difference, rel=1e-7)


@pytest.mark.parametrize(
    ("x", "w", "boundary"),
    [((2, 4, 4, 1), (3, 2, 2, 3), (1, 1)), ((2, 4, 4, 1), (3, 1, 3, 3), (1, 1)), ((2, 4, 4, 1), (3, 2, 3), (1, 1))],
    ids=["even kernel", "channels", "rank"],
)
def test_shapes_that_do_not_fit_are_refused(x: tuple, w: tuple, boundary: tuple) -> None:
    with pytest.raises(RuntimeInputError, match="needs weights"):
        periodic_conv(jnp.zeros(x), jnp.zeros(w), boundary)
    with pytest.raises(RuntimeInputError, match="need a bias"):
        periodic_conv(jnp.zeros((2, 4, 1)), jnp.zeros((3, 2, 3)), (1,), jnp.zeros(2))
