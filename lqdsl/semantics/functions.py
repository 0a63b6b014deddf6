"""The functions that an expression may call, by name: what they take and the number they give."""

from collections.abc import Callable
from dataclasses import dataclass

import sympy
from sympy import Expr

from lqdsl.semantics.values import MatrixValue, Scalar, Value, VectorValue


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
