"""Rotations of R^n in one plane: the last axis e goes over into a direction u that is given by n - 1 free numbers.

Vectors are lists of their components [...]: XLA compiles slices and concatenations inside such arithmetic badly on CPUs.
"""

from collections.abc import Sequence
from functools import reduce
from operator import add

import jax
import jax.numpy as jnp

Vector = list[jax.Array]


def direction(v: Sequence[jax.Array]) -> Vector:
    """v_1 ... v_{n-1} to u = (2 v, 1 - |v|^2) / (1 + |v|^2); v = 0 is the last axis, no v its opposite."""
    square = dot(v, v)
    return [*(2 * part / (1 + square) for part in v), (1 - square) / (1 + square)]


def rotate(s: Sequence[jax.Array], u: Sequence[jax.Array]) -> Vector:
    """R s with R e = u; what is orthogonal to e and u stays."""
    return [part + 2 * s[-1] * axis for part, axis in zip(_reflected(s, u), u, strict=True)]


def rotate_back(s: Sequence[jax.Array], u: Sequence[jax.Array]) -> Vector:
    """R^T s."""
    *result, last = _reflected(s, u)
    return [*result, last + 2 * dot(s, u)]


def dot(a: Sequence[jax.Array], b: Sequence[jax.Array]) -> jax.Array:
    """a.b."""
    return reduce(add, (x * y for x, y in zip(a, b, strict=True)))


def inverse_length(square: jax.Array) -> jax.Array:
    """1 / |v| of |v|^2; vectors shorter than the precision count as that long, so that the derivative does not overflow."""
    return jax.lax.rsqrt(jnp.maximum(square, jnp.finfo(square.dtype).eps ** 2))


def _reflected(s: Sequence[jax.Array], u: Sequence[jax.Array]) -> Vector:
    """s - (s.(e + u)) (e + u) / (1 + e.u)."""
    middle = [*u[:-1], 1 + u[-1]]
    ratio = dot(s, middle) / middle[-1]
    return [part - ratio * own for part, own in zip(s, middle, strict=True)]
