"""Sums, products, quotients and powers of values, with every mismatch located."""

from sympy import Integer, S

from lqdsl.diagnostics import Span
from lqdsl.semantics.errors import fail
from lqdsl.semantics.functions import POINTS, defined
from lqdsl.semantics.values import (
    MAX_POWER,
    DirectionValue,
    MatrixValue,
    PointValue,
    Scalar,
    SiteValue,
    Value,
    VectorValue,
    describe,
)
from lqdsl.syntax import ast

_PHASE = (
    "a phase at sites beside links of U(1) is an angle: `field theta : angle`, and `exp(i * theta(x))` in the product",
)
_GAUGED = (
    "a product holds links only, or matrices at sites only; traces may be multiplied: `retr(V(x)) * retr(U[mu](x))`",
    "where the rest of the action is gauge invariant, adj(V(x)) U V(x + mu) is U in the gauge V = 1: write `retr(U[mu](x))`",
)


def negate(value: Value, span: Span) -> Value:
    """-value; E0301 for a site."""
    match value:
        case Scalar():
            return -value
        case VectorValue() | MatrixValue():
            return value.scaled(Scalar(-S.One))
        case PointValue():
            return -value
        case DirectionValue(step=step):
            return DirectionValue(-step, None)
        case _:
            fail("E0301", "a site has no negative", span)


def combine(node: ast.Binary, left: Value, right: Value) -> Value:
    """The value of `left op right`; E0301 where the operator does not join them."""
    match node.op, left, right:
        case "+", Scalar(), Scalar():
            return left + right
        case "-", Scalar(), Scalar():
            return left - right
        case "*", Scalar(), Scalar():
            return left * right
        case "/", _, Scalar(re=re, im=im) if re == 0 and im == 0:
            fail("E0301", "division by zero", node.right.span)
        case "/", Scalar(), Scalar():
            return left / right
        case (("+" | "-"), VectorValue(components=a), VectorValue(components=b)) if len(a) == len(b):
            return left.map(right, 1 if node.op == "+" else -1)
        case "-", PointValue(box=a), PointValue(box=b) if a == b:
            return left - right
        case "*", Scalar(), VectorValue():
            return right.scaled(left)
        case "*", Scalar(), MatrixValue():
            return right.scaled(left)
        case "*", VectorValue() | MatrixValue(), Scalar():
            return left.scaled(right)
        case "/", VectorValue() | MatrixValue(), Scalar():
            return left.scaled(Scalar(S.One) / right)
        case (("+" | "-" | "*"), MatrixValue(group=a), MatrixValue(group=b)) if a == b:
            if node.op == "*":
                return _matrix_product(left, right, node)
            return left + (right if node.op == "+" else right.scaled(Scalar(-S.One)))
        case (("+" | "-"), Scalar(), MatrixValue()):
            return combine(node, right.power(0).scaled(left), right)
        case (("+" | "-"), MatrixValue(), Scalar()):
            return combine(node, left, left.power(0).scaled(right))
        case "/", _, MatrixValue(group=group) if group.abelian:
            return combine(node, left, right.trace())
        case (("+" | "-"), SiteValue(site=site), DirectionValue(step=step)):
            return SiteValue(site + step if node.op == "+" else site - step)
        case "+", DirectionValue(step=step), SiteValue(site=site):
            return SiteValue(site + step)
        case (("+" | "-"), DirectionValue(step=a), DirectionValue(step=b)):
            return DirectionValue(a + b if node.op == "+" else a - b, None)
        case "*", Scalar(re=factor), DirectionValue(step=step) if left.is_real and factor.is_integer:
            return DirectionValue(factor * step, None)
        case "*", DirectionValue(step=step), Scalar(re=factor) if right.is_real and factor.is_integer:
            return DirectionValue(factor * step, None)
    message = f"`{node.op}` does not join {_described(left, right)} and {_described(right, left)}"
    fail("E0301", message, node.span, helps=_remedies(node.op, left, right))


def _matrix_product(left: MatrixValue, right: MatrixValue, node: ast.Binary) -> Value:
    """E0604 where it joins a matrix at a given site to one at the site of a sum; those of U(1) are numbers."""
    product = left * right
    if product.joins_named_sites and not left.group.abelian:
        message = "a product of matrices at a given site and at the site of a sum does not separate"
        fail("E0604", message, node.span, helps=("name both sites, or neither",))
    return product


def _apart(left: Value, right: Value) -> bool:
    """Whether one is a matrix on links and the other one at sites."""
    if not (isinstance(left, MatrixValue) and isinstance(right, MatrixValue)):
        return False
    return left.group.link != right.group.link


def _described(value: Value, other: Value) -> str:
    """What a diagnostic calls a value beside another one: of matrices also where they live, if that differs."""
    if isinstance(value, MatrixValue) and _apart(value, other):
        return describe(value) + (" on links" if value.group.link else " at sites")
    return describe(value)


def _remedies(op: str, left: Value, right: Value) -> tuple[str, ...]:
    """What was probably meant by an operator that does not join two values."""
    if isinstance(left, VectorValue) and isinstance(right, VectorValue):
        return ("the product of two vectors is `dot(a, b)`",) if op == "*" else ()
    if isinstance(left, PointValue) and isinstance(right, PointValue) and op == "-":
        return ("the points of a difference belong to one box",)
    if isinstance(left, PointValue) or isinstance(right, PointValue):
        return (POINTS,)
    if isinstance(left, MatrixValue) and isinstance(right, MatrixValue):
        if _apart(left, right) and (left.group.family, left.group.n) == (right.group.family, right.group.n):
            return _PHASE if left.group.abelian else _GAUGED
        return ("the links of a product belong to one group; multiply traces instead",)
    if isinstance(left, SiteValue) and isinstance(right, Scalar):
        return ("a step along axis 0 is `x + e[0]`, along every axis `sum[mu]( ... x + mu ... )`",)
    return ()


def power(base: Value, exponent: Value, node: ast.Binary) -> Value:
    """base^exponent; E0301, E0305 where there is no such power."""
    if not isinstance(exponent, Scalar) or not exponent.is_real:
        fail("E0301", f"an exponent must be a real number, this is {describe(exponent)}", node.right.span)
    if isinstance(exponent.re, Integer) and abs(int(exponent.re)) > MAX_POWER:
        fail("E0301", f"powers up to {MAX_POWER} are possible, got {exponent.re}", node.right.span)
    if isinstance(exponent.re, Integer) and isinstance(base, Scalar | VectorValue | MatrixValue):
        return _whole_power(base, exponent.re, node)
    if isinstance(base, Scalar) and base.is_real:
        return defined(Scalar(base.re**exponent.re), "this power", node.span)
    if isinstance(base, Scalar):
        fail("E0301", "a complex number has only whole powers", node.span)
    helps = (POINTS,) if isinstance(base, PointValue) else ()
    fail("E0301", f"{describe(base)} has no power", node.span, helps=helps)


def _whole_power(base: Scalar | VectorValue | MatrixValue, exponent: Integer, node: ast.Binary) -> Value:
    if isinstance(base, MatrixValue):
        if exponent < 0:
            fail("E0305", "a matrix has no negative power here", node.span, helps=("its inverse is `adj( ... )`",))
        return base.power(int(exponent))
    if isinstance(base, VectorValue):
        if exponent < 0 or exponent % 2:
            fail("E0305", "a vector has only even powers, (v.v)^n", node.span)
        return base.dot(base).power(int(exponent) // 2)
    if base.re == 0 and base.im == 0 and exponent < 0:
        fail("E0301", "division by zero", node.span)
    return base.power(int(exponent))
