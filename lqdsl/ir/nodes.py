"""SymPy classes with lattice meaning.

Before expansion an expression holds `FieldAt` and `LoopAt` (a field at a symbolic site, a trace of links along a path)
inside `Reduction` (sums and means over sites, directions and indices). After it, `Shifted` and `Loop` (the same at
fixed offsets from the running site) inside `SiteSum`, the sum of a density over the lattice. All of them stand for
real numbers.
"""

from collections.abc import Iterable
from typing import Any, Self

from sympy import Add, Expr, Integer, S, Symbol, Tuple

from lqdsl.ir.kinds import Group
from lqdsl.ir.words import Link, Offset, Word, canonical, moved


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


class Pin(LatticeExpr):
    """One site by its coordinates, whole numbers or indices that are bound by a sum."""

    def __new__(cls, *coordinates: Expr | int) -> Self:
        return Expr.__new__(cls, *(_expression(c) for c in coordinates))


class Placed(LatticeExpr):
    """Something made of fields at symbolic sites: site variables plus integer multiples of `Hat`."""

    @property
    def sites(self) -> tuple[Expr, ...]:
        raise NotImplementedError


class FieldAt(Placed):
    """Component of a field at a site."""

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

    @property
    def sites(self) -> tuple[Expr, ...]:
        return (self.site,)


class LoopAt(Placed):
    """`re`, `im` or `arg` of the trace (`arg`: of the determinant) of a word of links at symbolic sites.

    Links are Tuples (field, axis, site, sign); the group is given by family and n.
    """

    def __new__(cls, part: Symbol, family: Symbol, n: Expr | int, links: Tuple) -> Self:
        return Expr.__new__(cls, part, family, _expression(n), links)

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


class DataEntry(LatticeExpr):
    """A number of a data file by all its coordinates; it does not move with the running site."""

    def __new__(cls, data: Symbol, coordinates: Tuple) -> Self:
        return Expr.__new__(cls, data, coordinates)

    @property
    def data(self) -> str:
        return self.args[0].name

    @property
    def coordinates(self) -> tuple[Expr, ...]:
        return tuple(self.args[1])


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


class Local(LatticeExpr):
    """A number made of fields at fixed offsets from the running site of the density it stands in."""

    @property
    def offsets(self) -> tuple[Offset, ...]:
        raise NotImplementedError

    def translated(self, offset: Iterable[int]) -> Expr:
        """The same further by `offset`."""
        raise NotImplementedError


class Shifted(Local):
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

    @property
    def offsets(self) -> tuple[Offset, ...]:
        return (self.offset,)

    def at(self, offset: Iterable[int]) -> "Shifted":
        """The same field and component at another offset."""
        return Shifted(self.args[0], self.args[1], offset)

    def translated(self, offset: Iterable[int]) -> "Shifted":
        return self.at(a + b for a, b in zip(self.offset, offset, strict=True))


class DataShifted(Local):
    """Data at x + offset, x being the running site of the density they stand in. Data are periodic always."""

    def __new__(cls, data: Symbol, indices: Iterable[int], offset: Iterable[int]) -> Self:
        return Expr.__new__(cls, data, Tuple(*map(Integer, indices)), Tuple(*map(Integer, offset)))

    @property
    def data(self) -> str:
        return self.args[0].name

    @property
    def indices(self) -> tuple[int, ...]:
        return tuple(int(index) for index in self.args[1])

    @property
    def offset(self) -> Offset:
        return tuple(int(step) for step in self.args[2])

    @property
    def offsets(self) -> tuple[Offset, ...]:
        return (self.offset,)

    def at(self, offset: Iterable[int]) -> "DataShifted":
        """The same numbers at another offset."""
        return DataShifted(self.args[0], self.args[1], offset)

    def translated(self, offset: Iterable[int]) -> "DataShifted":
        return self.at(a + b for a, b in zip(self.offset, offset, strict=True))


