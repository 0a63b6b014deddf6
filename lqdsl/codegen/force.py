"""The force on all fields, derived from the action."""

from sympy import Expr

from lqdsl.codegen import staples
from lqdsl.codegen.context import SIGNATURE, Context
from lqdsl.codegen.function import Body
from lqdsl.codegen.layout import ROOM, lay_out_call, lay_out_list
from lqdsl.codegen.views import FunctionView
from lqdsl.ir.compiled import RowForce
from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import Pinned, SiteSum
from lqdsl.ir.rows import Rowed, Rows, RowSum
from lqdsl.ir.theory import Field


def force(context: Context) -> FunctionView:
    """`force`, of all fields at once so that they share what they can."""
    forces, links = context.compiled.forces, context.compiled.links
    expressions = [e for components in forces.values() for e in components]
    expressions += [e for places in context.compiled.pinned_forces.values() for e in places.values()]
    expressions += [part.slope for parts in context.compiled.row_forces.values() for part in parts]
    matrices = [f.name for f in context.theory.fields if f.name in links and not forces[f.name]]
    terms = [term for name in matrices for staple in links[name].staples for term in staple.terms]
    expressions += [part for term in terms for part in (term.real, term.imaginary)]
    body = Body(context.glossary)
    body.bind(expressions, [term.word for term in terms])
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
    number = context.glossary.rows.index(table)
    slots = {part.slot: part.slope for part in rows if part.rows == table}
    names = []
    for slot, name in enumerate(table.names):
        if slot not in slots:
            names.append("None")
            continue
        names.append(body.local(f"{local}_{name}"))
        body.result(slots[slot], f"{names[-1]} = ")
    return f"ROWS[{number}].collect({', '.join([array, *names])})"


def _own_force(context: Context, local: str, array: str, at: dict[tuple[int, ...], Expr], body: Body) -> None:
    names = []
    for site in range(context.theory.lattice.volume):
        if (site,) not in at:
            names.append(f"jnp.zeros_like({array}[{site}])")
            continue
        names.append(body.local(f"{local}_at_{site}"))
        constant = not at[site,].atoms(Pinned, Rowed)
        start, end = ("jnp.broadcast_to(", f", {array}[{site}].shape)") if constant else ("", "")
        body.result(at[site,], f"{names[-1]} = {start}", end)
    body.lines += lay_out_list(f"{local} = jnp.stack(", names, ")", ROOM)


def _matrix_force(context: Context, field: Field, body: Body) -> str:
    python, names = context.glossary.fields[field.name], []
    for axis, staple in enumerate(context.compiled.links[field.name].staples):
        names.append(body.local(f"staple_{axis}"))
        staples.assign(body, staple, f"{names[-1]} = ")
    listed = f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"
    return f"rt.link_forces(KINDS.{python}.links(fields.{python}), {listed})"


def _shared_sums(expressions: list[Expr]) -> list[SiteSum | RowSum]:
    return sorted({node for e in expressions for node in e.atoms(SiteSum, RowSum)}, key=str)


def _tables_of(rows: tuple[RowForce, ...]) -> tuple[Rows, ...]:
    return tuple(dict.fromkeys(part.rows for part in rows))
