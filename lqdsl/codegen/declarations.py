"""Title, parameters, lattice and fields of the generated module."""

from textwrap import wrap

from lqdsl.codegen.calls import call, literal
from lqdsl.codegen.context import Context
from lqdsl.codegen.views import BlockView, EntryView
from lqdsl.ir.kinds import Group, Kind


def title(context: Context, version: str) -> tuple[str, ...]:
    """The docstring of the module."""
    theory = context.theory
    size = " x ".join(str(extent) for extent in theory.lattice.extents)
    if theory.lattice.is_index:
        return (
            f"{theory.name}: fields over {size} values of an index, in the order of {context.file}.",
            f"Written by lqdsl {version}: change {context.file} and compile it again.",
        )
    boundary = "periodic" if set(theory.lattice.boundary) == {1} else "partly antiperiodic"
    if set(theory.lattice.boundary) == {-1}:
        boundary = "antiperiodic"
    return (
        f"{theory.name} on a {boundary} lattice of {size} sites, in the order of {context.file}.",
        f"Written by lqdsl {version}: change {context.file} and compile it again.",
    )


def parameters(context: Context) -> tuple[EntryView, ...]:
    """Lines of `Parameters`."""
    return tuple(
        EntryView(
            context.glossary.parameters[p.name],
            f"{'tuple[float, ...]' if p.is_table else 'float'} = {literal(p.value)}",
            context.line(p.span),
        )
        for p in context.theory.run_time_parameters
    )


def lattice(context: Context) -> BlockView:
    """`LATTICE = ...`."""
    known = context.theory.lattice
    extents, boundary = literal(known.extents), literal(known.boundary)
    line = f"LATTICE = rt.Lattice(extents={extents}, boundary={boundary})"
    return BlockView(context.line(known.span), (line,))


def fields(context: Context) -> tuple[EntryView, ...]:
    """Lines of `Fields`, with the layout of each array."""
    axes = ", ".join(f"x{axis}" for axis in range(context.theory.lattice.ndim))
    rows = []
    for field in context.theory.fields:
        first = "mu, " if isinstance(field.kind, Group) else ""
        layout = f"[{first}component, {axes}, ...]" if field.kind.has_component_axis else f"[{first}{axes}, ...]"
        rows.append(
            EntryView(
                context.glossary.fields[field.name],
                "jax.Array",
                f"{context.line(field.span)}  {_kind_words(field.kind)} {layout}",
            )
        )
    return tuple(rows)


def kinds(context: Context) -> str:
    """`Fields(...)` with the kind of each."""
    names, ndim = context.glossary.fields, context.theory.lattice.ndim
    arguments = {names[field.name]: field.kind.constructor(ndim) for field in context.theory.fields}
    return call("Fields", arguments, before=len("KINDS ="))  # no comma ends it


def symmetries(context: Context) -> tuple[str, ...]:
    """Lines of a comment that names what was proved."""
    names = (f"{proof.name}{'' if proof.declared else ' (found)'}" for proof in context.compiled.proofs)
    return tuple(wrap(f"Proved: {', '.join(names)}.", 120, initial_indent="# ", subsequent_indent="# "))


def _kind_words(kind: Kind) -> str:
    return "complex as (re, im)" if str(kind) == "complex" else str(kind)
