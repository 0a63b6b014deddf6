"""Nodes before expansion: fields, links and data at symbolic sites, and the sums that bind these sites."""

from typing import Self

from sympy import Add, Expr, Symbol, Tuple

from lqdsl.ir.base import LatticeExpr, as_expression
from lqdsl.ir.kinds import Group
from lqdsl.ir.words import Link, Offset, Word


class Hat(LatticeExpr):
    """Unit vector along an axis; the argument is an integer or a direction that is bound by a sum."""

    def __new__(cls, axis: Expr | int) -> Self:
        return Expr.__new__(cls, as_expression(axis))

    @property
    def axis(self) -> Expr:
        return self.args[0]


class Pin(LatticeExpr):
    """One site by its coordinates, whole numbers or indices that are bound by a sum."""

    def __new__(cls, *coordinates: Expr | int) -> Self:
        return Expr.__new__(cls, *(as_expression(c) for c in coordinates))


class Placed(LatticeExpr):
    """Something made of fields at symbolic sites: site variables plus integer multiples of `Hat`."""

    @property
    def sites(self) -> tuple[Expr, ...]:
        raise NotImplementedError


class FieldAt(Placed):
    """Component of a field at a site."""

    def __new__(cls, field: Symbol, component: Expr | int, site: Expr) -> Self:
        return Expr.__new__(cls, field, as_expression(component), site)

    @property
    def field(self) -> Symbol:
        return self.args[0]

    @property
    def component(self) -> Expr:
        return self.args[1]

    @property
    def site(self) -> Expr:
        return self.args[2]

    @property
    def sites(self) -> tuple[Expr, ...]:
        return (self.site,)


class LoopAt(Placed):
    """`re`, `im` or `arg` of the trace (`arg`: of the determinant) of a word of links at symbolic sites.

    Links are Tuples (field, axis, site, sign); the group is given by family and n.
    """

    def __new__(cls, part: Symbol, family: Symbol, n: Expr | int, links: Tuple) -> Self:
        return Expr.__new__(cls, part, family, as_expression(n), links)

    @property
    def part(self) -> str:
        return self.args[0].name

    @property
    def group(self) -> Group:
        return Group(self.args[1].name, int(self.args[2]), True)

    @property
    def links(self) -> Tuple:
        return self.args[3]

    @property
    def sites(self) -> tuple[Expr, ...]:
        return tuple(link[2] for link in self.links)


class DataAt(Placed):
    """A number of a data file, by its indices (counted from 0) and, where it has one, its site."""

    def __new__(cls, data: Symbol, indices: Tuple, site: Tuple) -> Self:
        return Expr.__new__(cls, data, indices, site)

    @property
    def data(self) -> Symbol:
        return self.args[0]

    @property
    def indices(self) -> Tuple:
        return self.args[1]

    @property
    def sites(self) -> tuple[Expr, ...]:
        return tuple(self.args[2])


class TableEntry(LatticeExpr):
    """Entry of a parameter that is a list, `kappa[mu]`."""

    def __new__(cls, table: Symbol, index: Expr | int) -> Self:
        return Expr.__new__(cls, table, as_expression(index))

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


def offset_of(site: Expr, ndim: int) -> Offset:
    """Steps of a site from the site variable in it: x + 2 e[0] is (2, 0, ...)."""
    offset = [0] * ndim
    for term in Add.make_args(site):
        factor, rest = term.as_coeff_Mul()
        if isinstance(rest, Hat):
            offset[int(rest.axis)] += int(factor)
    return tuple(offset)


def word_of(links: Tuple, ndim: int) -> Word:
    """Links at sites, all directions known, as a word."""
    return tuple(Link(field.name, int(axis), offset_of(site, ndim), int(sign)) for field, axis, site, sign in links)
