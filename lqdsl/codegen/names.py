"""Python names for the names of a theory: never a keyword, never taken twice."""

import builtins
import keyword
from collections.abc import Iterable
from dataclasses import dataclass

from lqdsl.ir.rows import Rows
from lqdsl.ir.theory import Theory

MODULE_NAMES = (
    "ABI", "DATA", "DERIVED", "FLOW", "Fields", "KINDS", "LATTICE", "MODEL", "NamedTuple", "OBSERVABLES", "Parameters", "ROWS", "SAMPLERS",
    "TRAIN", "action", "action_density", "action_terms", "draw", "fields", "force", "here", "jax", "jnp", "mean", "observables", "parameters", "rt",
)  # fmt: skip


class Names:
    """Hands out identifiers; asks for the same name give `name`, `name_`, `name__`, ..."""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._taken = set(MODULE_NAMES) | set(taken)

    def new(self, wanted: str) -> str:
        """An identifier that is not in use; none begins with an underscore, which a NamedTuple refuses."""
        name = wanted if wanted.isidentifier() and wanted[0] != "_" else f"v_{wanted.lstrip('_')}"
        while name in self._taken or keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
            name += "_"
        self._taken.add(name)
        return name

    def reserve(self, names: Iterable[str]) -> None:
        """Names that the module uses for itself."""
        self._taken.update(names)

    def copy(self) -> "Names":
        """A scope inside this one."""
        inner = Names()
        inner._taken = set(self._taken)
        return inner


@dataclass(frozen=True)
class Glossary:
    """Python names of the fields and parameters of a theory."""

    theory: Theory
    fields: dict[str, str]
    parameters: dict[str, str]
    names: Names
    rows: tuple[Rows, ...] = ()
    """Tables of sums over rows, in the order of the module."""


def offset_suffix(offset: tuple[int, ...]) -> str:
    """(1, -2) to `_p0_2m1`: plus one along axis 0, minus two along axis 1."""
    steps = []
    for axis, step in enumerate(offset):
        if step:
            count = "" if abs(step) == 1 else str(abs(step))
            steps.append(f"_{count}{'p' if step > 0 else 'm'}{axis}")
    return "".join(steps)
