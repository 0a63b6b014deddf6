"""SymPy classes with lattice meaning.

Before expansion an expression holds `FieldAt` (a field at a symbolic site) inside `Reduction` (sums and means over
sites, directions and indices). After it, `Shifted` (a field at a fixed offset from the running site) inside
`SiteSum`, the sum of a density over the lattice. All of them stand for real numbers.
"""

from collections.abc import Iterable
from typing import Self

from sympy import Expr, Integer, Symbol, Tuple


def _expression(value: Expr | int) -> Expr:
    return Integer(value) if isinstance(value, int) else value


class LatticeExpr(Expr):
    """A real, commuting number."""

    is_commutative = True
    is_real = True
    is_extended_real = True
    is_complex = True
    is_finite = True
    _diff_wrt = True


class Hat(LatticeExpr):
    """Unit vector along an axis; the argument is an integer or a direction that is bound by a sum."""

    def __new__(cls, axis: Expr | int) -> Self:
        return Expr.__new__(cls, _expression(axis))

    @property
    def axis(self) -> Expr:
        return self.args[0]


class FieldAt(LatticeExpr):
    """Component of a field at a site: `site` is a site variable plus integer multiples of `Hat`."""

    def __new__(cls, field: Symbol, component: Expr | int, site: Expr) -> Self:
        return Expr.__new__(cls, field, _expression(component), site)

    @property
    def field(self) -> Symbol:
        return self.args[0]

    @property
    def component(self) -> Expr:
        return self.args[1]

    @property
    def site(self) -> Expr:
        return self.args[2]


class TableEntry(LatticeExpr):
    """Entry of a parameter that is a list, `kappa[mu]`."""

    def __new__(cls, table: Symbol, index: Expr | int) -> Self:
        return Expr.__new__(cls, table, _expression(index))

    @property
    def table(self) -> Symbol:
        return self.args[0]

    @property
    def index(self) -> Expr:
        return self.args[1]


class Reduction(LatticeExpr):
    """`sum`, `mean` or `prod` of a body over binders under conditions.

    Binders are Tuples (variable, kind, low, high) with kind one of the symbols `site`, `direction`, `index`;
    conditions are SymPy relations between bound variables and integers.
    """

    def __new__(cls, operation: Symbol, body: Expr, binders: Tuple, conditions: Tuple) -> Self:
        return Expr.__new__(cls, operation, body, binders, conditions)

    @property
    def operation(self) -> str:
        return self.args[0].name

    @property
    def body(self) -> Expr:
        return self.args[1]

    @property
    def binders(self) -> Tuple:
        return self.args[2]

    @property
    def conditions(self) -> Tuple:
        return self.args[3]


class Shifted(LatticeExpr):
    """Component of a field at x + offset, x being the running site of the density it stands in."""

    def __new__(cls, field: Symbol, component: Expr | int, offset: Iterable[int]) -> Self:
        return Expr.__new__(cls, field, _expression(component), Tuple(*(Integer(step) for step in offset)))

    @property
    def field(self) -> str:
        return self.args[0].name

    @property
    def component(self) -> int:
        return int(self.args[1])

    @property
    def offset(self) -> tuple[int, ...]:
        return tuple(int(step) for step in self.args[2])

    def at(self, offset: Iterable[int]) -> "Shifted":
        """The same field and component at another offset."""
        return Shifted(self.args[0], self.args[1], offset)

    def translated(self, offset: Iterable[int]) -> "Shifted":
        """The same field and component, moved by `offset`."""
        return self.at(a + b for a, b in zip(self.offset, offset, strict=True))


class SiteSum(LatticeExpr):
    """Sum over all sites of a density made of `Shifted`."""

    def __new__(cls, density: Expr) -> Self:
        return Expr.__new__(cls, density)

    @property
    def density(self) -> Expr:
        return self.args[0]


class Moment(LatticeExpr):
    """<observable^power>, in derived quantities."""

    def __new__(cls, observable: Symbol, power: int = 1) -> Self:
        return Expr.__new__(cls, observable, Integer(power))

    @property
    def observable(self) -> str:
        return self.args[0].name

    @property
    def power(self) -> int:
        return int(self.args[1])


class Analysis(LatticeExpr):
    """A named estimator of the analysis room applied to an observable, `pole_mass(C)`."""

    def __new__(cls, function: Symbol, observable: Symbol) -> Self:
        return Expr.__new__(cls, function, observable)

    @property
    def function(self) -> str:
        return self.args[0].name

    @property
    def observable(self) -> str:
        return self.args[1].name


def translate(density: Expr, offset: Iterable[int]) -> Expr:
    """The density with its running site moved by `offset`."""
    steps = tuple(offset)
    if not any(steps):
        return density
    return density.xreplace({atom: atom.translated(steps) for atom in density.atoms(Shifted)})


def derivative(expression: Expr, atom: Expr) -> Expr:
    """Partial derivative with respect to one atom (a `Shifted` or a `SiteSum`), all others held."""
    stand_in = Symbol("_variable", real=True)
    return expression.xreplace({atom: stand_in}).diff(stand_in).xreplace({stand_in: atom})
