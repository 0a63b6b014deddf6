"""Hermitian generators H_a with tr(H_a H_b) = delta_ab / 2 and T_a = i H_a: half the generalised Gell-Mann matrices.

Order for SU(n): for k = 1, ..., n - 1 the symmetric and the antisymmetric matrix of each pair (j, k), j < k, then the
diagonal one with k ones and -k. For n = 2, 3 these are sigma_a / 2 and lambda_a / 2. For U(n) 1 / sqrt(2n) comes first.
"""

from collections.abc import Iterator
from math import sqrt
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array


def generators(n: int, special: bool) -> np.ndarray:
    """H_a [a, n, n], complex."""
    found = []
    for kind, j, k in _order(n, special):
        matrix = np.zeros((n, n), complex)
        if kind == "diagonal":
            matrix[np.diag_indices(n)] = _weights(n, k)
        else:
            matrix[j, k], matrix[k, j] = (0.5, 0.5) if kind == "real" else (-0.5j, 0.5j)
        found.append(matrix)
    return np.stack(found)


def hermitian(n: int, special: bool, algebra: Array) -> tuple[Array, Array]:
    """Q = p_a H_a as (re, im) [n, n, x..., ...batch] of p [a, x..., ...batch]."""
    zero = jnp.zeros_like(algebra[0])
    re: list[list[Any]] = [[zero] * n for _ in range(n)]
    im: list[list[Any]] = [[zero] * n for _ in range(n)]
    for p, (kind, j, k) in zip(algebra, _order(n, special), strict=True):
        if kind == "diagonal":
            for i, weight in enumerate(_weights(n, k)):
                re[i][i] = re[i][i] + float(weight) * p if weight else re[i][i]
        elif kind == "real":
            re[j][k] = re[k][j] = 0.5 * p
        else:
            im[j][k], im[k][j] = -0.5 * p, 0.5 * p
    return _stack(re), _stack(im)


def components(n: int, special: bool, matrix: tuple[Array, Array]) -> Array:
    """Im tr(H_a W) = -Re tr(T_a W) [a, x..., ...batch]."""
    re, im = matrix
    rows = []
    for kind, j, k in _order(n, special):
        if kind == "diagonal":
            rows.append(sum(float(weight) * im[i, i] for i, weight in enumerate(_weights(n, k)) if weight))
        else:
            rows.append(0.5 * (im[j, k] + im[k, j]) if kind == "real" else 0.5 * (re[j, k] - re[k, j]))
    return jnp.stack(rows)


def _order(n: int, special: bool) -> Iterator[tuple[str, int, int]]:
    if not special:
        yield "diagonal", 0, 0
    for k in range(1, n):
        for j in range(k):
            yield "real", j, k
            yield "imaginary", j, k
        yield "diagonal", k, k


def _weights(n: int, k: int) -> np.ndarray:
    """Diagonal with k ones and -k, or all ones for k = 0, normalised to 1/2."""
    weights = np.array([1.0] * k + [-float(k)] + [0.0] * (n - k - 1)) if k else np.ones(n)
    return weights / sqrt(2 * np.sum(weights**2))


def _stack(rows: list[list[Array]]) -> Array:
    return jnp.stack([jnp.stack(row) for row in rows])
