"""U(1) as angles, and complex numbers for combinations of them."""

from dataclasses import dataclass
from math import pi
from typing import Any

import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random

Stored = tuple[Array, ...]


def wrap(angle: Array) -> Array:
    """The angle in (-pi, pi]."""
    return angle - 2 * pi * jnp.ceil((angle - pi) / (2 * pi))


@dataclass(frozen=True)
class Complex:
    """Complex numbers (re, im), each [x..., ...batch]."""

    leading = 0

    def stored(self, parts: Stored) -> Stored:
        return parts

    def parts(self, stored: Stored) -> Stored:
        return stored

    def multiply(self, a: Stored, b: Stored) -> Stored:
        return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]

    def adjoint(self, a: Stored) -> Stored:
        return a[0], -a[1]

    def times_i(self, a: Stored) -> Stored:
        return -a[1], a[0]

    def re_tr(self, a: Stored) -> Array:
        return a[0]

    def im_tr(self, a: Stored) -> Array:
        return a[1]


@dataclass(frozen=True)
class Angles:
    """Elements exp(i theta) stored as (theta,)."""

    components = 1
    leading = 0
    matrices = Complex()

    def kept(self, make: Any) -> Any:
        return make()

    def stored(self, parts: Stored) -> Stored:
        return parts

    def parts(self, stored: Stored) -> Stored:
        return stored

    def from_field(self, values: Array) -> Stored:
        """Of the angles [x..., ...batch], which have no component axis."""
        return (values,)

    def to_field(self, stored: Stored) -> Array:
        """Inverse of `from_field`."""
        return stored[0]

    def to_matrix(self, a: Stored) -> Stored:
        return jnp.cos(a[0]), jnp.sin(a[0])

    def multiply(self, a: Stored, b: Stored) -> Stored:
        return (a[0] + b[0],)

    def adjoint(self, a: Stored) -> Stored:
        return (-a[0],)

    def arg(self, a: Stored) -> Array:
        return wrap(a[0])

    def force(self, product: Stored) -> Array:
        """Im(U V)."""
        return product[1]

    def algebra_matrix(self, algebra: Array) -> Stored:
        return jnp.zeros_like(algebra), algebra

    def exponential(self, algebra: Array) -> Stored:
        return (algebra,)

    def identity(self, shape: tuple[int, ...], dtype: Any) -> Stored:
        return (jnp.zeros(shape, dtype),)

    def haar(self, words: Array, shape: tuple[int, ...], dtype: Any) -> Stored:
        return (pi * (2 * random.uniform(words, shape, dtype) - 1),)

    def reunitarise(self, a: Stored) -> Stored:
        return (wrap(a[0]),)
