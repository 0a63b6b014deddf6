"""Rational-quadratic splines on the circle, arXiv:2002.02428 section 2.1.2."""

from dataclasses import dataclass
from math import pi
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels.rational import (
    MIN_BIN,
    Bins,
    exponentials,
    find_piece,
    from_parts,
    invert_piece,
    rational_quadratic,
    reversal_parts,
)


@dataclass(frozen=True)
class CircularSpline:
    """P' = r(P) + t: r maps [-pi, pi] to itself by `bins` rational-quadratic pieces, with equal slopes at both ends.

    Angles may be given anywhere on the line: r(P + 2 pi) = r(P) + 2 pi. Even parameters: the symmetric parts of widths,
    heights and slopes under reversal of the bins; odd ones: t and the antisymmetric parts.
    """

    bins: int = 8

    turning: ClassVar[tuple[int, int]] = (0, 1)
    """Even and odd parameters, the first ones, that only turn the circle."""
    farthest: ClassVar[float] = 2 * pi
    """No angle moves further, but for the turn."""

    def __post_init__(self) -> None:
        if self.bins < 2 or self.bins * MIN_BIN >= 1:
            raise RuntimeInputError(f"a circular spline needs 2 <= bins < {1 / MIN_BIN:g}, got {self}")

    @property
    def even(self) -> int:
        return 2 * ((self.bins + 1) // 2) + (self.bins + 2) // 2

    @property
    def odd(self) -> int:
        return 1 + 2 * (self.bins // 2) + (self.bins + 1) // 2 - 1

    def turn(self, even: jax.Array, odd: jax.Array) -> jax.Array:
        """The angle [...] by which the circle is turned."""
        return odd[0]

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Angles z [...], even [parameter, ...], odd [parameter, ...] to P' [...] and log dP'/dP [...]."""
        shift, bins = self._unpack(even, odd)
        inside = _wrapped(z)
        values, log_slope = rational_quadratic(inside, find_piece(inside, bins.width, bins, pi))
        return z + (values - inside) + shift, log_slope

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """P' [...] to P [...] and log dP/dP' [...]."""
        shift, bins = self._unpack(even, odd)
        moved = x - shift
        inside = _wrapped(moved)
        piece = find_piece(inside, bins.height, bins, pi)
        values = invert_piece(inside, piece)
        return moved + (values - inside), -rational_quadratic(values, piece)[1]

    def _unpack(self, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, Bins]:
        """Shift [...], bins."""
        tables = _tables(self.bins)
        shift, widths, heights, slopes = (from_parts(even, odd, *table) for table in tables)
        return shift[0], Bins(exponentials(widths), exponentials(heights), slopes)


def _tables(bins: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Matrices from even and odd parameters to shift, widths, heights and slopes; equal slopes have no odd part."""
    symmetric, antisymmetric = reversal_parts(bins)
    slopes = reversal_parts(bins + 1)
    nothing = np.zeros((1, 0)), np.ones((1, 1))
    blocks = [nothing, (symmetric, antisymmetric), (symmetric, antisymmetric), (slopes[0], slopes[1][:, 1:])]
    sizes = np.array([[part.shape[1] for part in block] for block in blocks])
    before, after = np.cumsum(sizes, axis=0) - sizes, sizes.sum(axis=0) - np.cumsum(sizes, axis=0)
    return [
        tuple(np.pad(part, ((0, 0), (before[n, k], after[n, k]))) for k, part in enumerate(block))  # type: ignore[misc]
        for n, block in enumerate(blocks)
    ]


def _wrapped(angle: jax.Array) -> jax.Array:
    """The angle in [-pi, pi], with derivative one."""
    return angle - 2 * pi * jax.lax.stop_gradient(jnp.round(angle / (2 * pi)))
