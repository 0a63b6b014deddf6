"""The gauge groups: U(1), SU(n), U(n).

The algebra is antihermitian, tr(T_a T_b) = -delta_ab / 2: T_a = i sigma_a / 2 for SU(2), T_a = i lambda_a / 2 with the
generalised Gell-Mann matrices for SU(n), and T_0 = i / sqrt(2n) before them for U(n). U(1) has T = i.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jax import Array

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups.angles import Angles
from lqdsl.runtime.groups.element import Element, Matrix
from lqdsl.runtime.groups.quaternions import Quaternions
from lqdsl.runtime.groups.square import Square


@dataclass(frozen=True)
class Group:
    """What all groups offer; n is the dimension of the defining representation."""

    @property
    def n(self) -> int:
        raise NotImplementedError

    @property
    def dimension(self) -> int:
        """Generators."""
        raise NotImplementedError

    @property
    def form(self) -> Any:
        """How elements are stored and multiplied."""
        raise NotImplementedError

    @property
    def components(self) -> int:
        """Real numbers stored for each element."""
        return self.form.components

    def element(self, parts: Sequence[Array]) -> Element:
        """Element of the component arrays [x..., ...batch]."""
        return Element(self, self.form.stored(tuple(parts)))

    def matrix(self, parts: Sequence[Array]) -> Matrix:
        """Matrix of the component arrays [x..., ...batch]."""
        return Matrix(self, self.form.matrices.stored(tuple(parts)))

    def identity(self, shape: tuple[int, ...], dtype: Any) -> Element:
        """1 at every site of [x..., ...batch]."""
        return Element(self, self.form.identity(shape, dtype))

    def haar(self, words: Array, shape: tuple[int, ...], dtype: Any) -> Element:
        """Independent elements from the Haar measure; `words` are those of a key."""
        return Element(self, self.form.haar(words, shape, dtype))

    def exponential(self, algebra: Array) -> Element:
        """exp(p_a T_a) of p [a, x..., ...batch]; U(1): p [x..., ...batch]."""
        return Element(self, self.form.exponential(algebra))

    def algebra_matrix(self, algebra: Array) -> Matrix:
        """p_a T_a."""
        return Matrix(self, self.form.algebra_matrix(algebra))

    def reunitarise(self, element: Element) -> Element:
        """The group element next to one that rounding moved off the group (Gram-Schmidt)."""
        return Element(self, self.form.reunitarise(element.stored))


@dataclass(frozen=True)
class U1(Group):
    """Angles. One component, any real; wrapped into (-pi, pi] after updates."""

    @property
    def n(self) -> int:
        return 1

    @property
    def dimension(self) -> int:
        return 1

    @property
    def form(self) -> Angles:
        return Angles()


@dataclass(frozen=True)
class SU(Group):
    """Special unitary matrices; n = 2 as quaternions U = a_0 + i a.sigma, else n^2 real and n^2 imaginary parts."""

    n: int = 2

    def __post_init__(self) -> None:
        _require_size("SU", self.n)

    @property
    def dimension(self) -> int:
        return self.n**2 - 1

    @property
    def form(self) -> Quaternions | Square:
        return Quaternions() if self.n == 2 else Square(self.n, special=True)


@dataclass(frozen=True)
class U(Group):
    """Unitary matrices: n^2 real parts, row-major, then n^2 imaginary parts."""

    n: int = 2

    def __post_init__(self) -> None:
        _require_size("U", self.n)

    @property
    def dimension(self) -> int:
        return self.n**2

    @property
    def form(self) -> Square:
        return Square(self.n, special=False)


def _require_size(name: str, n: int) -> None:
    if not isinstance(n, int) or n < 2:
        raise RuntimeInputError(f"{name}(n) needs an integer n of at least 2, got {n!r}")
