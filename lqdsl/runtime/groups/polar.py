"""The unitary factor V of A = H V, H positive, without eigenvectors."""

from functools import reduce
from operator import add

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime.groups.borders import kept
from lqdsl.runtime.groups.products import Pair, adjoint, determinant, gram_schmidt, multiply

STEPS = 9
"""After so many steps singular values between 1e-8 and 1 have become 1 to rounding."""


def polar(a: Pair) -> Pair:
    """(re, im) [n, n, x..., ...batch] of regular matrices to V; (L A R^+) goes over into L V R^+.

    Newton's iteration A -> (A / s + s A^-+) / 2 with s = |det A|^(1/n), for n > 3 from Frobenius norms, Higham, SIAM J. Sci. Stat. Comput. 7 (1986) 1160:
    no root of a polynomial, convergence of second order, derivatives by the chain rule. The inverse comes from adjugates for
    n = 2, 3 and from rows made orthonormal for larger n, where the products of entries in adjugates would cancel.
    """
    unroll = 1 if jax.default_backend() == "cpu" else STEPS
    return jax.lax.scan(lambda a, _: (_step(a), None), a, None, length=STEPS, unroll=unroll)[0]


def _step(a: Pair) -> Pair:
    n = a[0].shape[0]
    if n > 3:
        re, im = _inverse_adjoint(a)
        scale = (_norm2(re, im) / _norm2(*a)) ** 0.25
        return 0.5 * (scale * a[0] + re / scale), 0.5 * (scale * a[1] + im / scale)
    cofactors = cofactor_matrix(a)
    c, d = _first_row(a, cofactors)
    square = c * c + d * d
    scale = jnp.exp2(-jnp.log2(square) / (2 * n))
    # A^-+ = conj(cofactors / det)
    inverse = 1 / (scale * square)
    re = inverse * (c * cofactors[0] + d * cofactors[1])
    im = inverse * (d * cofactors[0] - c * cofactors[1])
    return 0.5 * (scale * a[0] + re), 0.5 * (scale * a[1] + im)


def _norm2(re: Array, im: Array) -> Array:
    return jnp.sum(re * re + im * im, axis=(0, 1))


def _inverse_adjoint(a: Pair) -> Pair:
    """A^-+ from A = L Q with L lower triangular: L^+ X = Q from the last row up."""
    n = a[0].shape[0]
    q = kept(lambda: gram_schmidt(gram_schmidt(a)))
    lower = multiply(a, adjoint(q))
    rows: list[Pair] = []
    for i in reversed(range(n)):
        re, im = q[0][i], q[1][i]
        for j, (x, y) in zip(reversed(range(n)), rows, strict=False):
            c, d = _entry(lower, j, i)
            re, im = re - (c * x + d * y), im - (c * y - d * x)
        rows.append((re / lower[0][i, i], im / lower[0][i, i]))
    return jnp.stack([re for re, _ in reversed(rows)]), jnp.stack([im for _, im in reversed(rows)])


def cofactor_matrix(a: Pair) -> Pair:
    """Signed minors [n, n, x..., ...batch], n = 2, 3."""
    if a[0].shape[0] == 2:
        return _rows(a, lambda i, j: _signed(_entry(a, 1 - i, 1 - j), i + j))
    return _rows(a, lambda i, j: _minor(a, [(i + 1) % 3, (i + 2) % 3], [(j + 1) % 3, (j + 2) % 3]))


def determinant_of(a: Pair) -> Pair:
    """[x..., ...batch]."""
    return determinant(a) if a[0].shape[0] > 3 else _first_row(a, cofactor_matrix(a))


def _first_row(a: Pair, cofactors: Pair) -> Pair:
    """The determinant by its first row."""
    products = [_times(_entry(a, 0, j), _entry(cofactors, 0, j)) for j in range(a[0].shape[0])]
    return reduce(add, (p[0] for p in products)), reduce(add, (p[1] for p in products))


def _rows(a: Pair, entry) -> Pair:  # type: ignore[no-untyped-def]
    n = a[0].shape[0]
    entries = [[entry(i, j) for j in range(n)] for i in range(n)]
    return tuple(jnp.stack([jnp.stack([e[k] for e in row]) for row in entries]) for k in range(2))  # type: ignore[return-value]


def _minor(a: Pair, rows: list[int], columns: list[int]) -> Pair:
    """Cyclic neighbours in both, so that the sign is +."""
    (i, j), (k, m) = rows, columns
    p, q = _times(_entry(a, i, k), _entry(a, j, m)), _times(_entry(a, i, m), _entry(a, j, k))
    return p[0] - q[0], p[1] - q[1]


def _entry(a: Pair, i: int, j: int) -> Pair:
    return a[0][i, j], a[1][i, j]


def _signed(a: Pair, parity: int) -> Pair:
    return (-a[0], -a[1]) if parity % 2 else a


def _times(a: tuple[Array, Array], b: tuple[Array, Array]) -> Pair:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]
