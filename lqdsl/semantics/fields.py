"""Fields in an expression: at a site, on a link, at one value of an index."""

from sympy import Expr, Integer, S, Tuple

from lqdsl.ir.kinds import Angle, Box, Complex, Group, Real, Sphere, Vector
from lqdsl.ir.nodes import FieldAt, Hat, Pin
from lqdsl.ir.theory import Field
from lqdsl.ir.words import AT_SITE
from lqdsl.semantics.errors import fail
from lqdsl.semantics.indices import axis_of, single_index
from lqdsl.semantics.scope import Lower, Scope
from lqdsl.semantics.sites import site_of
from lqdsl.semantics.values import MatrixValue, PointValue, Scalar, Value, VectorValue
from lqdsl.syntax import ast


def field_value(field: Field, site: Expr) -> Value:
    """The field at a site, as its kind reads in an expression."""
    match field.kind:
        case Real() | Angle():
            return Scalar(FieldAt(field.symbol, 0, site))
        case Complex():
            return Scalar(FieldAt(field.symbol, 0, site), FieldAt(field.symbol, 1, site))
        case Vector(n=n) | Sphere(n=n):
            return VectorValue(tuple(Scalar(FieldAt(field.symbol, c, site)) for c in range(n)))
        case Box() as box:
            return PointValue(tuple(Scalar(FieldAt(field.symbol, c, site)) for c in range(box.components)), box)
        case Group():
            return link_value(field, Integer(AT_SITE), site)
    raise AssertionError(f"kind {field.kind} was not refused at its declaration")


def is_link(field: Field) -> bool:
    """Whether a field lives on links."""
    return isinstance(field.kind, Group) and field.kind.link


def link_value(field: Field, axis: Expr, site: Expr) -> MatrixValue:
    """U_axis(site), or U(site) where the axis is AT_SITE."""
    assert isinstance(field.kind, Group)
    word = Tuple(Tuple(field.symbol, axis, site, Integer(1)))
    return MatrixValue(field.kind, ((Scalar(S.One), word),))


def link(field: Field, items: tuple[ast.Expr, ...], node: ast.Call, scope: Scope, lower: Lower) -> MatrixValue:
    """`U[mu](x)`, and `U[-mu](x)` for the same link walked backwards, adj(U[mu](x - mu))."""
    if len(items) != 1 or len(node.arguments) != 1:
        fail("E0302", f"a link is written `{field.name}[mu](x)`", node.span)
    site, item = site_of(node.arguments[0], scope, lower), items[0]
    backward = isinstance(item, ast.Unary) and item.op == "-"
    axis = axis_of(item.operand if isinstance(item, ast.Unary) else item, scope, lower)
    if backward:
        return link_value(field, axis, site - Hat(axis)).adjoint()
    return link_value(field, axis, site)


def indexed_field(base: ast.Name, node: ast.Index, scope: Scope, lower: Lower) -> Value:
    """`theta[k]`: the field at one value of its index."""
    declared = scope.indexed[base.name]
    index = single_index(node, scope, lower, declared.high + 1, declared.low)
    return field_value(scope.fields[base.name], Pin(index - declared.low))
