"""Numbers that are known at compile time: parameter values, extents, ranges, options."""

import math
from collections.abc import Mapping
from fractions import Fraction

from lqdsl.diagnostics import suggest
from lqdsl.ir.theory import Parameter
from lqdsl.semantics.arithmetic import arithmetic
from lqdsl.semantics.errors import fail
from lqdsl.syntax import ast

Number = int | Fraction | float

_FUNCTIONS = {"sqrt": math.sqrt, "exp": math.exp, "log": math.log, "cos": math.cos, "sin": math.sin}
_LARGEST_POWER = 4096


def literal(number: ast.Number) -> int | Fraction:
    """The exact value of a literal."""
    value = Fraction(number.text)
    return (
        value.numerator
        if value.denominator == 1 and "." not in number.text and "e" not in number.text.lower()
        else value
    )


def evaluate(node: ast.Expr, parameters: Mapping[str, Parameter]) -> Number:
    """Value of a constant expression; int parameters may stand in it. Errors E0201, E0803."""
    match node:
        case ast.Number():
            return literal(node)
        case ast.Name(name="pi"):
            return math.pi
        case ast.Name(name="inf"):
            return math.inf
        case ast.Name():
            return _parameter(node, parameters)
        case ast.Unary(op=op, operand=operand):
            value = evaluate(operand, parameters)
            return -value if op == "-" else value
        case ast.Binary():
            return arithmetic(node, lambda child: evaluate(child, parameters), quotient=_quotient, power=_power)
        case ast.Call(function=ast.Name(name=name), arguments=(ast.Argument(name=None, value=argument),)) if (
            name in _FUNCTIONS
        ):
            try:
                return _FUNCTIONS[name](float(evaluate(argument, parameters)))
            except (ValueError, OverflowError):
                fail("E0803", f"`{name}` is not defined here", node.span)
    fail(
        "E0803",
        "a number is needed here",
        node.span,
        notes=("literals, int parameters, pi, + - * / ^ and sqrt, exp, log, sin, cos",),
    )


def _parameter(node: ast.Name, parameters: Mapping[str, Parameter]) -> Number:
    if node.name not in parameters:
        close = suggest(node.name, tuple(parameters))
        helps = (f"did you mean `{close}`?",) if close else ()
        fail("E0201", f"unknown name `{node.name}`", node.span, helps=helps)
    parameter = parameters[node.name]
    if parameter.is_length and not isinstance(parameter.value, tuple):
        return Fraction(repr(parameter.value))
    if parameter.type != "int" or not isinstance(parameter.value, int):
        fail(
            "E0803",
            f"`{node.name}` is a run-time parameter; a number known at compile time is needed here",
            node.span,
            helps=(f"write the number itself, or declare `param {node.name} : int` if it is whole",),
        )
    return parameter.value


def _quotient(node: ast.Binary, left: Number, right: Number) -> Number:
    if isinstance(left, float) or isinstance(right, float):
        return left / right
    quotient = Fraction(left) / Fraction(right)
    return quotient.numerator if quotient.denominator == 1 else quotient


def _power(node: ast.Binary, left: Number, right: Number) -> Number:
    if abs(float(right)) > _LARGEST_POWER:
        fail("E0803", "the exponent is too large", node.right.span)
    power: Number | complex = left**right
    if isinstance(power, complex):
        fail("E0803", "the result is not a real number", node.span)
    return power


def integer(node: ast.Expr, parameters: Mapping[str, Parameter], what: str) -> int:
    """A whole number; error E0803 otherwise."""
    value = evaluate(node, parameters)
    if isinstance(value, float) and not value.is_integer() or isinstance(value, Fraction) and value.denominator != 1:
        fail("E0803", f"{what} must be a whole number, got {float(value):g}", node.span)
    if isinstance(value, float) and math.isinf(value):
        fail("E0803", f"{what} must be finite", node.span)
    return int(value)


def real(node: ast.Expr, parameters: Mapping[str, Parameter]) -> float:
    """A floating-point number; whole numbers may be as large as a double."""
    value = evaluate(node, parameters)
    try:
        return float(value)
    except OverflowError:
        fail("E0803", "the number is too large", node.span)
