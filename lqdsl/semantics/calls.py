"""Round brackets: a field at a site, a link, a definition, a function, data."""

from lqdsl.semantics.brackets import bracket
from lqdsl.semantics.charge import topological_charge
from lqdsl.semantics.entries import data_call
from lqdsl.semantics.errors import fail
from lqdsl.semantics.fields import field_value, is_link, link
from lqdsl.semantics.functions import FUNCTIONS, apply
from lqdsl.semantics.lets import as_let, expand_let
from lqdsl.semantics.scope import REDUCTIONS, Lower, Scope, unknown
from lqdsl.semantics.sites import holds_site, pin, site_of
from lqdsl.semantics.values import Scalar, Value
from lqdsl.syntax import ast


def call(node: ast.Call, scope: Scope, lower: Lower) -> Value:
    """The value of `function(...)`. Errors E02xx, E03xx."""
    function = node.function
    if isinstance(function, ast.Name) and function.name == "topological_charge":
        return Scalar(topological_charge(node, scope))
    for argument in node.arguments:
        if argument.name is not None:
            fail("E0302", "named arguments stand only in options and observables", argument.span)
    if isinstance(function, ast.Index) and isinstance(function.base, ast.Name):
        return _indexed_call(function.base, function.items, node, scope, lower)
    if not isinstance(function, ast.Name):
        fail("E0301", "this cannot be called", function.span)
    return _named_call(function, node, scope, lower)


def _named_call(function: ast.Name, node: ast.Call, scope: Scope, lower: Lower) -> Value:
    name, arguments = function.name, tuple(argument.value for argument in node.arguments)
    if name in scope.indexed:
        helps = (f"write `{name}[{scope.indexed[name].name}]`",)
        fail("E0302", f"`{name}` has an index, not a site", node.span, helps=helps)
    if name in scope.fields and is_link(scope.fields[name]):
        fail("E0302", f"the link `{name}` needs a direction", node.span, helps=(f"write `{name}[mu](x)`",))
    if name in scope.loops:
        return expand_let(as_let(scope.loops[name]), (), arguments, node.span, scope, lower)
    if name in scope.fields:
        return _field_call(name, node, scope, lower)
    if name in scope.lets:
        return expand_let(scope.lets[name], (), arguments, node.span, scope, lower)
    if name in FUNCTIONS:
        return apply(name, tuple(lower(argument, scope) for argument in arguments), arguments, node.span)
    if name in scope.data:
        return data_call(name, node, (), scope, lower)
    fail("E0201", f"unknown function or field `{name}`", function.span, helps=_called(name, scope))


def _field_call(name: str, node: ast.Call, scope: Scope, lower: Lower) -> Value:
    """`phi(x)`, `phi(0, 3)`."""
    if len(node.arguments) == scope.lattice.ndim and not holds_site(node.arguments[0].value, scope):
        return field_value(scope.fields[name], pin(node, scope, lower))
    if len(node.arguments) != 1:
        fail("E0302", f"the field `{name}` takes one site, got {len(node.arguments)} arguments", node.span)
    return field_value(scope.fields[name], site_of(node.arguments[0], scope, lower))


def _called(name: str, scope: Scope) -> tuple[str, ...]:
    """What was probably meant by `name(...)`."""
    if name == "correlator":
        return ("a correlator is an observable of its own: `observable C = correlator(phi, axis = 0)`",)
    if name in REDUCTIONS:
        return (f"sums and means bind their variables in brackets: `{name}[x]( ... )`",)
    if name in scope.parameters:
        table = scope.parameters[name].is_table
        return (f"entries of a list are written `{name}[0]`" if table else f"write `{name} * ( ... )` for a product",)
    return unknown(name, (*FUNCTIONS, *scope.fields, *scope.lets), scope)


def _indexed_call(base: ast.Name, items: tuple[ast.Expr, ...], node: ast.Call, scope: Scope, lower: Lower) -> Value:
    """`U[mu](x)`, `phi[a](x)`, `P[mu, nu](x)`, `h[a](x)`."""
    name, arguments = base.name, tuple(argument.value for argument in node.arguments)
    if name in scope.lets:
        return expand_let(scope.lets[name], items, arguments, node.span, scope, lower)
    if name in scope.loops:
        return expand_let(as_let(scope.loops[name]), items, arguments, node.span, scope, lower)
    if name in scope.fields and is_link(scope.fields[name]):
        return link(scope.fields[name], items, node, scope, lower)
    if name in scope.fields:
        value = ast.Call(base, node.arguments, span=node.span)
        return bracket(ast.Index(value, items, span=node.span), scope, lower)
    if name in scope.data:
        return data_call(name, node, items, scope, lower)
    helps = unknown(name, (*scope.fields, *scope.lets), scope)
    fail("E0201", f"unknown name `{name}`", base.span, helps=helps)
