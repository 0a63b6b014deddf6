"""Uses of `let` and `loop`: the definition with its indices and parameters bound to what is given."""

from lqdsl.diagnostics import Span
from lqdsl.ir.nodes import Hat
from lqdsl.semantics.errors import fail
from lqdsl.semantics.indices import axis_of
from lqdsl.semantics.scope import DIRECTION_NAMES, Lower, Scope
from lqdsl.semantics.values import DirectionValue, Scalar, Value
from lqdsl.syntax import ast


def expand_let(
    let: ast.LetDecl,
    items: tuple[ast.Expr, ...],
    arguments: tuple[ast.Expr, ...],
    span: Span,
    scope: Scope,
    lower: Lower,
) -> Value:
    """The body of a definition, `items` in square and `arguments` in round brackets. Errors E0202, E0302."""
    name = let.name.name
    if name in scope.expanding:
        fail("E0202", f"`{name}` is defined by itself", let.name.span)
    if len(items) != len(let.indices) or len(arguments) != len(let.parameters):
        indices = f"[{', '.join(n.name for n in let.indices)}]" if let.indices else ""
        parameters = f"({', '.join(n.name for n in let.parameters)})" if let.parameters else ""
        fail("E0302", f"this does not fit its definition `{name}{indices}{parameters}`", span)
    inner = scope.only_globals()
    for parameter, argument in zip((*let.indices, *let.parameters), (*items, *arguments), strict=True):
        value = lower(argument, scope)
        if parameter in let.indices and DIRECTION_NAMES.fullmatch(parameter.name) and isinstance(value, Scalar):
            axis = axis_of(argument, scope, lower)
            value = DirectionValue(Hat(axis), axis)
        inner = inner.bind(parameter.name, value)
    return lower(let.body, inner.expanding_let(name))


def as_let(loop: ast.LoopDecl) -> ast.LetDecl:
    """A loop as the definition that it is inside an expression."""
    return ast.LetDecl(loop.name, loop.indices, (loop.site,), loop.body, span=loop.span)
