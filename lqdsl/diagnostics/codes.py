"""The table of diagnostic codes: E01 syntax, E02 names, E03 kinds and indices, E04 symmetries, E05 lattice and masks,
E06 action, E07 options, E08 parameters, E09 not available in this version."""

from dataclasses import dataclass

from lqdsl.diagnostics.codes_options import OPTIONS
from lqdsl.diagnostics.codes_syntax import SYNTAX
from lqdsl.diagnostics.codes_theory import THEORY


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of error: its title, and what `lqdsl explain` says about it."""

    code: str
    title: str
    explanation: str


CODES: dict[str, Code] = {
    code: Code(code, title, explanation.strip("\n"))
    for table in (SYNTAX, THEORY, OPTIONS)
    for code, (title, explanation) in table.items()
}
