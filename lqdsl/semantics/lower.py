"""Expressions: syntax tree to values over SymPy, with every mismatch located."""

from sympy import Integer, Rational, S
from sympy import exp as sympy_exp
from sympy import pi as sympy_pi

from lqdsl.ir.theory import Parameter
from lqdsl.semantics import reduce
from lqdsl.semantics.brackets import bracket
from lqdsl.semantics.calls import call
from lqdsl.semantics.constants import literal
from lqdsl.semantics.entries import data_value
from lqdsl.semantics.errors import fail
from lqdsl.semantics.fields import is_link
from lqdsl.semantics.functions import apply
from lqdsl.semantics.lets import expand_let
from lqdsl.semantics.operators import combine, negate, power
from lqdsl.semantics.scope import Scope, is_binder_name, unknown
from lqdsl.semantics.values import MatrixValue, PointValue, Scalar, Value, VectorValue, as_number, describe
from lqdsl.syntax import ast
from lqdsl.syntax.walk import left_spine


def lower(node: ast.Expr, scope: Scope) -> Value:
    """Value of an expression. Raises DiagnosticError with E02xx, E03xx or E09xx."""
    match node:
        case ast.Number():
            number = literal(node)
            return Scalar(
                Integer(number) if isinstance(number, int) else Rational(number.numerator, number.denominator)
            )
        case ast.Name():
            return _name(node, scope)
        case ast.Unary(op=op, operand=operand):
            return negate(lower(operand, scope), node.span) if op == "-" else lower(operand, scope)
        case ast.Binary():
            return _binary(node, scope)
        case ast.Abs(operand=operand):
            value = lower(operand, scope)
            name = "norm" if isinstance(value, VectorValue | PointValue) else "abs"
            return apply(name, (value,), (operand,), node.span)
        case ast.Reduce():
            return reduce.reduction(node, scope, lower)
        case ast.Call():
            return call(node, scope, lower)
        case ast.Index():
            return bracket(node, scope, lower)
    fail("E0301", "this cannot stand in an expression", node.span)


def number(node: ast.Expr, scope: Scope) -> Scalar:
    """Value of an expression that must be a number."""
    value = as_number(lower(node, scope))
    if isinstance(value, MatrixValue):
        helps = ("take its trace, `tr( ... )`, or `retr( ... )` for Re tr / n",)
        fail("E0305", f"a number is needed here, this is {describe(value)}", node.span, helps=helps)
    if isinstance(value, VectorValue):
        fail(
            "E0305",
            f"a number is needed here, this is {describe(value)}",
            node.span,
            helps=("take a component, `phi(x)[0]`, or a product, `dot(phi(x), phi(x))`",),
        )
    if isinstance(value, PointValue):
        helps = ("take the length of a difference, `|r[p] - r[q]|`",)
        fail("E0305", f"a number is needed here, this is {describe(value)}", node.span, helps=helps)
    if not isinstance(value, Scalar):
        fail("E0301", f"a number is needed here, this is {describe(value)}", node.span)
    return value


def _name(node: ast.Name, scope: Scope) -> Value:
    name = node.name
    if name in scope.bound:
        return scope.bound[name]
    if name in scope.parameters:
        return _parameter(node, scope.parameters[name])
    if name in scope.lets:
        return expand_let(scope.lets[name], (), (), node.span, scope, lower)
    if name in scope.fields:
        example = f"{name}[mu](x)" if is_link(scope.fields[name]) else f"{name}(x)"
        fail("E0301", f"the field `{name}` needs a site", node.span, helps=(f"write `{example}`",))
    if name in scope.data:
        return data_value(name, (), node.span, scope, lower)
    if name in scope.indices or name in scope.loops:
        fail("E0304", f"`{name}` is not bound here", node.span, helps=(f"bind it by a sum, `sum[{name}](...)`",))
    constants = {"pi": sympy_pi, "volume": Integer(scope.lattice.volume), "e": sympy_exp(1)}
    if name in constants:
        return Scalar(constants[name])
    if name == "i":
        return Scalar(S.Zero, S.One)
    if is_binder_name(name):
        fail(
            "E0304",
            f"`{name}` is used outside a sum that binds it",
            node.span,
            helps=(f"write `sum[{name}]( ... )` around it",),
        )
    fail("E0201", f"unknown name `{name}`", node.span, helps=unknown(name, scope.names(), scope))


def _parameter(node: ast.Name, parameter: Parameter) -> Scalar:
    if parameter.is_table:
        fail(
            "E0302",
            f"`{node.name}` is a list, it needs an index",
            node.span,
            helps=(f"write `{node.name}[mu]` or `{node.name}[0]`",),
        )
    return Scalar(parameter.expression)


def _binary(node: ast.Binary, scope: Scope) -> Value:
    first, steps = left_spine(node, without="^")
    if isinstance(first, ast.Binary):
        value = power(lower(first.left, scope), lower(first.right, scope), first)
    else:
        value = lower(first, scope)
    for step in steps:
        value = combine(step, value, lower(step.right, scope))
    return value
