"""Values of expressions while they are lowered: numbers as (re, im), vectors, matrices, sites, directions.

Every number is a pair of real SymPy expressions, so reality is a fact to read off and never a guess of an assumption system.
"""

from dataclasses import dataclass

from sympy import Expr, Integer, S, Symbol, Tuple, cos, exp, sin, sqrt

from lqdsl.ir.images import MinimumImage
from lqdsl.ir.kinds import Box, Group
from lqdsl.ir.nodes import LoopAt, Pin

MAX_POWER = 64


@dataclass(frozen=True)
class Scalar:
    """re + i im."""

    re: Expr
    im: Expr = S.Zero

    @property
    def is_real(self) -> bool:
        return self.im == 0

    def __add__(self, other: "Scalar") -> "Scalar":
        return Scalar(self.re + other.re, self.im + other.im)

    def __sub__(self, other: "Scalar") -> "Scalar":
        return Scalar(self.re - other.re, self.im - other.im)

    def __neg__(self) -> "Scalar":
        return Scalar(-self.re, -self.im)

    def __mul__(self, other: "Scalar") -> "Scalar":
        return Scalar(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)

    def __truediv__(self, other: "Scalar") -> "Scalar":
        if other.is_real:
            return Scalar(self.re / other.re, self.im / other.re)
        return self * other.conjugate() / Scalar(other.squared_modulus())

    def conjugate(self) -> "Scalar":
        return Scalar(self.re, -self.im)

    def squared_modulus(self) -> Expr:
        return self.re**2 + self.im**2

    def modulus(self) -> Expr:
        return abs(self.re) if self.is_real else sqrt(self.squared_modulus())

    def exp(self) -> "Scalar":
        if self.is_real:
            return Scalar(exp(self.re))
        return Scalar(exp(self.re) * cos(self.im), exp(self.re) * sin(self.im))

    def power(self, exponent: int) -> "Scalar":
        """Integer power."""
        if self.is_real:
            return Scalar(self.re ** Integer(exponent))
        if exponent < 0:
            return Scalar(S.One) / self.power(-exponent)
        result = Scalar(S.One)
        for _ in range(exponent):
            result = result * self
        return result


@dataclass(frozen=True)
class VectorValue:
    """A vector by its components."""

    components: tuple[Scalar, ...]

    def map(self, other: "VectorValue", sign: int) -> "VectorValue":
        """Componentwise sum or difference."""
        pairs = zip(self.components, other.components, strict=True)
        return VectorValue(tuple(a + b if sign > 0 else a - b for a, b in pairs))

    def scaled(self, factor: Scalar) -> "VectorValue":
        return VectorValue(tuple(component * factor for component in self.components))

    def dot(self, other: "VectorValue") -> Scalar:
        total = Scalar(S.Zero)
        for a, b in zip(self.components, other.components, strict=True):
            total = total + a * b
        return total


@dataclass(frozen=True)
class PointValue:
    """A point of a periodic box by its coordinates. It is no vector: only differences of points are."""

    components: tuple[Scalar, ...]
    box: Box

    def __neg__(self) -> "PointValue":
        return PointValue(tuple(-component for component in self.components), self.box)

    def __sub__(self, other: "PointValue") -> VectorValue:
        """The shortest vector between two points of one box."""
        pairs = zip(self.components, other.components, self.box.lengths, strict=True)
        return VectorValue(tuple(Scalar(MinimumImage((a - b).re, length)) for a, b, length in pairs))


@dataclass(frozen=True)
class MatrixValue:
    """Sum of numbers times words of links; a word is a Tuple of Tuples (field, axis, site, sign), empty for 1."""

    group: Group
    terms: tuple[tuple[Scalar, Tuple], ...]

    def __add__(self, other: "MatrixValue") -> "MatrixValue":
        return MatrixValue(self.group, self.terms + other.terms)

    def __mul__(self, other: "MatrixValue") -> "MatrixValue":
        products = tuple((a * b, Tuple(*v, *w)) for a, v in self.terms for b, w in other.terms)
        return MatrixValue(self.group, products)

    def scaled(self, factor: Scalar) -> "MatrixValue":
        return MatrixValue(self.group, tuple((factor * number, word) for number, word in self.terms))

    def adjoint(self) -> "MatrixValue":
        words = (
            (number.conjugate(), Tuple(*(_adjoint(link) for link in reversed(word)))) for number, word in self.terms
        )
        return MatrixValue(self.group, tuple(words))

    def power(self, exponent: int) -> "MatrixValue":
        """Whole power, 0 or more."""
        result = MatrixValue(self.group, ((Scalar(S.One), Tuple()),))
        for _ in range(exponent):
            result = result * self
        return result

    @property
    def joins_named_sites(self) -> bool:
        """Whether a product holds matrices both at given sites and at sites that a sum binds."""
        return any(all(_by_sites(word)) for _, word in self.terms)

    def trace(self) -> Scalar:
        """Sum over the eigenvalues."""
        total = Scalar(S.Zero)
        for number, word in self.terms:
            total = total + number * self._trace(word)
        return total

    def part(self, part: str, word: Tuple) -> Expr:
        """`re`, `im` or `arg` of one word."""
        return LoopAt(Symbol(part), Symbol(self.group.family), self.group.n, word)

    def _trace(self, word: Tuple) -> Scalar:
        if not word:
            return Scalar(Integer(self.group.n))
        named, bound = _by_sites(word)
        if named and bound:  # of U(1): the trace of a product is that of its factors
            return self._trace(named) * self._trace(bound)
        real = self.part("re", word)
        return Scalar(real) if self.group.real_traces else Scalar(real, self.part("im", word))


def _by_sites(word: Tuple) -> tuple[Tuple, Tuple]:
    """Factors at given sites, and at sites that a sum binds."""
    parts = ([link for link in word if isinstance(link[2], Pin) == named] for named in (True, False))
    named, bound = (Tuple(*part) for part in parts)
    return named, bound


def _adjoint(link: Tuple) -> Tuple:
    field, axis, site, sign = link
    return Tuple(field, axis, site, -sign)


@dataclass(frozen=True)
class SiteValue:
    """A site variable plus multiples of unit vectors."""

    site: Expr


@dataclass(frozen=True)
class DirectionValue:
    """A multiple of unit vectors; `axis` is the index behind a plain direction, `mu` in `kappa[mu]`."""

    step: Expr
    axis: Expr | None


Value = Scalar | VectorValue | PointValue | MatrixValue | SiteValue | DirectionValue


def as_number(value: Value) -> Value:
    """A 1 x 1 matrix as the number it is; everything else unchanged."""
    return value.trace() if isinstance(value, MatrixValue) and value.group.abelian else value


def describe(value: Value) -> str:
    """What a diagnostic calls the value."""
    match value:
        case Scalar():
            return "a real number" if value.is_real else "a complex number"
        case VectorValue():
            return f"a vector of {len(value.components)} components"
        case PointValue(box=box):
            return f"a point of {box}"
        case MatrixValue(group=group):
            return f"a matrix of {group.family}({group.n})"
        case SiteValue():
            return "a site"
        case DirectionValue():
            return "a direction"
