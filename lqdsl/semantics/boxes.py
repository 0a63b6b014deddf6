"""Periodic boxes: `box(L, L)`, whose side lengths are known when the theory is compiled."""

from collections.abc import Iterable

from sympy import Expr, Integer, Pow, Rational
from sympy import pi as sympy_pi

from lqdsl.ir.kinds import Box
from lqdsl.ir.theory import Parameter
from lqdsl.semantics.arithmetic import arithmetic
from lqdsl.semantics.constants import real
from lqdsl.semantics.errors import fail
from lqdsl.syntax import ast
from lqdsl.syntax.walk import walk

LARGEST_BOX = 64


def is_box(node: ast.KindExpr) -> bool:
    """Whether a kind is a box, right or wrong."""
    return tuple(word.name for word in node.words) == ("box",)


def length_names(statements: Iterable[ast.Statement]) -> frozenset[str]:
    """Names that stand in the lengths of boxes."""
    kinds = (node.kind for node in statements if isinstance(node, ast.FieldDecl) and is_box(node.kind))
    places = (argument for kind in kinds for argument in kind.arguments)
    return frozenset(node.name for place in places for node in walk(place) if isinstance(node, ast.Name))


def box(node: ast.KindExpr, parameters: dict[str, Parameter]) -> Box:
    """The box of these lengths. Errors E0302, E0303, E0803."""
    if not 1 <= len(node.arguments) <= LARGEST_BOX:
        helps = ("give each side its length: `box(6.0, 6.0)`",)
        fail("E0302", f"a box has 1 to {LARGEST_BOX} sides, got {len(node.arguments)}", node.span, helps=helps)
    return Box(tuple(_length(argument, parameters) for argument in node.arguments))


def _length(node: ast.Expr, parameters: dict[str, Parameter]) -> Expr:
    if isinstance(node, ast.Name) and node.name in parameters and parameters[node.name].is_table:
        fail("E0803", f"`{node.name}` is a list; the length of a side is one number", node.span)
    value = real(node, parameters)
    if not 0 < value < float("inf"):
        fail("E0303", f"the length of a side is positive and finite, got {value:g}", node.span)
    return _exact(node, parameters)


def _exact(node: ast.Expr, parameters: dict[str, Parameter]) -> Expr:
    """The number without rounding where it is made of literals, parameters and pi, so that periods can be compared."""
    match node:
        case ast.Number():
            return Rational(node.text)
        case ast.Name(name="pi"):
            return sympy_pi
        case ast.Name():
            return parameters[node.name].expression
        case ast.Unary(op=op, operand=operand):
            inner = _exact(operand, parameters)
            return -inner if op == "-" else inner
        case ast.Binary():
            return arithmetic(
                node,
                lambda child: _exact(child, parameters),
                quotient=lambda _, left, right: left / right,
                power=_power,
            )
    return Rational(repr(real(node, parameters)))


def _power(_: ast.Binary, left: Expr, right: Expr) -> Expr:
    return left**right if isinstance(right, Integer) else Rational(repr(float(Pow(left, right))))
