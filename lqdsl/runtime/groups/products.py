"""Complex n x n matrices (re, im), each [n, n, x..., ...batch].

A product is a sum over k of (column k of A) x (row k of B), each a broadcast over [n, n, x..., ...batch]: two loops that the
compiler vectorises over sites, 6 to 10 times faster on CPU than batched `matmul` of 3 x 3 matrices.
"""

from functools import partial

import jax.numpy as jnp
from jax import Array

from lqdsl.runtime.groups.borders import kept

Pair = tuple[Array, Array]


def multiply(a: Pair, b: Pair) -> Pair:
    """A B."""
    (ar, ai), (br, bi) = a, b
    re = ar[:, 0, None] * br[None, 0] - ai[:, 0, None] * bi[None, 0]
    im = ar[:, 0, None] * bi[None, 0] + ai[:, 0, None] * br[None, 0]
    for k in range(1, ar.shape[1]):
        re = re + (ar[:, k, None] * br[None, k] - ai[:, k, None] * bi[None, k])
        im = im + (ar[:, k, None] * bi[None, k] + ai[:, k, None] * br[None, k])
    return re, im


def adjoint(a: Pair) -> Pair:
    return a[0].swapaxes(0, 1), -a[1].swapaxes(0, 1)


def trace(a: Pair) -> Pair:
    """[x..., ...batch]."""
    n = a[0].shape[0]
    return sum((a[0][i, i] for i in range(1, n)), a[0][0, 0]), sum((a[1][i, i] for i in range(1, n)), a[1][0, 0])


def trace_of_product(a: Pair, b: Pair) -> Pair:
    """tr(A B) [x..., ...batch]."""
    br, bi = b[0].swapaxes(0, 1), b[1].swapaxes(0, 1)
    return jnp.sum(a[0] * br - a[1] * bi, axis=(0, 1)), jnp.sum(a[0] * bi + a[1] * br, axis=(0, 1))


def identity_like(a: Pair) -> Pair:
    return unit(a[0]), jnp.zeros_like(a[1])


def unit(half: Array) -> Array:
    """Real identity with the shape of [n, n, x..., ...batch]."""
    n = half.shape[0]
    return jnp.broadcast_to(jnp.eye(n, dtype=half.dtype).reshape(n, n, *(1,) * (half.ndim - 2)), half.shape)


def determinant(a: Pair) -> Pair:
    """[x..., ...batch], by the recursion of Faddeev and LeVerrier (n - 1 products and no division by an entry)."""
    n, one = a[0].shape[0], identity_like(a)
    power, coefficient = a, trace(a)
    for k in range(2, n + 1):
        shifted = tuple(p - c / (k - 1) * o for p, c, o in zip(power, coefficient, (one[0], one[0]), strict=True))
        power = kept(partial(multiply, a, (shifted[0], shifted[1])))
        coefficient = trace(power)
    sign = 1 if n % 2 else -1
    return sign * coefficient[0] / n, sign * coefficient[1] / n


def dot(a: Pair, b: Pair) -> Pair:
    """sum_j conj(a_j) b_j of rows [n, x..., ...batch]."""
    return jnp.sum(a[0] * b[0] + a[1] * b[1], axis=0), jnp.sum(a[0] * b[1] - a[1] * b[0], axis=0)


def gram_schmidt(a: Pair) -> Pair:
    """Rows made orthonormal one after the other, each phase kept."""
    rows: list[Pair] = []
    for row in zip(*a, strict=True):
        rows.append(kept(partial(_orthonormal, row, tuple(rows))))
    return jnp.stack([row[0] for row in rows]), jnp.stack([row[1] for row in rows])


def _orthonormal(row: Pair, others: tuple[Pair, ...]) -> Pair:
    """The part of the row at right angles to the others, normalised."""
    re, im = row
    for other in others:
        c, s = dot(other, row)
        re, im = re - (c * other[0] - s * other[1]), im - (c * other[1] + s * other[0])
    scale = 1 / jnp.sqrt(jnp.sum(re * re + im * im, axis=0))
    return scale * re, scale * im


def turn_last_row(a: Pair) -> Pair:
    """A unitary matrix with its last row multiplied by conj(det): determinant 1."""
    c, s = kept(lambda: determinant(a))
    re, im = a[0][-1], a[1][-1]
    return (
        jnp.concatenate([a[0][:-1], (c * re + s * im)[None]]),
        jnp.concatenate([a[1][:-1], (c * im - s * re)[None]]),
    )


def taylor(a: Pair, scale: Array, terms: int) -> Pair:
    """sum_k (scale A)^k / k! up to k = terms."""
    a = scale * a[0], scale * a[1]
    one = identity_like(a)
    result = one
    for k in range(terms, 0, -1):
        product = multiply(a, result)
        result = one[0] + product[0] / k, product[1] / k
    return result
