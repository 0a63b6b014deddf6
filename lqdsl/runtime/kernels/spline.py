"""Monotone rational-quadratic splines, arXiv:1906.04032, with linear tails."""

from dataclasses import dataclass
from math import expm1, log
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError

MIN_BIN = 1e-2
MIN_SLOPE = 1e-2


@dataclass(frozen=True)
class Spline:
    """x = exp(s) r(z) + t: r maps [-interval, interval] to itself by `bins` rational-quadratic pieces and goes on
    outside as a straight line with the slope of the end; |s| is softly bounded by `bound`.

    Even parameters: s, and the symmetric parts of widths, heights and slopes under reversal of the bins; odd ones:
    t and the antisymmetric parts.
    """

    bins: int = 8
    interval: float = 3.0
    bound: float = 4.0

    def __post_init__(self) -> None:
        if self.bins < 2 or not self.interval > 0 or self.bins * MIN_BIN >= 1:
            raise RuntimeInputError(f"a spline needs 2 <= bins < {1 / MIN_BIN:g} and interval > 0, got {self}")

    @property
    def even(self) -> int:
        return 1 + 2 * ((self.bins + 1) // 2) + (self.bins + 2) // 2

    @property
    def odd(self) -> int:
        return 1 + 2 * (self.bins // 2) + (self.bins + 1) // 2

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """z [...], even [parameter, ...], odd [parameter, ...] to x [...] and log dx/dz [...]."""
        log_scale, shift, bins = self._unpack(even, odd)
        inside = jnp.clip(z, -self.interval, self.interval)
        piece = _find(inside, bins.width, bins, self.interval)
        values, log_slope = _spline(inside, piece)
        tail = (z - inside) * jnp.where(z < 0, piece.slope0, piece.slope1)
        return jnp.exp(log_scale) * (values + tail) + shift, log_scale + log_slope

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """x [...] to z [...] and log dz/dx [...]."""
        log_scale, shift, bins = self._unpack(even, odd)
        y = (x - shift) * jnp.exp(-log_scale)
        inside = jnp.clip(y, -self.interval, self.interval)
        piece = _find(inside, bins.height, bins, self.interval)
        values = _inverse(inside, piece)
        _, log_slope = _spline(values, piece)
        tail = (y - inside) / jnp.where(y < 0, piece.slope0, piece.slope1)
        return values + tail, -log_scale - log_slope

    def _unpack(self, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array, "_Bins"]:
        """Log scale and shift [...], bins. By products with constants: the transpose of slices is slow on CPUs."""
        half, rest = (self.bins + 1) // 2, self.bins // 2

        def pick(values: jax.Array, start: int, columns: np.ndarray) -> jax.Array:
            matrix = np.zeros((columns.shape[0], len(values)))
            matrix[:, start : start + columns.shape[1]] = columns
            flat = _constant_product(jnp.asarray(matrix, values.dtype), values.reshape(len(values), -1))
            return flat.reshape(-1, *values.shape[1:])

        def row(size: int, even_start: int, odd_start: int) -> jax.Array:
            symmetric, antisymmetric = _reversal_parts(size)
            return pick(even, even_start, symmetric) + pick(odd, odd_start, antisymmetric)

        widths, heights = row(self.bins, 1, 1), row(self.bins, 1 + half, 1 + rest)
        slopes = row(self.bins + 1, 1 + 2 * half, 1 + 2 * rest)
        log_scale = self.bound * jnp.tanh(pick(even, 0, np.eye(1))[0] / self.bound)
        return log_scale, pick(odd, 0, np.eye(1))[0], _Bins(_exponentials(widths), _exponentials(heights), slopes)


class _Bins(NamedTuple):
    """Widths and heights [bin, ...] before they are normalised, raw slopes at the ends [bin + 1, ...]."""

    width: jax.Array
    height: jax.Array
    raw_slope: jax.Array


class _Piece(NamedTuple):
    """The bin in which a point lies: left lower corner, width, height and the slopes at its ends, [...]."""

    x0: jax.Array
    width: jax.Array
    y0: jax.Array
    height: jax.Array
    slope0: jax.Array
    slope1: jax.Array


def _reversal_parts(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices from the symmetric and the antisymmetric half to a row of `size` numbers."""
    identity = np.eye(size)
    half = size // 2
    antisymmetric = (identity - identity[::-1])[:, :half]
    symmetric = (identity + identity[::-1])[:, : size - half]
    return np.minimum(symmetric, 1), antisymmetric


@jax.custom_vjp
def _constant_product(matrix: jax.Array, columns: jax.Array) -> jax.Array:
    """matrix @ columns for a constant matrix; the transpose that JAX derives would copy its result."""
    return jnp.matmul(matrix, columns, precision="highest")


_constant_product.defvjp(
    lambda matrix, columns: (_constant_product(matrix, columns), matrix),
    lambda matrix, cotangent: (jnp.zeros_like(matrix), jnp.matmul(matrix.T, cotangent, precision="highest")),
)


def _exponentials(raw: jax.Array) -> jax.Array:
    """Numerators of the softmax over bins."""
    return jnp.exp(raw - jnp.max(jax.lax.stop_gradient(raw), axis=0))


def _find(values: jax.Array, sizes: jax.Array, bins: _Bins, interval: float) -> _Piece:
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
    return _Piece(*corner(bins.width), *corner(bins.height), *slopes)


def _place(fraction: jax.Array, number: jax.Array | int, count: int, interval: float) -> jax.Array:
    """Position in [-interval, interval] after `number` of `count` bins that hold `fraction` of the free length."""
    return 2 * interval * (MIN_BIN * number + (1 - count * MIN_BIN) * fraction) - interval


def _spline(z: jax.Array, piece: _Piece) -> tuple[jax.Array, jax.Array]:
    """Eqs. 4 and 5 of arXiv:1906.04032: value and log slope within the bin."""
    x0, width, y0, height, slope0, slope1 = piece
    mean = height / width
    u = (z - x0) / width
    v = 1 - u
    denominator = mean + (slope0 + slope1 - 2 * mean) * u * v
    values = y0 + height * (mean * u * u + slope0 * u * v) / denominator
    rise = slope1 * u * u + 2 * mean * u * v + slope0 * v * v
    return values, 2 * jnp.log(mean / denominator) + jnp.log(rise)


def _inverse(y: jax.Array, piece: _Piece) -> jax.Array:
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
