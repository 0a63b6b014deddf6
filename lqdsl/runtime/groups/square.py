"""SU(n) and U(n) as n x n matrices, real and imaginary parts apart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.groups.borders import kept
from lqdsl.runtime.groups.exponential import exponential
from lqdsl.runtime.groups.generators import components, hermitian
from lqdsl.runtime.groups.products import (
    Pair,
    adjoint,
    determinant,
    gram_schmidt,
    multiply,
    trace,
    trace_of_product,
    turn_last_row,
    unit,
)


@dataclass(frozen=True)
class Square:
    """(re, im), each [n, n, x..., ...batch]; `special` matrices have determinant 1 and a traceless algebra."""

    n: int
    special: bool

    @property
    def leading(self) -> int:
        return 2

    @property
    def components(self) -> int:
        return 2 * self.n**2

    @property
    def matrices(self) -> "Square":
        return self

    def kept(self, make: Callable[[], Any]) -> Any:
        return kept(make)

    def stored(self, parts: tuple[Array, ...]) -> Pair:
        return self.from_field(jnp.stack(parts))

    def from_field(self, values: Array) -> Pair:
        """Of the components [2 n^2, x..., ...batch]."""
        halves = values.reshape(2, self.n, self.n, *values.shape[1:])
        return halves[0], halves[1]

    def to_field(self, stored: Pair) -> Array:
        """Inverse of `from_field`."""
        return jnp.stack(stored).reshape(self.components, *stored[0].shape[2:])

    def parts(self, stored: Pair) -> tuple[Array, ...]:
        return tuple(half[i, j] for half in stored for i in range(self.n) for j in range(self.n))

    def to_matrix(self, a: Pair) -> Pair:
        return a

    def multiply(self, a: Pair, b: Pair) -> Pair:
        return multiply(a, b)

    def adjoint(self, a: Pair) -> Pair:
        return adjoint(a)

    def times_i(self, a: Pair) -> Pair:
        return -a[1], a[0]

    def trace_of_product(self, a: Pair, b: Pair) -> tuple[Array, Array]:
        """tr(A B), re and im."""
        return trace_of_product(a, b)

    def re_tr(self, a: Pair) -> Array:
        return trace(a)[0]

    def im_tr(self, a: Pair) -> Array:
        return trace(a)[1]

    def arg(self, a: Pair) -> Array:
        """arg det in (-pi, pi]."""
        if self.special:
            return jnp.zeros_like(a[0][0, 0])
        re, im = determinant(a)
        return jnp.arctan2(im, re)

    def force(self, product: Pair) -> Array:
        """-Re tr(T_a W)."""
        return components(self.n, self.special, product)

    def algebra_matrix(self, algebra: Array) -> Pair:
        """p_a T_a = i Q."""
        re, im = hermitian(self.n, self.special, algebra)
        return -im, re

    def exponential(self, algebra: Array) -> Pair:
        return exponential(self.n, self.special, algebra)

    def identity(self, shape: tuple[int, ...], dtype: Any) -> Pair:
        zero = jnp.zeros((self.n, self.n, *shape), dtype)
        return unit(zero), zero

    def haar(self, words: Array, shape: tuple[int, ...], dtype: Any) -> Pair:
        """Rows of complex normal numbers made orthonormal (twice, against rounding), then the determinant."""
        re, im = random.normal(words, (2, self.n, self.n, *shape), dtype)
        return self.reunitarise(gram_schmidt((re, im)))

    def reunitarise(self, a: Pair) -> Pair:
        a = gram_schmidt(a)
        return turn_last_row(a) if self.special else a

    def polished(self, a: Pair) -> Pair:
        """A (3 - A^+ A) / 2, with the phase of the determinant divided out: unitary to second order in the defect of A."""
        re, im = multiply(adjoint(a), a)
        a = multiply(a, (1.5 * unit(re) - 0.5 * re, -0.5 * im))
        if not self.special:
            return a
        turn = determinant(a)[1] / self.n
        return a[0] + turn * a[1], a[1] - turn * a[0]
