"""exp(i Q) of Hermitian matrices without eigenvectors, for groups stored as n x n matrices.

For n = 2, 3 the theorem of Cayley and Hamilton leaves a polynomial of degree n - 1 in Q, as in Morningstar and Peardon,
Phys. Rev. D 69 (2004) 054501, but its coefficients come from the power series, reduced term by term: no trigonometric
functions, no eigenvalues and no singular point where two of them meet. Larger n take the power series itself.
"""

from math import factorial

import jax.numpy as jnp
from jax import Array

from lqdsl.runtime.groups.borders import kept
from lqdsl.runtime.groups.generators import hermitian
from lqdsl.runtime.groups.products import Pair, multiply, taylor, trace, unit
from lqdsl.runtime.groups.series import by_halving, cosine_and_sine_ratio, order


def exponential(n: int, special: bool, algebra: Array) -> Pair:
    """exp(p_a T_a) as (re, im) [n, n, x..., ...batch] of p [a, x..., ...batch]."""
    traceless = algebra if special else algebra[1:]
    matrix = kept(lambda: hermitian(n, True, traceless))
    result = {2: _of_two, 3: _of_three}.get(n, _of_many)(matrix)
    if special:
        return result
    phase = algebra[0] / jnp.sqrt(jnp.asarray(2 * n, algebra.dtype))
    return kept(lambda: _rotate(jnp.cos(phase), jnp.sin(phase), result))


def _rotate(c: Array, s: Array, a: Pair) -> Pair:
    """(c + i s) A."""
    return c * a[0] - s * a[1], c * a[1] + s * a[0]


def _of_two(q: Pair) -> Pair:
    """Q^2 = -det Q: cos z + i Q sin(z) / z."""
    square = 0.5 * jnp.sum(q[0] * q[0] + q[1] * q[1], axis=(0, 1))
    cosine, ratio = cosine_and_sine_ratio(square)
    return cosine * unit(q[0]) - ratio * q[1], ratio * q[0]


Quadratic = tuple[Array, Array, Array, Array, Array, Array]
"""(re, im) of the coefficients of 1, Q, Q^2."""


def _of_three(q: Pair) -> Pair:
    """Q^3 = c_1 Q + c_0 with c_1 = tr Q^2 / 2, c_0 = tr Q^3 / 3; all eigenvalues are at most sqrt(4 c_1 / 3) in size."""
    q2 = kept(lambda: multiply(q, q))
    c0, c1 = kept(lambda: _invariants(q, q2))

    def series(scale: Array) -> Pair:
        a, b, c, d, e, f = kept(lambda: _coefficients(c0, c1, scale))
        return (
            a * unit(q[0]) + (c * q[0] - d * q[1]) + (e * q2[0] - f * q2[1]),
            b * unit(q[0]) + (c * q[1] + d * q[0]) + (e * q2[1] + f * q2[0]),
        )

    return by_halving(4 / 3 * c1, series, lambda a: multiply(a, a))


def _invariants(q: Pair, q2: Pair) -> tuple[Array, Array]:
    cube = jnp.sum(q[0] * q2[0] + q[1] * q2[1], axis=(0, 1))
    return cube / 3, trace(q2)[0] / 2


def _coefficients(c0: Array, c1: Array, scale: Array) -> Quadratic:
    """exp(i s Q) in the ring of polynomials in Q, by Horner's rule r -> 1/k! + i s Q r."""
    zero = jnp.zeros_like(c0)
    terms = order(c0.dtype)
    a, b, c, d, e, f = zero + 1 / factorial(terms), zero, zero, zero, zero, zero
    for k in range(terms - 1, -1, -1):
        a, b, c, d, e, f = (
            1 / factorial(k) - scale * c0 * f,
            scale * c0 * e,
            -scale * (b + c1 * f),
            scale * (a + c1 * e),
            -scale * d,
            scale * c,
        )
    return a, b, c, d, e, f


def _of_many(q: Pair) -> Pair:
    """Power series of the matrix, bounded by the Frobenius norm."""
    norm, terms = jnp.sum(q[0] * q[0] + q[1] * q[1], axis=(0, 1)), order(q[0].dtype)
    return by_halving(norm, lambda scale: taylor((-q[1], q[0]), scale, terms), lambda a: multiply(a, a))
