"""Monotone rational-quadratic splines, arXiv:1906.04032, with linear tails."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels.rational import (
    MIN_BIN,
    Bins,
    combine,
    exponentials,
    find_piece,
    from_parts,
    invert_piece,
    rational_quadratic,
    reversal_parts,
)


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
        piece = find_piece(inside, bins.width, bins, self.interval)
        values, log_slope = rational_quadratic(inside, piece)
        tail = (z - inside) * jnp.where(z < 0, piece.slope0, piece.slope1)
        return jnp.exp(log_scale) * (values + tail) + shift, log_scale + log_slope

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """x [...] to z [...] and log dz/dx [...]."""
        log_scale, shift, bins = self._unpack(even, odd)
        y = (x - shift) * jnp.exp(-log_scale)
        inside = jnp.clip(y, -self.interval, self.interval)
        piece = find_piece(inside, bins.height, bins, self.interval)
        values = invert_piece(inside, piece)
        _, log_slope = rational_quadratic(values, piece)
        tail = (y - inside) / jnp.where(y < 0, piece.slope0, piece.slope1)
        return values + tail, -log_scale - log_slope

    def _unpack(self, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array, Bins]:
        """Log scale and shift [...], bins."""
        half, rest = (self.bins + 1) // 2, self.bins // 2

        def row(size: int, even_start: int, odd_start: int) -> jax.Array:
            symmetric, antisymmetric = reversal_parts(size)
            columns = _placed(symmetric, even_start, self.even), _placed(antisymmetric, odd_start, self.odd)
            return from_parts(even, odd, *columns)

        widths, heights = row(self.bins, 1, 1), row(self.bins, 1 + half, 1 + rest)
        slopes = row(self.bins + 1, 1 + 2 * half, 1 + 2 * rest)
        log_scale = self.bound * jnp.tanh(combine(np.eye(1, self.even), even)[0] / self.bound)
        shift = combine(np.eye(1, self.odd), odd)[0]
        return log_scale, shift, Bins(exponentials(widths), exponentials(heights), slopes)


def _placed(columns: np.ndarray, start: int, size: int) -> np.ndarray:
    """The columns in a matrix with `size` of them, zero elsewhere."""
    matrix = np.zeros((columns.shape[0], size))
    matrix[:, start : start + columns.shape[1]] = columns
    return matrix
