"""Monotone rational-quadratic pieces on an interval, arXiv:1906.04032, shared by all splines."""

from math import expm1, log
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

MIN_BIN = 1e-2
MIN_SLOPE = 1e-2


class Bins(NamedTuple):
    """Widths and heights [bin, ...] before they are normalised, raw slopes at the ends [bin + 1, ...]."""

    width: jax.Array
    height: jax.Array
    raw_slope: jax.Array


class Piece(NamedTuple):
    """The bin in which a point lies: left lower corner, width, height and the slopes at its ends, [...]."""

    x0: jax.Array
    width: jax.Array
    y0: jax.Array
    height: jax.Array
    slope0: jax.Array
    slope1: jax.Array


def reversal_parts(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices from the symmetric and the antisymmetric half to a row of `size` numbers."""
    identity = np.eye(size)
    half = size // 2
    antisymmetric = (identity - identity[::-1])[:, :half]
    symmetric = (identity + identity[::-1])[:, : size - half]
    return np.minimum(symmetric, 1), antisymmetric


def from_parts(even: jax.Array, odd: jax.Array, even_columns: np.ndarray, odd_columns: np.ndarray) -> jax.Array:
    """Row [n, ...] = even_columns [n, i] even [i, ...] + odd_columns [n, i] odd [i, ...]."""
    return combine(even_columns, even) + combine(odd_columns, odd)


def combine(columns: np.ndarray, values: jax.Array) -> jax.Array:
    """columns [n, i] times values [i, ...]: a product with constants, because the transpose of slices is slow on CPUs."""
    flat = _constant_product(jnp.asarray(columns, values.dtype), values.reshape(len(values), -1))
    return flat.reshape(-1, *values.shape[1:])


@jax.custom_vjp
def _constant_product(matrix: jax.Array, columns: jax.Array) -> jax.Array:
    """matrix @ columns for a constant matrix; the transpose that JAX derives would copy its result."""
    return jnp.matmul(matrix, columns, precision="highest")


_constant_product.defvjp(
    lambda matrix, columns: (_constant_product(matrix, columns), matrix),
    lambda matrix, cotangent: (jnp.zeros_like(matrix), jnp.matmul(matrix.T, cotangent, precision="highest")),
)


def exponentials(raw: jax.Array) -> jax.Array:
    """Numerators of the softmax over bins."""
    return jnp.exp(raw - jnp.max(jax.lax.stop_gradient(raw), axis=0))


def find_piece(values: jax.Array, sizes: jax.Array, bins: Bins, interval: float) -> Piece:
    """The bin of each value among bins of the given sizes.

    Masked sums run over unnormalised sizes and are divided afterwards: XLA fuses the transposed softmax badly.
    """
    count = len(sizes)
    start = jnp.asarray(np.tri(count - 1, count), values.dtype)
    fixed = jax.lax.stop_gradient(sizes)
    inner = jnp.tensordot(start, fixed, axes=1, precision="highest") / jnp.sum(fixed, axis=0)
    numbers = jnp.arange(1, count).reshape(-1, *(1,) * values.ndim)
    index = jnp.sum(values >= _place(inner, numbers, count, interval), axis=0)
    numbers = jnp.arange(count + 1).reshape(-1, *(1,) * values.ndim)
    here, left = numbers[:-1] == index, numbers[:-1] < index

    def add(mask: jax.Array, numbers: jax.Array) -> jax.Array:
        return jnp.sum(jnp.where(mask, numbers, 0), axis=0)

    def corner(sizes: jax.Array) -> tuple[jax.Array, jax.Array]:
        total = jnp.sum(sizes, axis=0)
        size = _place(add(here, sizes) / total, 1, count, interval) + interval
        return _place(add(left, sizes) / total, index, count, interval), size

    def slope(raw: jax.Array) -> jax.Array:
        return MIN_SLOPE + jax.nn.softplus(raw + log(expm1(1 - MIN_SLOPE)))

    slopes = slope(add(numbers == index, bins.raw_slope)), slope(add(numbers == index + 1, bins.raw_slope))
    return Piece(*corner(bins.width), *corner(bins.height), *slopes)


def _place(fraction: jax.Array, number: jax.Array | int, count: int, interval: float) -> jax.Array:
    """Position in [-interval, interval] after `number` of `count` bins that hold `fraction` of the free length."""
    return 2 * interval * (MIN_BIN * number + (1 - count * MIN_BIN) * fraction) - interval


def rational_quadratic(z: jax.Array, piece: Piece) -> tuple[jax.Array, jax.Array]:
    """Eqs. 4 and 5 of arXiv:1906.04032: value and log slope within the bin."""
    x0, width, y0, height, slope0, slope1 = piece
    mean = height / width
    u = (z - x0) / width
    v = 1 - u
    denominator = mean + (slope0 + slope1 - 2 * mean) * u * v
    values = y0 + height * (mean * u * u + slope0 * u * v) / denominator
    rise = slope1 * u * u + 2 * mean * u * v + slope0 * v * v
    return values, 2 * jnp.log(mean / denominator) + jnp.log(rise)


def invert_piece(y: jax.Array, piece: Piece) -> jax.Array:
    """Eqs. 6 to 8 of arXiv:1906.04032; the form of the quadratic root that does not cancel depends on the sign of b."""
    x0, width, y0, height, slope0, slope1 = piece
    mean = height / width
    bend = slope0 + slope1 - 2 * mean
    rise = y - y0
    a = height * (mean - slope0) + rise * bend
    b = height * slope0 - rise * bend
    c = -mean * rise
    root = jnp.sqrt(jnp.maximum(b * b - 4 * a * c, 0))
    is_falling = b < 0
    numerator = jnp.where(is_falling, root - b, -2 * c)
    return x0 + width * numerator / jnp.where(is_falling, 2 * a, root + b)
