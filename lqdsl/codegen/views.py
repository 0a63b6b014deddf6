"""What the templates see: strings and tuples of strings, nothing to walk."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EntryView:
    """One line of a NamedTuple: `name: annotation` with a comment."""

    name: str
    value: str
    comment: str


@dataclass(frozen=True)
class FunctionView:
    """A function of the generated module."""

    name: str
    signature: str
    scope: str
    comments: tuple[str, ...]
    doc: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class BlockView:
    """A constant of the module, already laid out."""

    comment: str
    lines: tuple[str, ...]


def table(name: str, rows: dict[str, str]) -> tuple[str, ...]:
    """Lines of `name = {"key": value, ...}`."""
    if not rows:
        return (f"{name} = {{}}",)
    return (f"{name} = {{", *(f'    "{key}": {value},' for key, value in rows.items()), "}")


@dataclass(frozen=True)
class ModuleView:
    """Everything in the generated module, in order."""

    title: tuple[str, ...]
    needs_jnp: bool
    abi: int
    dtype: str
    parameters: tuple[EntryView, ...]
    lattice: BlockView
    data: BlockView
    rows: BlockView
    fields: tuple[EntryView, ...]
    kinds: str
    symmetries: tuple[str, ...]
    functions: tuple[FunctionView, ...]
    observable_kinds: BlockView
    derived: tuple[FunctionView, ...]
    derived_table: BlockView
    flow: BlockView
    train: BlockView
    samplers: BlockView
    model: BlockView
