"""Nodes after expansion: fields, traces and data at fixed offsets from a running site, and the sum over that site."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

from sympy import Expr, Integer, S, Symbol, Tuple

from lqdsl.ir.base import LatticeExpr, as_expression
from lqdsl.ir.kinds import Group
from lqdsl.ir.words import Offset, Word, canonical, moved


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
        return Expr.__new__(cls, field, as_expression(component), Tuple(*(Integer(step) for step in offset)))

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


class Trace(LatticeExpr):
    """`re`, `im` or `arg` of the trace of a word of matrices (`arg`: of its determinant)."""

    part: str
    group: Group
    word: Word

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(link.field for link in self.word)

    def of(self, part: str, word: Word) -> Expr:
        """A part of the trace of another word of the same kind, by its canonical form."""
        raise NotImplementedError

    def as_part(self, part: str) -> Expr:
        """Another part of the same trace."""
        raise NotImplementedError


class Loop(Trace, Local):
    """A trace of links, or matrices at sites, at offsets from the running site; made by `trace`, which brings words into
    canonical form.

    For U(1) it is cos, sin or angle of the sum of the angles, also along paths that are not closed.
    """

    is_Atom = True
    is_number = False

    def __new__(cls, part: str, group: Group, word: Word) -> Self:
        node = Expr.__new__(cls)
        node.part, node.group, node.word = part, group, word
        return node

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.part, self.group.family, self.group.n, self.word)

    @property
    def offsets(self) -> tuple[Offset, ...]:
        return tuple(link.offset for link in self.word)

    def translated(self, offset: Iterable[int]) -> "Loop":
        return Loop(self.part, self.group, moved(self.word, offset))

    @property
    def is_balanced(self) -> bool:
        """Every link of an axis comes with an adjoint of the same axis: the product over all sites is one, for U(1)."""
        steps = Counter[tuple[str, int]]()
        for link in self.word:
            steps[link.field, link.axis] += link.sign
        return not any(steps.values())

    def of(self, part: str, word: Word) -> Expr:
        return trace(part, self.group, word)

    def as_part(self, part: str) -> "Loop":
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


class Pinned(LatticeExpr):
    """Component of a field at one site of the lattice; it does not move with the running site."""

    def __new__(cls, field: Symbol, component: Expr | int, site: Iterable[int]) -> Self:
        return Expr.__new__(cls, field, as_expression(component), Tuple(*(Integer(c) for c in site)))

    @property
    def field(self) -> str:
        return self.args[0].name

    @property
    def component(self) -> int:
        return int(self.args[1])

    @property
    def site(self) -> tuple[int, ...]:
        return tuple(int(c) for c in self.args[2])


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

    @property
    def is_whole_turns(self) -> bool:
        """A sum of angles that is a multiple of 2 pi, like that of all plaquettes of a plane."""
        return isinstance(self.density, Loop) and self.density.part == "arg" and self.density.is_balanced


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
