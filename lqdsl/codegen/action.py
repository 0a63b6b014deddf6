"""The action: its value, its density where it has one, its terms by place, and the part that one site meets."""

from sympy import Add, Expr

from lqdsl.codegen.calls import literal
from lqdsl.codegen.context import SIGNATURE, Context
from lqdsl.codegen.function import Body, returned
from lqdsl.codegen.layout import lay_out, tidy
from lqdsl.codegen.views import FunctionView
from lqdsl.ir.rows import AT_INDEX


def action(context: Context) -> list[FunctionView]:
    """`action`, before it `action_density` where the action is a sum over x of a density."""
    known, doc = context.compiled.action, ("S[fields]; the weight is exp(-S).", "Shape: [...batch].")
    if known.density is None:
        whole = known.formula if known.total.has(*AT_INDEX) else known.total
        return [_function(context, "action", "action", doc, returned(context.glossary, whole))]
    about = ("a(x) with S = sum_x a(x).", "Shape: [x..., ...batch].")
    density = _function(context, "action_density", "action", about, returned(context.glossary, known.density))
    total = _function(context, "action", "", doc, ("return LATTICE.sum(action_density(fields, parameters))",))
    return [density, total]


def _function(context: Context, name: str, scope: str, doc: tuple[str, ...], lines: tuple[str, ...]) -> FunctionView:
    return FunctionView(name, SIGNATURE + ") -> jax.Array", scope, context.comments, doc, lines)


def action_terms(context: Context) -> FunctionView:
    """The summands as typed, by line and column, to find the term in which a number is lost."""
    terms = context.compiled.action.terms
    body = Body(context.glossary)
    body.bind([term.expression for term in terms])
    body.share([Add(*expressions) for expressions in _terms_by_place(context).values()])
    body.lines.append("return {")
    for key, expressions in _terms_by_place(context).items():
        inner = lay_out(tidy(Add(*expressions)), f"{literal(key)}: ", ",", body.printer)
        body.lines += [f"    {line}" for line in inner]
    body.lines.append("}")
    doc = ("The terms of S by line and column of the file.", "Shapes: [...batch].")
    signature = SIGNATURE + ") -> dict[str, jax.Array]"
    return FunctionView("action_terms", signature, "", context.comments, doc, tuple(body.lines))


def _terms_by_place(context: Context) -> dict[str, list[Expr]]:
    places: dict[str, list[Expr]] = {}
    for term in context.compiled.action.terms:
        line, column = context.theory.source.location(term.span.start)
        places.setdefault(f"{context.file}:{line}:{column}", []).append(term.expression)
    return places


def site_actions(context: Context) -> list[FunctionView]:
    """One for each field whose sites can be moved one by one."""
    known = context.compiled.site_actions
    return [
        _site_action(context, field.name, known[field.name]) for field in context.theory.fields if field.name in known
    ]


def _site_action(context: Context, field: str, expression: Expr) -> FunctionView:
    name = f"site_action_{context.glossary.fields[field]}"
    doc = (
        f"The part of S that depends on {field}(x), were it `here` and everything else as in `fields`.",
        "Shape: [x..., ...batch].",
    )
    signature = f"here: jax.Array, {SIGNATURE}) -> jax.Array"
    return FunctionView(name, signature, name, context.comments, doc, returned(context.glossary, expression, field))
