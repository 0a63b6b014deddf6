"""What to say where no pattern lets the loops of a coupling update every link, and what would."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from lqdsl.diagnostics import Diagnostic, Label
from lqdsl.ir.compiled import LoopPattern
from lqdsl.ir.theory import Couple, Lattice
from lqdsl.passes.loop_masks import LARGEST_MODULUS, Stripes, search
from lqdsl.passes.loop_paths import Path, closed

_NOTE = "each active link must be alone on its loop, and some loops of the context must hold none"
_SHOWN_PERIODS = 3


@dataclass(frozen=True)
class Wanted:
    """Loops that update and that are seen, and the stripes of the file."""

    via: tuple[Path, ...]
    context: tuple[Path, ...]
    stripes: Stripes | None

    def pattern(self, extents: tuple[int, ...], left_out: Collection[int] = ()) -> LoopPattern | tuple[int, ...]:
        """The best pattern, or the directions that are missing and may not be `left_out`."""
        return search(self.via, self.context, extents, self.stripes, left_out)

    def works(self, extents: tuple[int, ...]) -> bool:
        """Whether the loops close on these extents and have a pattern there."""
        return all(closed(path, extents) for path in (*self.via, *self.context)) and isinstance(
            self.pattern(extents), LoopPattern
        )


def no_pattern(couple: Couple, missing: tuple[int, ...], lattice: Lattice, wanted: Wanted) -> Diagnostic:
    """E0502 for a coupling that leaves the directions `missing` out."""
    axes = ", ".join(f"`{couple.field}[{axis}]`" for axis in missing)
    option = next((option for option in couple.options.options if option.name == "mask"), None)
    if option is not None and wanted.stripes is not None and (helps := _other_masks(wanted, wanted.stripes, lattice)):
        message = f"with this mask these loops do not update {axes}"
        notes, labels = _obstacle(wanted.stripes, lattice)
        return Diagnostic("E0502", message, option.span, labels=labels, notes=notes, helps=(helps,))
    message = f"no pattern on extents {list(lattice.extents)} lets these loops update {axes}"
    sizes = range(max(lattice.extents), LARGEST_MODULUS + 1)
    working = next((size for size in sizes if wanted.works((size,) * lattice.ndim)), None)
    helps = f"all extents equal to {working} would work" if working else "use other loops after `via`"
    return Diagnostic("E0502", message, couple.span, notes=(_NOTE,), helps=(helps,))


def _obstacle(stripes: Stripes, lattice: Lattice) -> tuple[tuple[str, ...], tuple[Label, ...]]:
    """The extents that the period does not divide, or what else is asked of a mask."""
    axes = range(lattice.ndim) if stripes.axis is None else (stripes.axis,)
    unfit = next((axis for axis in axes if lattice.extents[axis] % stripes.period), None)
    if unfit is None:
        return (_NOTE,), ()
    words = f"extent {lattice.extents[unfit]} of axis {unfit} is no multiple of {stripes.period}"
    return (), (Label(lattice.span, words),)


def _other_masks(wanted: Wanted, stripes: Stripes, lattice: Lattice) -> str:
    """Other periods that work here, without the axis of the file where none does with it, and whether none is needed."""
    tried = (stripes, replace(stripes, axis=None)) if stripes.axis is not None else (stripes,)
    ways = next((ways for kept in tried if (ways := _periods(wanted, kept, lattice))), [])
    if replace(wanted, stripes=None).works(lattice.extents):
        ways.append("leave `mask` out" if not ways else "leave it out")
    return " or ".join(ways)


def _periods(wanted: Wanted, stripes: Stripes, lattice: Lattice) -> list[str]:
    periods = [
        period
        for period in range(2, LARGEST_MODULUS + 1)
        if any(extent % period == 0 for extent in lattice.extents)
        and replace(wanted, stripes=replace(stripes, period=period)).works(lattice.extents)
    ]
    axis = "" if stripes.axis is None else f"axis = {stripes.axis}, "
    # The nearest to what was asked for, in ascending order.
    near = sorted(sorted(periods, key=lambda period: (abs(period - stripes.period), period))[:_SHOWN_PERIODS])
    shown = ", ".join(f"`mask = stripes({axis}period = {period})`" for period in near)
    return [f"use {shown}"] if shown else []
