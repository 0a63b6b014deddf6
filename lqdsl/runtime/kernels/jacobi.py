"""Eigenvalues and eigenvectors of unitary matrices by Jacobi's method: rounding only, also where eigenvalues meet.

Each rotation is the one of Cardoso and Souloumiac, SIAM J. Matrix Anal. Appl. 17 (1996) 161, for the Hermitian and the
antihermitian part together. The pairs of a round are disjoint and the indices then move as players of a tournament do, so
that all rounds are one and the same loop body.
"""

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime.groups.products import Pair, identity_like
from lqdsl.runtime.kernels.border import apart

ROUNDING = 16
"""Entries beside the diagonal are gone below so many units of rounding."""


def diagonalised(a: Pair) -> tuple[Pair, Pair]:
    """(re, im) [n, n, ...] of normal matrices to the diagonal [n, ...] of V^+ A V and V [n, n, ...], in any order."""
    n = a[0].shape[0]
    rounds, most = n - 1 + n % 2, 2 * n
    order = _next_round(n)
    least = (ROUNDING * jnp.finfo(a[0].dtype).eps) ** 2

    def is_open(state: tuple[Array, Pair, Pair]) -> Array:
        """Generic matrices take n sweeps or less, clusters of eigenvalues some more."""
        number, a, _ = state
        square = a[0] ** 2 + a[1] ** 2
        beside = jnp.where(jnp.eye(n, dtype=bool).reshape(n, n, *(1,) * (square.ndim - 2)), 0, square)
        return (number < most) & jnp.any(beside > least)

    def turn(_: int, state: tuple[Pair, Pair]) -> tuple[Pair, Pair]:
        rotation = apart(_rotation, state[0])
        a, v = apart(lambda a, v, by: (_rows(_columns(a, by), by), _columns(v, by)), *state, rotation)
        return (a[0][order][:, order], a[1][order][:, order]), (v[0][:, order], v[1][:, order])

    def sweep(state: tuple[Array, Pair, Pair]) -> tuple[Array, Pair, Pair]:
        number, *matrices = state
        return number + 1, *jax.lax.fori_loop(0, rounds, turn, tuple(matrices))

    _, a, v = jax.lax.while_loop(is_open, sweep, (jnp.zeros((), jnp.int32), a, identity_like(a)))
    return (_diagonal(a[0]), _diagonal(a[1])), v


def _next_round(n: int) -> jnp.ndarray:
    """Where the index at each place comes from. Pairs are places (0, 1), (2, 3), ...; with odd n one index more, that of
    a bye, stands fixed before all others."""
    bye = n % 2
    count = n + bye
    last = count - 1
    source = [0, *(place + 2 if place % 2 else max(place - 2, 1) for place in range(1, last)), last - 1]
    return jnp.array([place - bye for place in source[bye:]])


def _diagonal(half: Array) -> Array:
    return jnp.stack([half[k, k] for k in range(len(half))])


def _rotation(a: Pair) -> tuple[Array, Array, Array]:
    """c, Re s, Im s [pair, ...] of the columns (c, s), (-s^*, c) that bring each pair closest to diagonal form."""
    n = a[0].shape[0]
    first, second = range(n % 2, n, 2), range(n % 2 + 1, n, 2)
    (ii, jj, ij, ji) = (
        tuple(jnp.stack([half[i, j] for i, j in zip(rows, columns, strict=True)]) for half in a)
        for rows, columns in ((first, first), (second, second), (first, second), (second, first))
    )
    # A Hermitian 2 x 2 matrix is a vector of Pauli matrices (sigma_3, sigma_1, -sigma_2); here are two commuting ones.
    even = ii[0] - jj[0], ij[0] + ji[0], ij[1] - ji[1]
    odd = ii[1] - jj[1], ij[1] + ji[1], ji[0] - ij[0]
    square, mixed, other = (
        sum(p * q for p, q in zip(*both, strict=True)) for both in ((even, even), (even, odd), (odd, odd))
    )
    angle = 0.5 * jnp.arctan2(2 * mixed, square - other)
    c, s = jnp.cos(angle), jnp.sin(angle)
    x, y, z = (c * p + s * q for p, q in zip(even, odd, strict=True))
    size = jnp.sqrt(x * x + y * y + z * z)
    is_large = size > jnp.finfo(size.dtype).eps
    scale = jnp.where(x < 0, -1, 1) / jnp.where(is_large, size, 1)
    cosine = jnp.sqrt(0.5 + 0.5 * jnp.where(is_large, scale * x, 1))
    tangent = jnp.where(is_large, 0.5 * scale, 0) / cosine
    return cosine, tangent * y, -tangent * z


def _columns(a: Pair, rotation: tuple[Array, Array, Array]) -> Pair:
    """A R."""
    c, re, im = rotation
    bye = a[0].shape[0] % 2
    (p, q), (r, s) = ((half[:, bye::2], half[:, bye + 1 :: 2]) for half in a)
    first = c * p + re * q - im * s, c * r + re * s + im * q
    second = c * q - re * p - im * r, c * s - re * r + im * p
    return tuple(  # type: ignore[return-value]
        jnp.concatenate([half[:, :bye], _interleaved(left, right, 1)], axis=1)
        for half, left, right in zip(a, first, second, strict=True)
    )


def _rows(a: Pair, rotation: tuple[Array, Array, Array]) -> Pair:
    """R^+ A = (A^+ R)^+."""
    turned = _columns((a[0].swapaxes(0, 1), -a[1].swapaxes(0, 1)), rotation)
    return turned[0].swapaxes(0, 1), -turned[1].swapaxes(0, 1)


def _interleaved(a: Array, b: Array, axis: int) -> Array:
    """Slices a_0, b_0, a_1, b_1, ... along an axis."""
    shape = (*a.shape[:axis], 2 * a.shape[axis], *a.shape[axis + 1 :])
    return jnp.stack([a, b], axis=axis + 1).reshape(shape)
