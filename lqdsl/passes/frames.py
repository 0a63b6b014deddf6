"""Which layers commute with common rotations of spins: about axes of their own, and by what they see of other spins."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lqdsl.diagnostics import Diagnostic, DiagnosticError
from lqdsl.ir.compiled import Spins
from lqdsl.ir.theory import Choice, Couple, Theory


@dataclass(frozen=True)
class Proved:
    """What was proved, as far as layers can keep it."""

    kinds: frozenset[str]
    """Kinds of symmetries; chiral(U) and conjugation(U) by name."""
    spins: tuple[Spins, ...]
    viewed: tuple[Spins, ...] = ()
    """Those that all layers of a flow keep: the other fields see invariants of them."""

    def own(self, field: str) -> Spins | None:
        """The rotations of a field."""
        return next((spins for spins in self.spins if field in spins.fields), None)

    def kept_by(self, couples: Sequence[Couple], theory: Theory) -> "Proved":
        """With the rotations that the layers of their own fields keep; what those break, others need not keep."""
        broken = {couple.field for couple in couples if frame_of(couple, self, theory) is None}
        return replace(self, viewed=tuple(spins for spins in self.spins if broken.isdisjoint(spins.fields)))

    def views(self, field: str) -> tuple[Spins, ...]:
        """Rotations of other fields that the layers of a field keep."""
        return tuple(spins for spins in self.viewed if field not in spins.fields)


def check_axial(couple: Couple, proved: Proved, theory: Theory) -> None:
    """Raises E0705 for an axial kernel without an axis."""
    axial = next((item for item in _kernels(couple) if item.name == "axial"), None)
    if axial is not None and (said := _no_axis(couple, proved, theory)):
        message, help_ = said
        raise DiagnosticError((Diagnostic("E0705", message, axial.span, helps=(help_,)),))


def frame_of(couple: Couple, proved: Proved, theory: Theory) -> Spins | None:
    """The spins of which the layers of a block make their axes."""
    spins = proved.own(couple.field)
    # A layer that sees no spins has no axis: it would break the symmetry.
    sees_spins = spins is not None and (theory.lattice.volume > 1 or len(spins.fields) > 1)
    return spins if sees_spins and _wants_frame(couple, theory) else None


def _wants_frame(couple: Couple, theory: Theory) -> bool:
    if couple.options.get("equivariant") is False:
        return False
    kernels = _kernels(couple)
    return theory.field(couple.field).kind.circle or not kernels or any(item.name == "axial" for item in kernels)


def _kernels(couple: Couple) -> tuple[Choice, ...]:
    kernel = couple.options.get("kernel")
    listed = kernel if isinstance(kernel, tuple) else (kernel,)
    return tuple(item for item in listed if isinstance(item, Choice))


def _no_axis(couple: Couple, proved: Proved, theory: Theory) -> tuple[str, str] | None:
    """Why an axial kernel cannot stand in a block, and what helps; None if it can."""
    others = "use `recursive(bins)` or `radial(components)`"
    what = "`axial` moves spins along an axis"
    if proved.own(couple.field) is None:
        return f"{what}, and this action has no symmetry under common rotations of its spins", others
    if isinstance(couple.options.get("kernel"), tuple):
        return (
            f"{what} made of frozen ones and stands alone",
            "write `kernel = axial(bins)`, or give it a block of its own",
        )
    if couple.options.get("equivariant") is False:
        return f"{what} made of frozen ones, which plain layers do not have", f"{others}, or leave `equivariant` out"
    if frame_of(couple, proved, theory) is None:
        return f"{what} made of frozen ones, and a single site has none", others
    return None
