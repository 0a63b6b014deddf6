"""The sites of a lattice from coarse to fine: a sublattice, then what lies between its sites, step by step."""

from dataclasses import replace

from lqdsl.diagnostics import Diagnostic, DiagnosticError, Span
from lqdsl.ir.masks import CoarseMask
from lqdsl.ir.theory import Lattice


def hierarchy(lattice: Lattice, span: Span) -> tuple[CoarseMask, ...]:
    """Steps that update every site once: axes are halved as long as their extents are even. Raises E0502 where none is.

    Between the sites of a sublattice come first those in the middle of cells (all halved coordinates odd), then those in
    the middle of faces, last those of edges, on two axes the odd checkerboard. Each site sees all that came before on the
    same sublattice. That every site is updated once and sees only earlier ones is checked on the lattice.
    """
    spacings = [(1,) * lattice.ndim]
    while any(_is_even(lattice, spacings[-1])):
        halved = _is_even(lattice, spacings[-1])
        spacings.append(tuple(s * (1 + h) for s, h in zip(spacings[-1], halved, strict=True)))
    if len(spacings) == 1:
        message = f"no axis of {list(lattice.extents)} can be halved"
        helps = ("use an even extent, or `mask = autoregressive`",)
        raise DiagnosticError((Diagnostic("E0502", message, span, helps=helps),))
    steps = [CoarseMask(spacings[-1], (False,) * lattice.ndim, 0, f"the sublattice of spacing {_words(spacings[-1])}")]
    for spacing in reversed(spacings[:-1]):
        halved = _is_even(lattice, spacing)
        for odd in range(sum(halved), 0, -1):
            words = f"sites with {odd} odd coordinate{'s' * (odd > 1)} on the sublattice of spacing {_words(spacing)}"
            steps.append(CoarseMask(spacing, halved, odd, words))
    _check(steps, lattice)
    return tuple(steps)


def swept(step: CoarseMask) -> CoarseMask:
    """Sweeps over all sites up to this step: those from before it see its own, then its own see those."""
    return replace(step, words=f"sweeps up to {step.words}", sweeps=True)


def _is_even(lattice: Lattice, spacing: tuple[int, ...]) -> tuple[bool, ...]:
    return tuple(extent // step % 2 == 0 for extent, step in zip(lattice.extents, spacing, strict=True))


def _check(steps: list[CoarseMask], lattice: Lattice) -> None:
    """On one cell of the coarsest sublattice, with which all steps repeat."""
    lattice, done = replace(lattice, extents=steps[0].spacing), set[int]()
    for step in steps:
        classes = step.classes(lattice)
        active, seen = ({site for site, own in enumerate(classes) if own == number} for number in (0, 1))
        assert active and not active & done and seen <= done
        done |= active
    assert len(done) == lattice.volume


def _words(spacing: tuple[int, ...]) -> str:
    return str(spacing[0]) if len(set(spacing)) == 1 else str(list(spacing))
