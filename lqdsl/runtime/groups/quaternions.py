"""SU(2) and its real multiples as quaternions a_0 + i a.sigma."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups.borders import kept
from lqdsl.runtime.groups.series import cosine_and_sine_ratio

Stored = tuple[Array, ...]


@dataclass(frozen=True)
class Quaternions:
    """(a_0, a_1, a_2, a_3), each [x..., ...batch]; elements have norm 1, matrices any."""

    components = 4
    leading = 0

    @property
    def matrices(self) -> "Quaternions":
        return self

    def kept(self, make: Any) -> Any:
        return kept(make)

    def stored(self, parts: Stored) -> Stored:
        return parts

    def parts(self, stored: Stored) -> Stored:
        return stored

    def from_field(self, values: Array) -> Stored:
        """Of the components [4, x..., ...batch]."""
        return values[0], values[1], values[2], values[3]

    def to_field(self, stored: Stored) -> Array:
        """Inverse of `from_field`."""
        return jnp.stack(stored)

    def to_matrix(self, a: Stored) -> Stored:
        return a

    def multiply(self, a: Stored, b: Stored) -> Stored:
        """(i a.sigma)(i b.sigma) = -a.b - i (a x b).sigma."""
        return (
            a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
            a[0] * b[1] + a[1] * b[0] - a[2] * b[3] + a[3] * b[2],
            a[0] * b[2] + a[2] * b[0] - a[3] * b[1] + a[1] * b[3],
            a[0] * b[3] + a[3] * b[0] - a[1] * b[2] + a[2] * b[1],
        )

    def adjoint(self, a: Stored) -> Stored:
        return a[0], -a[1], -a[2], -a[3]

    def times_i(self, a: Stored) -> Stored:
        raise RuntimeInputError("i times a quaternion of SU(2) is none: write the term with re and tr only")

    def re_tr(self, a: Stored) -> Array:
        return 2 * a[0]

    def im_tr(self, a: Stored) -> Array:
        return jnp.zeros_like(a[0])

    def arg(self, a: Stored) -> Array:
        return jnp.zeros_like(a[0])

    def norm2(self, a: Stored) -> Array:
        """Square of the norm, the determinant."""
        return a[0] * a[0] + a[1] * a[1] + a[2] * a[2] + a[3] * a[3]

    def force(self, product: Stored) -> Array:
        """-Re tr(T_a W) = w_a."""
        return jnp.stack(product[1:])

    def algebra_matrix(self, algebra: Array) -> Stored:
        half = 0.5 * algebra
        return jnp.zeros_like(half[0]), half[0], half[1], half[2]

    def exponential(self, algebra: Array) -> Stored:
        """cos(|p| / 2) + i sin(|p| / 2) p.sigma / |p|."""
        half = 0.5 * algebra
        cosine, ratio = cosine_and_sine_ratio(half[0] * half[0] + half[1] * half[1] + half[2] * half[2])
        return cosine, ratio * half[0], ratio * half[1], ratio * half[2]

    def identity(self, shape: tuple[int, ...], dtype: Any) -> Stored:
        zero = jnp.zeros(shape, dtype)
        return jnp.ones(shape, dtype), zero, zero, zero

    def haar(self, words: Array, shape: tuple[int, ...], dtype: Any) -> Stored:
        """A uniform point of the sphere: four normal numbers over their norm."""
        return self.reunitarise(tuple(random.normal(words, (4, *shape), dtype)))

    def reunitarise(self, a: Stored) -> Stored:
        scale = 1 / jnp.sqrt(self.norm2(a))
        return tuple(scale * part for part in a)

    def polished(self, a: Stored) -> Stored:
        """a (3 - |a|^2) / 2: of norm 1 to second order in its defect."""
        scale = 1.5 - 0.5 * self.norm2(a)
        return tuple(scale * part for part in a)
