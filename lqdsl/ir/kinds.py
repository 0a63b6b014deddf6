"""What a field holds at a site (or on a link): components, real dimension, group."""

from dataclasses import dataclass

from sympy import Expr

from lqdsl.diagnostics import InternalError


@dataclass(frozen=True)
class Kind:
    """Base of all kinds. `components` counts the real arrays that store the field."""

    @property
    def components(self) -> int:
        return 1

    @property
    def has_component_axis(self) -> bool:
        """Whether arrays of the field begin with a component axis; a vector has one even if it has one component."""
        return self.components > 1

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Name endings of the component arrays in generated code."""
        return tuple(str(c) for c in range(self.components))

    @property
    def flat(self) -> bool:
        """Whether the field lives in R^n with Lebesgue measure."""
        return False

    @property
    def on_links(self) -> bool:
        """Whether the field lives on links instead of sites."""
        return False

    @property
    def circle(self) -> bool:
        """Whether a value at a site is a point of the circle, or of a product of circles."""
        return False

    @property
    def unit(self) -> bool:
        """Whether a value at a site is a unit vector of R^n, n = `components`."""
        return False

    def constructor(self, ndim: int) -> str:
        """The description of the same kind in generated code, on a lattice of `ndim` dimensions."""
        raise InternalError(f"no runtime kind for {self}")


@dataclass(frozen=True)
class Real(Kind):
    """One real number."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        return ("",)

    @property
    def flat(self) -> bool:
        return True

    def constructor(self, ndim: int) -> str:
        return "rt.Real()"

    def __str__(self) -> str:
        return "real"


@dataclass(frozen=True)
class Complex(Kind):
    """A complex number, stored as (re, im)."""

    @property
    def components(self) -> int:
        return 2

    @property
    def suffixes(self) -> tuple[str, ...]:
        return ("re", "im")

    @property
    def flat(self) -> bool:
        return True

    def constructor(self, ndim: int) -> str:
        return "rt.Complex()"

    def __str__(self) -> str:
        return "complex"


@dataclass(frozen=True)
class Vector(Kind):
    """A vector of R^n."""

    n: int

    @property
    def components(self) -> int:
        return self.n

    @property
    def has_component_axis(self) -> bool:
        return True

    @property
    def flat(self) -> bool:
        return True

    def constructor(self, ndim: int) -> str:
        return f"rt.Vector({self.n})"

    def __str__(self) -> str:
        return f"vector({self.n})"


@dataclass(frozen=True)
class Angle(Kind):
    """A point of the circle, any real number modulo 2 pi."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        return ("",)

    @property
    def circle(self) -> bool:
        return True

    def constructor(self, ndim: int) -> str:
        return "rt.Angle()"

    def __str__(self) -> str:
        return "angle"


@dataclass(frozen=True)
class Box(Kind):
    """A point of a periodic box by its coordinates, each any real number modulo its length."""

    lengths: tuple[Expr, ...]
    """Exact numbers."""

    @property
    def components(self) -> int:
        return len(self.lengths)

    @property
    def has_component_axis(self) -> bool:
        return True

    @property
    def circle(self) -> bool:
        return True

    def constructor(self, ndim: int) -> str:
        sides = ", ".join(repr(float(length)) for length in self.lengths)
        return f"rt.Box(lengths=({sides}{',' * (len(self.lengths) == 1)}))"

    def __str__(self) -> str:
        return f"box({', '.join(f'{float(length):g}' for length in self.lengths)})"


@dataclass(frozen=True)
class Sphere(Kind):
    """A unit vector of R^n."""

    n: int

    @property
    def components(self) -> int:
        return self.n

    @property
    def has_component_axis(self) -> bool:
        return True

    @property
    def unit(self) -> bool:
        return True

    def constructor(self, ndim: int) -> str:
        return f"rt.Sphere({self.n})"

    def __str__(self) -> str:
        return f"sphere({self.n})"


@dataclass(frozen=True)
class Group(Kind):
    """An element of U(n) or SU(n) at each site, or on each link."""

    family: str
    n: int
    link: bool

    @property
    def on_links(self) -> bool:
        return self.link

    @property
    def abelian(self) -> bool:
        return self.n == 1

    @property
    def circle(self) -> bool:
        return self.abelian and not self.link

    @property
    def unit(self) -> bool:
        """Matrices of SU(2) are stored as unit quaternions."""
        return self.real_traces and not self.link

    @property
    def real_traces(self) -> bool:
        """Whether all traces are real, as those of SU(2)."""
        return self.family == "SU" and self.n == 2

    @property
    def components(self) -> int:
        if self.abelian:
            return 1
        return 4 if self.real_traces else 2 * self.n**2

    @property
    def runtime(self) -> str:
        """The group in generated code."""
        return "rt.U1()" if self.abelian else f"rt.{self.family}({self.n})"

    def constructor(self, ndim: int) -> str:
        return f"rt.Links({self.runtime}, directions={ndim if self.link else 1})"

    def __str__(self) -> str:
        return f"{'link ' if self.link else ''}{self.family}({self.n})"
