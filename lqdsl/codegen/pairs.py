"""Couplings of pairs of spins, for theories that ask for updates of clusters."""

from lqdsl.codegen.calls import literal
from lqdsl.codegen.context import SIGNATURE, Context
from lqdsl.codegen.function import Body
from lqdsl.codegen.layout import ROOM, lay_out_call
from lqdsl.codegen.names import offset_suffix
from lqdsl.codegen.views import FunctionView
from lqdsl.ir.compiled import Pairs

_SIGNATURE = SIGNATURE + ") -> tuple[jax.Array | float, ...]"


def functions(context: Context) -> list[FunctionView]:
    """One for each field."""
    return [
        FunctionView(
            f"pairs_{python}", _SIGNATURE, f"pairs_{python}", context.comments, _doc(name), _lines(known, context)
        )
        for name, python, known in _rows(context)
    ]


def tables(context: Context) -> dict[str, str]:
    """Entries of the model."""
    rows = [
        f'"{python}": rt.Pairs({literal(tuple(offset for offset, _ in known.couplings))}, pairs_{python})'
        for _, python, known in _rows(context)
    ]
    return {"pairs": "{" + ", ".join(rows) + "}"} if rows else {}


def _rows(context: Context) -> list[tuple[str, str, Pairs]]:
    asked = any(sampler.options.name == "wolff" for sampler in context.theory.samplers)
    return (
        [(name, context.glossary.fields[name], known) for name, known in context.compiled.pairs.items()]
        if asked
        else []
    )


def _doc(name: str) -> tuple[str, ...]:
    return (
        f"J_o(x) with S = -sum_x sum_o J_o(x) s(x).s(x + o) + (what no reflection of one spin changes), s = {name}.",
        "Numbers, or shape [x..., ...batch], for the offsets o in `MODEL.pairs`.",
    )


def _lines(known: Pairs, context: Context) -> tuple[str, ...]:
    body = Body(context.glossary)
    expressions = [coupling for _, coupling in known.couplings]
    body.bind(expressions)
    body.share(expressions)
    names = [body.local(f"j{offset_suffix(offset)}") for offset, _ in known.couplings]
    for name, expression in zip(names, expressions, strict=True):
        body.result(expression, f"{name} = ")
    listed = f"return ({names[0]},)" if len(names) == 1 else ""
    body.lines += [listed] if listed else lay_out_call("return (", names, ")", ROOM)
    return tuple(body.lines)
