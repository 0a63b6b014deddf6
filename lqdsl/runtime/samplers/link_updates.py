"""New links from their staples: heatbath and overrelaxation for the weight exp(-Re tr(U V)).

SU(n) and U(n) go through their SU(2) subgroups, Cabibbo and Marinari, Phys. Lett. B 119 (1982) 387, and U(n) also through
the phases of its rows. Overrelaxation (Creutz, Phys. Rev. D 36 (1987) 515) takes the element that leaves Re tr(U V) as it is.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.groups import Element, Matrix
from lqdsl.runtime.groups.quaternions import Quaternions
from lqdsl.runtime.samplers.conditional import quaternion, von_mises

Turn = Callable[[Array, Any], tuple[Any, Array]]
"""(words, c) to a phase or quaternion g that multiplies the old element on the left, from the weight exp(Re tr(g c)); and
whether it is new."""
Row = tuple[Array, Array]
QUATERNIONS = Quaternions()


def heatbath(words: Array, link: Element, staple: Matrix) -> tuple[Element, Array]:
    """Links drawn from their conditional distribution (SU(2), U(1)) or from those of all subgroups in turn, and the
    fraction [x..., chain] of draws that gave a new value."""
    return _update(words, link, staple, _draw_phase, _draw_quaternion)


def overrelaxation(words: Array, link: Element, staple: Matrix) -> tuple[Element, Array]:
    """Links reflected at constant Re tr(U V)."""
    return _update(words, link, staple, _reflect_phase, _reflect_quaternion)


def _update(words: Array, link: Element, staple: Matrix, phase: Turn, su2: Turn) -> tuple[Element, Array]:
    group, product = link.group, -(link.as_matrix() @ staple)
    if group.components == 1:
        turn, new = phase(words, product.stored)
        return group.element((link.stored[0] + turn,)), new
    if group.components == 4:
        turn, new = su2(words, product.stored)
        return group.element(QUATERNIONS.multiply(turn, link.stored)), new
    return _by_subgroups(words, link, product.kept(), phase, su2)


def _by_subgroups(words: Array, link: Element, product: Matrix, phase: Turn, su2: Turn) -> tuple[Element, Array]:
    """g U for each subgroup in turn; the product -U V is turned along."""
    n = link.group.n
    pairs = jnp.asarray(list(combinations(range(n), 2)))
    phases = n if link.group.dimension == n * n else 0

    def subgroup(number: Array, carry: tuple[Any, Array]) -> tuple[Any, Array]:
        (link, product), total = carry
        i, j = pairs[number]
        turn, new = su2(random.fold(words, number), _block(_row(product, i), _row(product, j), i, j))
        return (_turned(turn, link, i, j), _turned(turn, product, i, j)), total + new

    def row(i: Array, carry: tuple[Any, Array]) -> tuple[Any, Array]:
        (link, product), total = carry
        re, im = _row(product, i)
        angle, new = phase(random.fold(words, len(pairs) + i), (re[i], im[i]))
        turn = jnp.cos(angle), jnp.sin(angle)
        return (
            _with_row(link, i, _scaled(turn, _row(link, i))),
            _with_row(product, i, _scaled(turn, _row(product, i))),
        ), total + new

    carry = (link.stored, product.stored), jnp.zeros_like(link.stored[0][0, 0])
    carry = jax.lax.fori_loop(0, len(pairs), subgroup, carry)
    (stored, _), total = jax.lax.fori_loop(0, phases, row, carry) if phases else carry
    return Element(link.group, stored), total / (len(pairs) + phases)


def _row(matrix: Row, i: Array) -> Row:
    return matrix[0][i], matrix[1][i]


def _with_row(matrix: Row, i: Array, row: Row) -> Row:
    return matrix[0].at[i].set(row[0]), matrix[1].at[i].set(row[1])


def _turned(g: tuple[Array, ...], matrix: Row, i: Array, j: Array) -> Row:
    """g = a_0 + i a.sigma on rows i and j."""
    upper, lower = _row(matrix, i), _row(matrix, j)
    first = _added(_scaled((g[0], g[3]), upper), _scaled((g[2], g[1]), lower))
    second = _added(_scaled((-g[2], g[1]), upper), _scaled((g[0], -g[3]), lower))
    return _with_row(_with_row(matrix, i, first), j, second)


def _block(upper: Row, lower: Row, i: Array, j: Array) -> tuple[Array, ...]:
    """The quaternion b with Re tr(g B) = Re tr(g b) for all g of SU(2), B the 2 x 2 block of rows and columns i, j."""
    (re, im), (re2, im2) = upper, lower
    return 0.5 * (re[i] + re2[j]), 0.5 * (im[j] + im2[i]), 0.5 * (re[j] - re2[i]), 0.5 * (im[i] - im2[j])


def _scaled(c: Row, row: Row) -> Row:
    return c[0] * row[0] - c[1] * row[1], c[0] * row[1] + c[1] * row[0]


def _added(a: Row, b: Row) -> Row:
    return a[0] + b[0], a[1] + b[1]


def _draw_phase(words: Array, c: Row) -> tuple[Array, Array]:
    """exp(Re(e^{i theta} c)): von Mises about -arg c."""
    angle, found = von_mises(words, jnp.sqrt(c[0] * c[0] + c[1] * c[1]))
    return jnp.where(found, angle - jnp.arctan2(c[1], c[0]), 0), found.astype(angle.dtype)


def _reflect_phase(words: Array, c: Row) -> tuple[Array, Array]:
    """From 0, at distance arg c of the centre, to the other side."""
    return -2 * jnp.arctan2(c[1], c[0]), jnp.ones_like(c[0])


def _direction(c: tuple[Array, ...]) -> tuple[Array, tuple[Array, ...]]:
    """Norm k and c / k; 1 where c vanishes."""
    norm = jnp.sqrt(QUATERNIONS.norm2(c))
    some = norm > 0
    scale = 1 / jnp.where(some, norm, 1)
    return norm, (jnp.where(some, c[0] * scale, 1), *(part * scale for part in c[1:]))


def _draw_quaternion(words: Array, c: tuple[Array, ...]) -> tuple[tuple[Array, ...], Array]:
    """exp(Re tr(g c)) = exp(2 k w_0) with w = g c / k."""
    norm, unit = _direction(c)
    drawn, found = quaternion(words, 2 * norm)
    turn = QUATERNIONS.multiply(drawn, QUATERNIONS.adjoint(unit))
    one = (1.0, 0.0, 0.0, 0.0)
    return tuple(jnp.where(found, new, old) for new, old in zip(turn, one, strict=True)), found.astype(norm.dtype)


def _reflect_quaternion(words: Array, c: tuple[Array, ...]) -> tuple[tuple[Array, ...], Array]:
    """g = (c / k)^-2: c / k goes over into its inverse."""
    norm, unit = _direction(c)
    inverse = QUATERNIONS.adjoint(unit)
    return QUATERNIONS.multiply(inverse, inverse), jnp.ones_like(norm)
