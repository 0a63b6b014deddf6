"""Rational-quadratic maps of [0, 1] onto itself with free slopes at both ends."""

from collections.abc import Callable

import jax
import numpy as np

from lqdsl.runtime.kernels.rational import (
    Bins,
    exponentials,
    find_piece,
    invert_piece,
    rational_quadratic,
    reversal_parts,
)

Result = tuple[jax.Array, jax.Array]
Map = Callable[[jax.Array, jax.Array], Result]


def size(bins: int) -> int:
    """Parameters: widths, heights, slopes."""
    return 3 * bins + 1


def forward(u: jax.Array, parameters: jax.Array) -> Result:
    """u [...], parameters [3 bins + 1, ...] to the image and the log of its slope; all zero is the identity."""
    bins = _bins(parameters)
    values, log_slope = rational_quadratic(u - 0.5, find_piece(u - 0.5, bins.width, bins, 0.5))
    return values + 0.5, log_slope


def inverse(u: jax.Array, parameters: jax.Array) -> Result:
    """Inverse of `forward`, with its log slope."""
    bins = _bins(parameters)
    piece = find_piece(u - 0.5, bins.height, bins, 0.5)
    values = invert_piece(u - 0.5, piece)
    return values + 0.5, -rational_quadratic(values, piece)[1]


def reversal(bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices from the symmetric and the antisymmetric parts, under reversal of the bins, to widths, heights and slopes."""
    pairs = [reversal_parts(n) for n in (bins, bins, bins + 1)]
    even, odd = (np.zeros((3 * bins + 1, sum(pair[k].shape[1] for pair in pairs))) for k in range(2))
    for table, k in ((even, 0), (odd, 1)):
        row = column = 0
        for pair in pairs:
            table[row : row + pair[k].shape[0], column : column + pair[k].shape[1]] = pair[k]
            row, column = row + pair[k].shape[0], column + pair[k].shape[1]
    return even, odd


def _bins(parameters: jax.Array) -> Bins:
    count = (len(parameters) - 1) // 3
    return Bins(exponentials(parameters[:count]), exponentials(parameters[count : 2 * count]), parameters[2 * count :])