class Pinned(LatticeExpr):
    """Component of a field at one site of the lattice; it does not move with the running site."""

    def __new__(cls, field: Symbol, component: Expr | int, site: Iterable[int]) -> Self:
        return Expr.__new__(cls, field, _expression(component), Tuple(*(Integer(c) for c in site)))

    @property
    def field(self) -> str:
        return self.args[0].name

    @property
    def component(self) -> int:
        return int(self.args[1])

    @property
    def site(self) -> tuple[int, ...]:
        return tuple(int(c) for c in self.args[2])


class Loop(Local):
    """`re`, `im` or `arg` of the trace of a word of links; made by `trace`, which brings words into canonical form.

    For U(1) it is cos, sin or angle of the sum of the angles, also along paths that are not closed.
    """

    is_Atom = True
    is_number = False

    part: str
    group: Group
    word: Word

    def __new__(cls, part: str, group: Group, word: Word) -> Self:
        node = Expr.__new__(cls)
        node.part, node.group, node.word = part, group, word
        return node

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.part, self.group.family, self.group.n, self.word)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(link.field for link in self.word)

    @property
    def offsets(self) -> tuple[Offset, ...]:
        return tuple(link.offset for link in self.word)

    def translated(self, offset: Iterable[int]) -> "Loop":
        return Loop(self.part, self.group, moved(self.word, offset))

    def as_part(self, part: str) -> "Loop":
        """Another part of the same trace."""
        return Loop(part, self.group, self.word)

    def _sympystr(self, printer: object) -> str:
        links = " ".join(
            f"{link.field}[{link.axis}]{list(link.offset)}{'' if link.sign > 0 else '*'}" for link in self.word
        )
        return f"{self.part}({links})"


def trace(part: str, group: Group, word: Word) -> Expr:
    """The trace of a word, by its canonical form: a `Loop`, its negative, or a number."""
    form, sign = canonical(word, group)
    if part == "im" and (group.real_traces or not form):
        return S.Zero
    if not form:
        return Integer(group.n) if part == "re" else S.Zero
    node = Loop(part, group, form)
    return -node if sign < 0 and part in ("im", "arg") else node


class SiteSum(LatticeExpr):
    """Sum over all sites of a density made of `Local`."""

    def __new__(cls, density: Expr) -> Self:
        return Expr.__new__(cls, density)

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        slope = self.density.diff(symbol)
        return SiteSum(slope) if slope != 0 else slope

    @property
    def density(self) -> Expr:
        return self.args[0]


class TopologicalCharge(LatticeExpr):
    """The charge of one configuration of links on four axes, by clover field strengths after smearing.

    `smearing` is empty or one of `SMEARINGS`, `settings` are its numbers in their order.
    """

    def __new__(cls, field: Symbol, smearing: Symbol, settings: Tuple) -> Self:
        return Expr.__new__(cls, field, smearing, settings)

    @property
    def field(self) -> str:
        return self.args[0].name

    @property
    def smearing(self) -> str:
        return self.args[1].name

    @property
    def settings(self) -> tuple[Expr, ...]:
        return tuple(self.args[2])


SMEARINGS: dict[str, tuple[str, ...]] = {"stout": ("rho", "steps"), "wilson_flow": ("time", "step")}
"""Names of the smearings and of their settings."""


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


def translate(density: Expr, offset: Iterable[int]) -> Expr:
    """The density with its running site moved by `offset`."""
    steps = tuple(offset)
    if not any(steps):
        return density
    return density.xreplace({atom: atom.translated(steps) for atom in density.atoms(Local)})


def derivative(expression: Expr, atom: Expr) -> Expr:
    """Partial derivative with respect to one atom (a `Local` or a `SiteSum`), all others held."""
    stand_in = Symbol("_variable", real=True)
    return expression.xreplace({atom: stand_in}).diff(stand_in).xreplace({stand_in: atom})
