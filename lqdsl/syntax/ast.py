"""The frozen syntax tree of a `.lqt` file; every node knows the span it was read from.

Spans do not take part in equality, so `parse(format(text)) == parse(text)` compares meaning alone.
"""

from dataclasses import dataclass, field

from lqdsl.diagnostics import Span

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Node:
    """Anything read from the file."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


# ---------------------------------------------------------------- expressions


class Expr(Node):
    """Base of all expressions."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Number(Expr):
    """A literal, kept as it was typed: `2`, `6.975`, `1e-3`."""

    text: str


@dataclass(frozen=True, slots=True)
class String(Expr):
    """A quoted text, without its quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Expr):
    """An identifier."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary(Expr):
    """`-x` or `+x`."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Expr):
    """`+ - * / ^`; `^` binds tightest and to the right, unary minus stands between `*` and `^`."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare(Expr):
    """A chain `a < b <= c`: one operator fewer than operands, of `< <= > >= == !=`."""

    operands: tuple[Expr, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Logical(Expr):
    """`a and b`, `a or b`; only in the conditions of `stop when`."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Range(Expr):
    """`0..5`, both ends included."""

    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True)
class Bounded(Expr):
    """A binder with its own range, `k = 0..5`, as in `sum[k = 0..5](...)`."""

    name: Name
    range: Range


@dataclass(frozen=True, slots=True)
class Abs(Expr):
    """`|x|`."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class ListExpr(Expr):
    """`[16, 16]`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """A positional (`name is None`) or named argument of a call."""

    name: Name | None
    value: Expr


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """`f(a, k = v)`, and a field at a site, `phi(x + mu)`."""

    function: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Index(Expr):
    """`U[mu]`, `P[0, 1]`, `phi(x)[a]`."""

    base: Expr
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Reduce(Expr):
    """`sum[x, mu < nu](body)`; `kind` is `sum`, `mean` or `prod`, binders are names, comparisons, `Bounded`."""

    kind: str
    binders: tuple[Expr, ...]
    body: Expr


# ---------------------------------------------------------------- declarations


class Statement(Node):
    """Base of all top-level declarations."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TheoryDecl(Statement):
    """`theory phi4`."""

    name: Name


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """`in (0, inf)`, `in [0, 1)`."""

    low: Expr
    high: Expr
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class ParamDecl(Statement):
    """`param lambda : real = 6.975 in (0, inf)`; without a type it follows from the value."""

    name: Name
    type: Name | None
    value: Expr
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class IndexDecl(Statement):
    """`index k = 0..5`."""

    name: Name
    range: Range


@dataclass(frozen=True, slots=True)
class LatticeDecl(Statement):
    """`lattice [L, L]`."""

    extents: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class BoundaryDecl(Statement):
    """`boundary antiperiodic in 0, 1`; no axes means all of them."""

    kind: Name
    axes: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class KindExpr(Node):
    """`real`, `vector(3)`, `link SU(3)`: words, then arguments in brackets."""

    words: tuple[Name, ...]
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class FieldDecl(Statement):
    """`field phi : real`, `field theta[k] : angle`, `field U : link SU(3)`."""

    name: Name
    indices: tuple[Name, ...]
    kind: KindExpr


@dataclass(frozen=True, slots=True)
class DataDecl(Statement):
    """`data h[x] from "field.npy"`."""

    name: Name
    indices: tuple[Name, ...]
    path: String


@dataclass(frozen=True, slots=True)
class LoopDecl(Statement):
    """`loop P[mu, nu](x) = U[mu](x) * ...`."""

    name: Name
    indices: tuple[Name, ...]
    site: Name
    body: Expr


@dataclass(frozen=True, slots=True)
class LetDecl(Statement):
    """`let s = ...`, `let s(x) = ...`, `let V(r) = ...`, `let K[mu](x) = ...`."""

    name: Name
    indices: tuple[Name, ...]
    parameters: tuple[Name, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class ActionDecl(Statement):
    """`action = ...`; the weight is exp(-action)."""

    body: Expr


@dataclass(frozen=True, slots=True)
class FieldMap(Node):
    """`phi -> -phi`."""

    field: Name
    image: Expr


@dataclass(frozen=True, slots=True)
class Claim(Node):
    """A symmetry that needs no name, `rotations`, `gauge(U)`."""

    name: Name
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class SymmetryDecl(Statement):
    """`symmetry translations, rotations` (claims) or `symmetry Z2 : phi -> -phi` (name and maps)."""

    name: Name | None
    claims: tuple[Claim, ...]
    maps: tuple[FieldMap, ...]


@dataclass(frozen=True, slots=True)
class ObservableDecl(Statement):
    """`observable phi2 = mean[x]( phi(x)^2 )`, `observable W[R, T] = ...` for declared indices R and T."""

    name: Name
    indices: tuple[Name, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class DerivedDecl(Statement):
    """`derived m_p = pole_mass(C)`, `derived chi[R, T] = ...`."""

    name: Name
    indices: tuple[Name, ...]
    body: Expr


# ---------------------------------------------------------------- blocks


@dataclass(frozen=True, slots=True)
class Option(Node):
    """`layers = 12`."""

    name: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class Couple(Node):
    """`couple U via P { ... }`."""

    field: Name
    via: tuple[Expr, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class FlowBlock(Statement):
    """`flow { prior = ... couple phi { ... } }`."""

    options: tuple[Option, ...]
    couples: tuple[Couple, ...]


@dataclass(frozen=True, slots=True)
class StopRule(Node):
    """`stop when acceptance > 0.7`."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class AnnealRule(Node):
    """`anneal beta from 1 to 6`."""

    parameter: Name
    start: Expr
    end: Expr


@dataclass(frozen=True, slots=True)
class TrainBlock(Statement):
    """`train { ... }`."""

    options: tuple[Option, ...]
    stops: tuple[StopRule, ...]
    anneals: tuple[AnnealRule, ...]


@dataclass(frozen=True, slots=True)
class SampleBlock(Statement):
    """`sample hmc { ... }`."""

    name: Name
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class File(Node):
    """All declarations in the order in which they were typed."""

    statements: tuple[Statement, ...]
