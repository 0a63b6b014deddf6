"""Short ways to theories and to what the passes make of them."""

from lqdsl.diagnostics import DiagnosticError, SourceFile
from lqdsl.driver import check_text
from lqdsl.ir.compiled import Compiled
from lqdsl.ir.printing import notation

REAL = "lattice {lattice}\nfield phi : real\n"
PHI4 = "action = sum[x]( sum[mu]( (phi(x + mu) - phi(x))^2 ) + phi(x)^2 + phi(x)^4 )\n"


def compiled(text: str) -> Compiled:
    """All passes of a theory."""
    return check_text(SourceFile("theory.lqt", text))


def real(action: str, lattice: str = "[4, 4]", more: str = "") -> Compiled:
    """A theory of one real field `phi`."""
    return compiled(f"lattice {lattice}\nfield phi : real\naction = {action}\n{more}")


def total(action: str, lattice: str = "[4, 4]", more: str = "") -> str:
    """The normal form of the action of a real field."""
    result = real(action, lattice, more)
    return notation(result.action.total, result.theory.fields)


def refusal(text: str) -> tuple[str, str]:
    """Code and everything that is said of the only error of a theory."""
    try:
        compiled(text)
    except DiagnosticError as error:
        (diagnostic,) = error.diagnostics
        return diagnostic.code, " | ".join((diagnostic.message, *diagnostic.notes, *diagnostic.helps))
    return "", ""


def proved(text: str) -> set[str]:
    """Names of all symmetries that were proved, declared or found."""
    return {proof.name for proof in compiled(text).proofs}
