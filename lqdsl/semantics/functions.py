"""The functions that an expression may call, by name: what they take and the number they give."""

from collections.abc import Callable
from dataclasses import dataclass

import sympy
from sympy import Expr, S

from lqdsl.diagnostics import Span
from lqdsl.semantics.errors import fail
from lqdsl.semantics.values import MatrixValue, PointValue, Scalar, Value, VectorValue, as_number, describe
from lqdsl.syntax import ast

POINTS = "only differences of points are vectors, of shortest length: `|r[p] - r[q]|`"
NOT_FINITE = (S.ComplexInfinity, S.Infinity, S.NegativeInfinity, S.NaN)


@dataclass(frozen=True)
class Function:
    """`rule` gets values that were checked against `takes` (`real`, `number`, `vector` or `matrix`, one an argument)."""

    takes: tuple[str, ...]
    rule: Callable[..., Value]


def _real(rule: Callable[[Expr], Expr]) -> Function:
    return Function(("real",), lambda value: Scalar(rule(value.re)))


def _norm(value: VectorValue) -> Scalar:
    return Scalar(sympy.sqrt(value.dot(value).re))


def _normalised_trace(value: MatrixValue) -> Scalar:
    return Scalar(value.trace().re / value.group.n)


FUNCTIONS: dict[str, Function] = {
    "sin": _real(sympy.sin),
    "cos": _real(sympy.cos),
    "tan": _real(sympy.tan),
    "sinh": _real(sympy.sinh),
    "cosh": _real(sympy.cosh),
    "tanh": _real(sympy.tanh),
    "atan": _real(sympy.atan),
    "asinh": _real(sympy.asinh),
    "log": _real(sympy.log),
    "sqrt": _real(sympy.sqrt),
    "step": _real(lambda x: sympy.Heaviside(x, 0)),
    "exp": Function(("number",), lambda value: value.exp()),
    "abs": Function(("number",), lambda value: Scalar(value.modulus())),
    "conj": Function(("number",), lambda value: value.conjugate()),
    "re": Function(("number",), lambda value: Scalar(value.re)),
    "im": Function(("number",), lambda value: Scalar(value.im)),
    "arg": Function(("number",), lambda value: Scalar(sympy.atan2(value.im, value.re))),
    "dot": Function(("vector", "vector"), lambda left, right: left.dot(right)),
    "norm": Function(("vector",), _norm),
    "tr": Function(("matrix",), lambda value: value.trace()),
    "retr": Function(("matrix",), _normalised_trace),
    "adj": Function(("matrix",), lambda value: value.adjoint()),
}


def accepts(requirement: str, value: Value) -> bool:
    """Whether a value may stand where `requirement` is asked for."""
    if requirement == "real":
        return isinstance(value, Scalar) and value.is_real
    if requirement == "number":
        return isinstance(value, Scalar)
    return isinstance(value, VectorValue if requirement == "vector" else MatrixValue)


REQUIREMENTS = {
    "real": "a real number",
    "number": "a number",
    "vector": "a vector",
    "matrix": "a matrix, a product of links",
}


def apply(name: str, values: tuple[Value, ...], nodes: tuple[ast.Expr, ...], span: Span) -> Value:
    """The function `name` of these arguments, which stand at `nodes`. Errors E0301, E0302, E0305."""
    function = FUNCTIONS[name]
    if name in ("arg", "conj") and len(values) == 1 and isinstance(values[0], MatrixValue):
        return _matrix_function(name, values[0], span)
    values = tuple(value if "matrix" in function.takes else as_number(value) for value in values)
    if len(values) != len(function.takes):
        fail("E0302", f"`{name}` takes {len(function.takes)} argument(s), got {len(values)}", span)
    for requirement, value, node in zip(function.takes, values, nodes, strict=True):
        if not accepts(requirement, value):
            helps = (POINTS,) if isinstance(value, PointValue) else ()
            message = f"`{name}` takes {REQUIREMENTS[requirement]}, this is {describe(value)}"
            fail("E0301", message, node.span, helps=helps)
    lengths = {len(value.components) for value in values if isinstance(value, VectorValue)}
    if len(lengths) > 1:
        fail("E0301", "`dot` takes two vectors of the same length", span)
    return defined(function.rule(*values), f"`{name}`", span)


def _matrix_function(name: str, value: MatrixValue, span: Span) -> Value:
    """`arg`, of the determinant, and `conj`, where they can be formed from words of links."""
    if name == "conj":
        if not value.group.abelian:
            help_ = "use `adj( ... )`, or conjugate the trace, `conj(tr( ... ))`"
            fail("E0305", "the conjugate of a matrix is not a product of links", span, helps=(help_,))
        return value.adjoint()
    if value.group.family == "SU":
        helps = ("`arg(tr( ... ))` is the angle of the trace; on four axes there is `topological_charge(U)`",)
        fail("E0305", f"`arg` of {describe(value)}, the angle of its determinant, is zero", span, helps=helps)
    if len(value.terms) == 1 and value.terms[0][0] == Scalar(S.One) and not value.joins_named_sites:
        return Scalar(value.part("arg", value.terms[0][1]))
    if value.group.abelian:
        return FUNCTIONS["arg"].rule(value.trace())
    fail("E0305", "`arg` of a matrix, the angle of its determinant, takes one product of links", span)


def defined(value: Value, what: str, span: Span) -> Value:
    """The value, unless it is known to be no real number: sqrt(-1), log(0)."""
    if isinstance(value, Scalar) and any(part.has(S.ImaginaryUnit, *NOT_FINITE) for part in (value.re, value.im)):
        fail("E0301", f"{what} is not defined here", span)
    return value
