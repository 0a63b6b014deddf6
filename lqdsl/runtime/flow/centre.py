"""The centre V(x) of a spectral map at sites: the group element next to a combination h(x) of matrices.

h = H V with H positive, so that of all unitary matrices V has the largest Re tr(V^+ h), and h -> L h R^+ takes V to
L V R^+. For SU(n) the phase of the determinant is divided out. V is lost where h is singular, and for SU(n), n > 2, has
to jump where det h is negative, because the centre of the group lies there at equal distances. A map whose parameters
are multiplied by what `nearest` returns besides V becomes the identity there.
"""

from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.flow.frame import SOFT
from lqdsl.runtime.groups import SU
from lqdsl.runtime.groups.polar import determinant_of, polar
from lqdsl.runtime.groups.products import Pair
from lqdsl.runtime.kernels.border import apart


def nearest(group: Any, h: jax.Array, instead: jax.Array) -> tuple[jax.Array, jax.Array]:
    """h [c, x, b] to V of the same shape and how well it is known, [x, b] in [0, 1); `instead` is V where it is lost."""
    square = norm2(group, h, h)
    eps = jnp.finfo(square.dtype).eps
    has_size = square > eps
    scaled = h * jax.lax.rsqrt(jnp.where(has_size, square, 1))
    if group == SU(2):
        return jnp.where(has_size, scaled, instead), jnp.where(has_size, _soft(square), 0)
    regular = _regular(group, group.form.from_field(scaled))
    is_known = has_size & (regular > eps)
    matrix = group.form.from_field(jnp.where(is_known, scaled, instead))
    centre = apart(polar, matrix)
    if isinstance(group, SU):
        centre = _special(centre)
    return group.form.to_field(centre), jnp.where(is_known, _soft(square) * _soft(regular), 0)


def norm2(group: Any, a: jax.Array, b: jax.Array) -> jax.Array:
    """Re tr(A B^+) / n of arrays [c, ...]."""
    return jnp.sum(a * b, axis=0) / (1 if group == SU(2) else group.n)


def times_i(a: jax.Array) -> jax.Array:
    """i A of matrices [c, ...], real parts first."""
    half = len(a) // 2
    return jnp.concatenate([-a[half:], a[:half]])


def _regular(group: Any, a: Pair) -> jax.Array:
    """|d|^2 of d = det A at |A|^2 = n, at most 1; for SU(n) |d|^2 cos^2(arg d / 2)."""
    re, im = determinant_of(a)
    square = re * re + im * im
    if not isinstance(group, SU):
        return square
    size = jnp.sqrt(square + jnp.finfo(square.dtype).tiny)
    # On the side of the cut the sum of size and real part is taken without cancellation.
    upper = jnp.where(re > 0, size + re, im * im / (size + jnp.abs(re)))
    return 0.5 * size * upper


def _special(a: Pair) -> Pair:
    """A unitary matrix with the n-th root of its determinant divided out."""
    n = a[0].shape[0]
    re, im = determinant_of(a)
    angle = jnp.arctan2(im, re) / n
    c, s = jnp.cos(angle), jnp.sin(angle)
    return c * a[0] + s * a[1], c * a[1] - s * a[0]


def _soft(square: jax.Array) -> jax.Array:
    return square / (square + SOFT)
