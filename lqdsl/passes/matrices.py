"""Multiplications of matrices at sites that layers keep: U -> L U R^+, looked for without being asked for, and U -> G U G^+."""

from lqdsl.diagnostics import Diagnostic, DiagnosticError
from lqdsl.ir.compiled import Action, Proof
from lqdsl.ir.kinds import Group, Kind
from lqdsl.ir.masks import Mask, WholeMask
from lqdsl.ir.nodes import Trace
from lqdsl.ir.theory import Choice, Couple, Field, Symmetry, Theory

CHIRAL, CONJUGATION = "chiral", "conjugation"


def is_matrix(kind: Kind) -> bool:
    """Whether the field has a matrix that does not commute with others at each site."""
    return isinstance(kind, Group) and not (kind.link or kind.abelian)


def chiral_claims(theory: Theory) -> tuple[Symmetry, ...]:
    """That of each field of matrices."""
    return tuple(
        Symmetry(f"{CHIRAL}({field.name})", CHIRAL, (), theory.action_span, fields=(field.name,))
        for field in theory.fields
        if is_matrix(field.kind)
    )


def multiplications(theory: Theory, action: Action, proofs: tuple[Proof, ...]) -> set[str]:
    """chiral(U) and conjugation(U) of the fields for which they hold. A trace of matrices of a single field does not change
    under U -> G U G^+, and fields of matrices are in traces only."""
    found = {proof.name for proof in proofs if proof.kind == CHIRAL}
    loops = action.total.atoms(Trace)
    for field in theory.fields:
        if is_matrix(field.kind) and all(
            set(loop.fields) == {field.name} for loop in loops if field.name in loop.fields
        ):
            found.add(f"{CONJUGATION}({field.name})")
    return found


def kept(couple: Couple, field: Field, proved: frozenset[str], mask: Mask) -> str:
    """The symmetry with which layers of matrices commute, "" for none; raises E0705 for a chain of spectral maps and others."""
    kernel = couple.options.get("kernel")
    kernels = [item for item in (kernel if isinstance(kernel, tuple) else (kernel,)) if isinstance(item, Choice)]
    names = [item.name for item in kernels]
    if "spectral" in names and set(names) != {"spectral"}:
        chosen = kernels[names.index("spectral")]
        message = "`spectral` moves matrices about a centre of its own and stands alone, or with others of its kind"
        raise DiagnosticError((Diagnostic("E0705", message, chosen.span, helps=("write `kernel = spectral(bins)`",)),))
    if not is_matrix(field.kind) or couple.options.get("equivariant") is False:
        return ""
    # A layer that sees no matrices has no centre but the unit.
    known = (CONJUGATION,) if isinstance(mask, WholeMask) else (CHIRAL, CONJUGATION)
    found = next((name for name in known if f"{name}({field.name})" in proved), "")
    if field.kind.unit and "spectral" not in names and (names or found != CHIRAL):
        return ""
    return found
