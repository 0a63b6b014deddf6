"""The force on all fields, derived from the action."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from sympy import Expr

from lqdsl.codegen import staples
from lqdsl.codegen.context import SIGNATURE, Context
from lqdsl.codegen.function import Body
from lqdsl.codegen.layout import ROOM, lay_out_call, lay_out_list
from lqdsl.codegen.views import FunctionView
from lqdsl.ir.compiled import RowForce, RowStaple, Staple
from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import SiteSum
from lqdsl.ir.rows import AT_INDEX, Rows, RowSum
from lqdsl.ir.theory import Field

Part = TypeVar("Part")


def force(context: Context) -> FunctionView:
    """`force`, of all fields at once so that they share what they can."""
    forces, links = context.compiled.forces, context.compiled.links
    expressions = [e for components in forces.values() for e in components]
    expressions += [e for places in context.compiled.pinned_forces.values() for e in places.values()]
    expressions += [part.slope for parts in context.compiled.row_forces.values() for part in parts]
    matrices = [f.name for f in context.theory.fields if f.name in links and not forces[f.name]]
    found = [staple for name in matrices for staple in links[name].all_staples]
    expressions += staples.numbers(found)
    body = Body(context.glossary)
    body.bind(expressions, staples.words(found))
    body.name_sums(_shared_sums(expressions))
    body.share(expressions)
    results = [f"{context.glossary.fields[f.name]}={_field_force(context, f, body)}" for f in context.theory.fields]
    body.lines += lay_out_call("return Fields(", results, ")", ROOM)
    doc = ("F = -dS/dfields, derived from the action.", "Shapes as in `Fields`.")
    if links:
        doc = (doc[0], "Shapes as in `Fields`, for links that of the momenta in the algebra.")
    return FunctionView("force", SIGNATURE + ") -> Fields", "force", context.comments, doc, tuple(body.lines))


def _field_force(context: Context, field: Field, body: Body) -> str:
    """Lines for the force on one field; returns the text of its array."""
    python, kind = context.glossary.fields[field.name], field.kind
    if not context.compiled.forces[field.name]:
        return _matrix_force(context, field, body)
    parts = []
    stacked = kind.has_component_axis or isinstance(kind, Group)
    directions = len(field.axes(context.theory.lattice.ndim))
    suffixes = tuple(map(str, range(directions))) if isinstance(kind, Group) else kind.suffixes
    pinned = context.compiled.pinned_forces[field.name]
    for c, expression in enumerate(context.compiled.forces[field.name]):
        local = body.local(f"force_{python}" + (f"_{suffixes[c]}" if stacked else ""))
        array = f"fields.{python}" + (f"[{c}]" if stacked else "")
        at = {site: value for (component, site), value in pinned.items() if component == c}
        rows = tuple(part for part in context.compiled.row_forces[field.name] if part.component == c)
        if context.theory.lattice.is_index:
            _stacked_force(context, local, array, at, rows, body)
        else:
            body.broadcast(expression, f"{local} = ", array)
            for site, value in at.items():
                body.result(value, f"{local} = {local}.at[{', '.join(map(str, site))}].add(", ")")
        parts.append(local)
    return f"jnp.stack([{', '.join(parts)}])" if stacked else parts[0]


def _stacked_force(
    context: Context, local: str, array: str, at: dict[tuple[int, ...], Expr], rows: tuple[RowForce, ...], body: Body
) -> None:
    """The force on each value of the index: what its own terms give, and what the rows that name it give."""
    parts = [_row_force(context, local, array, table, rows, body) for table in _tables_of(rows)]
    if not parts:
        _own_force(context, local, array, at, body)
        return
    body.sum_of(parts, f"{local} = ")
    for site, value in at.items():
        own = body.local(f"{local}_at_{site[0]}")
        body.result(value, f"{own} = ")
        body.lines.append(f"{local} = {local}.at[{site[0]}].add({own})")


def _row_force(context: Context, local: str, array: str, table: Rows, rows: tuple[RowForce, ...], body: Body) -> str:
    slots = {part.slot: part.slope for part in rows if part.rows == table}
    names = _by_slot(table, slots, local, body, body.result)
    return f"ROWS[{context.glossary.rows.index(table)}].collect({', '.join([array, *names])})"


def _by_slot(
    table: Rows, parts: Mapping[int, Part], start: str, body: Body, assign: Callable[[Part, str], None]
) -> list[str]:
    """A local variable for what each slot gets, assigned by `assign(part, "name = ")`; None where that is nothing."""
    names = [body.local(f"{start}_{name}") if slot in parts else "None" for slot, name in enumerate(table.names)]
    for slot, part in parts.items():
        assign(part, f"{names[slot]} = ")
    return names


def _own_force(context: Context, local: str, array: str, at: dict[tuple[int, ...], Expr], body: Body) -> None:
    names = []
    for site in range(context.theory.lattice.volume):
        if (site,) not in at:
            names.append(f"jnp.zeros_like({array}[{site}])")
            continue
        names.append(body.local(f"{local}_at_{site}"))
        constant = not at[site,].atoms(*AT_INDEX)
        start, end = ("jnp.broadcast_to(", f", {array}[{site}].shape)") if constant else ("", "")
        body.result(at[site,], f"{names[-1]} = {start}", end)
    body.lines += lay_out_list(f"{local} = jnp.stack(", names, ")", ROOM)


def _matrix_force(context: Context, field: Field, body: Body) -> str:
    python, links = context.glossary.fields[field.name], context.compiled.links[field.name]
    names = []
    for axis, staple in enumerate(links.staples):
        names.append(body.local(f"staple_{axis}"))
        _assign_staple(context, field, staple, names[-1], body)
    listed = f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"
    return f"rt.link_forces(KINDS.{python}.links(fields.{python}), {listed})"


def _assign_staple(context: Context, field: Field, staple: Staple, name: str, body: Body) -> None:
    """The staple of one direction; for matrices with what they get from sums over rows and from terms that name sites."""
    links = context.compiled.links[field.name]
    parts = [_row_staples(context, field, table, links.rows, body) for table in _tables_of(links.rows)]
    if staple.terms and (parts or links.at):
        parts = [body.local(f"{name.removesuffix('_0')}_everywhere"), *parts]
        staples.assign(body, staple, f"{parts[0]} = ")
    elif not (parts or links.at):
        staples.assign(body, staple, f"{name} = ")
        return
    if links.at:
        parts.append(_staples_at(context, field, body))
    body.sum_of(parts, f"{name} = ")


def _row_staples(context: Context, field: Field, table: Rows, rows: tuple[RowStaple, ...], body: Body) -> str:
    """What the matrices get from one sum over rows."""
    slots = {part.slot: part.staple for part in rows if part.rows == table}
    start = f"staple_{context.glossary.fields[field.name]}"
    names = _by_slot(table, slots, start, body, partial(staples.assign, body))
    number = context.glossary.rows.index(table)
    return f"ROWS[{number}].collect_matrices({', '.join([body.links.base(field), *names])})"


def _staples_at(context: Context, field: Field, body: Body) -> str:
    """What the matrices at given sites get from terms that name them."""
    python, places = context.glossary.fields[field.name], []
    for site, staple in context.compiled.links[field.name].at:
        name = body.local("_".join(("staple", python, *map(str, site))))
        staples.assign(body, staple, f"{name} = ")
        places.append(f"({site}, {name})")
    local = body.local(f"staple_{python}_named")
    body.lines += lay_out_list(f"{local} = {body.links.base(field)}.filled(", places, ")", ROOM)
    return local


def _shared_sums(expressions: list[Expr]) -> list[SiteSum | RowSum]:
    return sorted({node for e in expressions for node in e.atoms(SiteSum, RowSum)}, key=str)


def _tables_of(rows: tuple[RowForce | RowStaple, ...]) -> tuple[Rows, ...]:
    return tuple(dict.fromkeys(part.rows for part in rows))
