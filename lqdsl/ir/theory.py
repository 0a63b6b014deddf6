"""The theory: everything that one `.lqt` file says, as frozen data over SymPy expressions."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from sympy import Expr, Integer, Rational, Symbol

from lqdsl.diagnostics import SourceFile, Span
from lqdsl.ir.kinds import Box, Group, Kind, Vector
from lqdsl.ir.words import AT_SITE, Word

ODD_ACTIVATIONS = ("tanh", "isru", "arctan", "arcsinh", "sin")
"""Activations with f(-x) = -f(x), from which odd nets can be made."""


@dataclass(frozen=True)
class Interval:
    """Where a parameter may lie."""

    low: float
    high: float
    low_closed: bool
    high_closed: bool

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.low_closed else value > self.low
        below = value <= self.high if self.high_closed else value < self.high
        return above and below

    def __str__(self) -> str:
        return f"{'[' if self.low_closed else '('}{self.low:g}, {self.high:g}{']' if self.high_closed else ')'}"


@dataclass(frozen=True)
class Parameter:
    """`int` parameters are fixed at compile time, as are `real` ones that are lengths of a box; other `real` ones (numbers or
    lists) are run-time arguments."""

    name: str
    type: str
    value: int | float | tuple[float, ...]
    interval: Interval | None
    span: Span
    is_length: bool = False

    @property
    def symbol(self) -> Symbol:
        return Symbol(self.name, real=True)

    @property
    def at_run_time(self) -> bool:
        return self.type == "real" and not self.is_length

    @property
    def expression(self) -> Expr:
        """What the parameter, one number, is in expressions: itself, or its exact value where that is fixed."""
        if self.at_run_time:
            return self.symbol
        return Integer(self.value) if self.type == "int" else Rational(repr(self.value))

    @property
    def is_table(self) -> bool:
        return isinstance(self.value, tuple)


@dataclass(frozen=True)
class Lattice:
    """Extents and boundary signs (+1 periodic, -1 antiperiodic), one an axis."""

    extents: tuple[int, ...]
    boundary: tuple[int, ...]
    span: Span
    is_index: bool = False
    """Whether the sites are the values of an index, without neighbours: fields theta[k]."""
    first: int = 0
    """The value of the index at site 0."""

    @property
    def ndim(self) -> int:
        return len(self.extents)

    @property
    def volume(self) -> int:
        return prod(self.extents)


@dataclass(frozen=True)
class DataAxis:
    """What one name in brackets runs over: `site`, `direction` or `index`, from `low` on."""

    kind: str
    low: int
    extents: tuple[int, ...]


@dataclass(frozen=True)
class Data:
    """Numbers read from a file: `content` is float64, little-endian, of `shape` [index..., x...]."""

    name: str
    axes: tuple[DataAxis, ...]
    shape: tuple[int, ...]
    content: bytes
    digest: str
    """SHA-256 of the file."""
    span: Span

    @property
    def symbol(self) -> Symbol:
        return Symbol(self.name)

    @property
    def at_sites(self) -> bool:
        return any(axis.kind == "site" for axis in self.axes)

    @property
    def values(self) -> np.ndarray:
        """[index..., x...]."""
        return np.frombuffer(self.content, "<f8").reshape(self.shape)


@dataclass(frozen=True)
class Field:
    """A named field and its kind."""

    name: str
    kind: Kind
    span: Span
    first: int | None = None
    """The first value of its index; None for fields on a lattice."""

    @property
    def symbol(self) -> Symbol:
        return Symbol(self.name)

    def axes(self, ndim: int) -> tuple[int, ...]:
        """Axes of the matrices of a group: those of its links, or AT_SITE."""
        return tuple(range(ndim)) if self.kind.on_links else (AT_SITE,)


@dataclass(frozen=True)
class Term:
    """One summand of the action as it was typed, real and imaginary part."""

    expression: Expr
    imaginary: Expr
    span: Span
    parts: tuple["Term", ...] = ()
    """What it is the sum of once coefficients are multiplied out, where that is more than one."""

    def narrowed(self, guilty: Callable[[Expr], bool]) -> tuple["Term", ...]:
        """The parts that are guilty; the whole term where none of them is by itself."""
        return tuple(part for part in self.parts if guilty(part.expression)) or (self,)

    def mapped(self, image: Callable[[Expr], Expr]) -> "Term":
        """The term and its parts under a map of expressions."""
        return Term(
            image(self.expression), image(self.imaginary), self.span, tuple(part.mapped(image) for part in self.parts)
        )


@dataclass(frozen=True)
class Correlator:
    """Zero-momentum two-point function along an axis of local operators `densities`, summed over them."""

    densities: tuple[Expr, ...]
    axis: int
    sign: int = 1
    """-1 where the operator changes sign across an antiperiodic border."""


@dataclass(frozen=True)
class Observable:
    """A number for each configuration, or a correlator."""

    name: str
    body: Expr | Correlator
    span: Span
    terms: tuple[Term, ...] = ()
    """What a number is the sum of, where that is written as a sum, for errors to point to."""


@dataclass(frozen=True)
class Derived:
    """A function of expectation values: `Moment`, `Analysis`, parameters."""

    name: str
    expression: Expr
    span: Span
    reweighted: bool = False
    """Whether the flow estimates it too, by importance weights."""


@dataclass(frozen=True)
class FieldMap:
    """phi(x) -> images[c] for each component c, written in the `Shifted` of offset zero.

    Fields of links and matrices have no images; they are `conjugated`, `negated`, or both; `adjoint` is U -> U^+.
    """

    field: str
    images: tuple[Expr, ...] = ()
    conjugated: bool = False
    negated: bool = False
    adjoint: bool = False

    @property
    def link(self) -> bool:
        return not self.images


@dataclass(frozen=True)
class Symmetry:
    """A claim. `kind` is `exchange` (of the values of an index), `left`, `right`, `chiral`, `translations`, `rotations`, `reflections`, `permutations`, `internal`, `gauge` or `map`."""

    name: str
    kind: str
    maps: tuple[FieldMap, ...]
    span: Span
    angle: Symbol | None = None
    """The free angle of a continuous map."""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoopFamily:
    """A declared loop: its word from the running site for each assignment of its directions, all different."""

    name: str
    words: tuple[tuple[tuple[int, ...], Word], ...]
    group: Group
    span: Span


@dataclass(frozen=True)
class Option:
    """A checked option: a number, a word, a list, or a `Choice` with options of its own."""

    name: str
    value: "int | float | bool | str | tuple[int | float | str | Choice, ...] | Choice"
    span: Span


@dataclass(frozen=True)
class Choice:
    """`cnn(hidden = [16, 16])`: what was chosen and its options."""

    name: str
    options: tuple[Option, ...]
    span: Span

    def get(self, name: str, default: object = None) -> object:
        """The value of an option, or `default`."""
        return next((option.value for option in self.options if option.name == name), default)


@dataclass(frozen=True)
class Couple:
    """The coupling layers of one field; links are updated `via` loops and see loops of the `context`, by name."""

    field: str
    options: Choice
    span: Span
    via: tuple[str, ...] = ()
    context: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stop:
    """A rule `quantity > threshold` that ends the training."""

    quantity: str
    comparison: str
    threshold: float


@dataclass(frozen=True)
class Anneal:
    """In the first half of the training a parameter moves from `start` to its value."""

    parameter: str
    start: float
    span: Span


@dataclass(frozen=True)
class Flow:
    """Prior and couplings, in the order of the file."""

    prior: Choice | None
    couples: tuple[Couple, ...]
    span: Span


@dataclass(frozen=True)
class Train:
    """Options of the training and its stop rules: any of them ends it."""

    options: Choice
    stops: tuple[Stop, ...]
    span: Span
    anneals: tuple[Anneal, ...] = ()


@dataclass(frozen=True)
class Sampler:
    """A declared sampler: `name` is what the user calls it, `options.name` what it is."""

    name: str
    options: Choice
    span: Span


@dataclass(frozen=True)
class Theory:
    """One theory; passes add what they prove beside it."""

    name: str
    source: SourceFile
    parameters: tuple[Parameter, ...]
    lattice: Lattice
    fields: tuple[Field, ...]
    loops: tuple[LoopFamily, ...]
    action: tuple[Term, ...]
    action_span: Span
    symmetries: tuple[Symmetry, ...]
    observables: tuple[Observable, ...]
    derived: tuple[Derived, ...]
    flow: Flow | None
    train: Train | None
    samplers: tuple[Sampler, ...]
    data: tuple[Data, ...] = ()

    def field(self, name: str) -> Field:
        """The field of that name."""
        return next(field for field in self.fields if field.name == name)

    @property
    def run_time_parameters(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if parameter.at_run_time)

    @property
    def values(self) -> dict[str, Any]:
        """Parameters and data by name."""
        return {p.name: p.value for p in self.parameters} | {d.name: d.values for d in self.data}

    @property
    def has_particles(self) -> bool:
        """Whether fields are positions: vectors or points of a box over an index, without a lattice."""
        return self.lattice.is_index and any(isinstance(field.kind, Vector | Box) for field in self.fields)

    def line(self, span: Span) -> int:
        """1-based line of the source."""
        return self.source.location(span.start)[0]
