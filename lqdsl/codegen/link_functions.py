"""Staples and the part of the action that one link meets, one function for each direction."""

from lqdsl.codegen import staples
from lqdsl.codegen.context import SIGNATURE, Context
from lqdsl.codegen.function import Body, returned
from lqdsl.codegen.views import FunctionView
from lqdsl.ir.compiled import LinkActions, Staple
from lqdsl.ir.theory import Field


def functions(context: Context) -> list[FunctionView]:
    """V of each direction where S = Re tr(U V) + rest, and the part of S that a link meets."""
    views = []
    for field in context.theory.fields:
        known = context.compiled.links.get(field.name)
        for axis in range(len(known.staples)) if known else ():
            assert known is not None
            if known.linear:
                views.append(_staple(context, field, axis, known.staples[axis]))
            if known.local:
                views.append(_link_action(context, field, axis, known))
    return views


def _staple(context: Context, field: Field, axis: int, staple: Staple) -> FunctionView:
    name = f"staple_{context.glossary.fields[field.name]}_{axis}"
    body = Body(context.glossary)
    staples.bind(body, (staple,))
    staples.assign(body, staple, "return ")
    doc = (
        f"V with S = Re tr({_element(field, axis)} V(x)) + what does not depend on it.",
        "Parts [x..., ...batch].",
    )
    return FunctionView(name, SIGNATURE + ") -> rt.Matrix", name, context.comments, doc, tuple(body.lines))


def _link_action(context: Context, field: Field, axis: int, known: LinkActions) -> FunctionView:
    python = context.glossary.fields[field.name]
    name = f"link_action_{python}_{axis}"
    lines: tuple[str, ...] = (f"return (here @ staple_{python}_{axis}(fields, parameters)).re_tr()",)
    if not known.linear:
        lines = returned(context.glossary, known.local[axis])
    what = f"The part of S that depends on {_element(field, axis)}, were it `here` and everything else as in `fields`."
    signature = f"here: rt.Element, {SIGNATURE}) -> jax.Array"
    return FunctionView(name, signature, name, context.comments, (what, "Shape: [x..., ...batch]."), lines)


def tables(context: Context) -> dict[str, str]:
    """Entries of the model that only theories with links have."""
    if not context.compiled.links:
        return {}
    rows: dict[str, list[str]] = {"staples": [], "link_actions": []}
    for name, known in context.compiled.links.items():
        python = context.glossary.fields[name]
        for table, prefix, present in (
            ("staples", "staple", known.linear),
            ("link_actions", "link_action", bool(known.local)),
        ):
            if present:
                functions = [f"{prefix}_{python}_{axis}" for axis in range(len(known.staples))]
                listed = ", ".join(functions) + "," * (len(functions) == 1)
                rows[table].append(f'"{python}": ({listed})')
    return {table: "{" + ", ".join(own) + "}" for table, own in rows.items()}


def _element(field: Field, axis: int) -> str:
    """U[0](x), or U(x) at a site."""
    return f"{field.name}[{axis}](x)" if field.kind.on_links else f"{field.name}(x)"
