"""What names mean while one declaration is lowered."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from sympy import Symbol

from lqdsl.diagnostics import Label, Span, suggest
from lqdsl.ir.theory import Data, Field, Lattice, Parameter
from lqdsl.semantics.errors import fail
from lqdsl.semantics.values import Value
from lqdsl.syntax import ast

SITE_NAMES = re.compile(r"[xyz][0-9]*")
DIRECTION_NAMES = re.compile(r"(mu|nu|rho|sigma|kappa|eta|tau)[0-9]*")
CONSTANTS = ("pi", "i", "volume", "e", "inf", "true", "false")
REDUCTIONS = ("sum", "mean", "prod")


def is_binder_name(name: str) -> bool:
    """Whether a name stands for sites or directions by convention."""
    return bool(SITE_NAMES.fullmatch(name) or DIRECTION_NAMES.fullmatch(name))


@dataclass(frozen=True)
class IndexRange:
    """A declared index, both ends included."""

    name: str
    low: int
    high: int
    span: Span


@dataclass(frozen=True)
class Scope:
    """Declarations that are visible everywhere, and variables that sums and `let` bind."""

    parameters: dict[str, Parameter]
    lattice: Lattice
    fields: dict[str, Field]
    indices: dict[str, IndexRange] = field(default_factory=dict)
    lets: dict[str, ast.LetDecl] = field(default_factory=dict)
    loops: dict[str, ast.LoopDecl] = field(default_factory=dict)
    data: dict[str, ast.DataDecl] = field(default_factory=dict)
    tables: dict[str, Data] = field(default_factory=dict)
    """Data whose file was read."""
    bound: dict[str, Value] = field(default_factory=dict)
    """Variables of the enclosing sums and parameters of the enclosing `let`."""
    active: frozenset[str] = frozenset()
    """Names of all symbols that some enclosing sum binds; fresh ones must differ."""
    expanding: tuple[str, ...] = ()
    """`let` definitions being expanded, to refuse recursion."""
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Range of each bound index or direction symbol."""
    indexed: dict[str, IndexRange] = field(default_factory=dict)
    """Fields that have an index instead of a site, theta[k], and its range."""

    measured: dict[str, str] = field(default_factory=dict)
    """What is known only as a mean, and so cannot stand in an expression of the fields: observables, `derived`."""

    def bind(self, name: str, value: Value) -> "Scope":
        return replace(self, bound=self.bound | {name: value})

    def fresh(self, name: str) -> Symbol:
        """A symbol for a bound variable that no enclosing sum uses."""
        candidate, count = name, 1
        while candidate in self.active:
            count += 1
            candidate = f"{name}_{count}"
        return Symbol(candidate, integer=True)

    def inside(self, name: str, symbol: Symbol, value: Value, extent: tuple[int, int] | None) -> "Scope":
        """The scope of the body of a sum that binds `name`."""
        ranges = self.ranges if extent is None else self.ranges | {symbol.name: extent}
        return replace(self, bound=self.bound | {name: value}, active=self.active | {symbol.name}, ranges=ranges)

    def expanding_let(self, name: str) -> "Scope":
        """The scope in which the body of a `let` is lowered."""
        return replace(self, expanding=(*self.expanding, name))

    def only_globals(self) -> "Scope":
        """What the body of a `let` sees besides its parameters."""
        return replace(self, bound={})

    def names(self) -> tuple[str, ...]:
        """Everything a misspelt name may have meant."""
        tables = (self.bound, self.parameters, self.fields, self.indices, self.lets, self.loops, self.data)
        return tuple(name for table in tables for name in table) + CONSTANTS


def unknown(name: str, known: Iterable[str], scope: Scope) -> tuple[str, ...]:
    """What to do about a name that means nothing here, where `known` could have stood."""
    if name in scope.measured:
        share = "`let` names an expression that several observables share"
        return (f"`{name}` is {scope.measured[name]}; {share}, `derived` makes functions of means",)
    close = suggest(name, known)
    return (f"did you mean `{close}`?",) if close else ()


Lower = Callable[[ast.Expr, Scope], Value]
"""`lower` itself, handed to what it calls."""


class Declared:
    """Names of the file, each only once."""

    def __init__(self, reserved: tuple[str, ...]) -> None:
        self._spans: dict[str, Span] = {}
        self._reserved = reserved

    def add(self, name: ast.Name) -> None:
        """Raises E0202 if the name is taken, E0203 if it is built in."""
        if name.name in self._reserved:
            fail(
                "E0203", f"`{name.name}` is built in and cannot be declared", name.span, helps=("choose another name",)
            )
        if name.name in self._spans:
            first = Label(self._spans[name.name], "first declared here")
            fail("E0202", f"`{name.name}` is declared twice", name.span, labels=(first,))
        self._spans[name.name] = name.span
