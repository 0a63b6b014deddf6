"""Periodic patterns on the lattice: the masks of coupling layers.

A pattern is a linear form modulo p; it closes on the torus when form_i L_i = 0 modulo p for every axis. A coupling
layer updates one class and reads the others, so its Jacobian is triangular for any pattern; every site is
updated once in p layers. Both are checked here on the lattice itself.
"""

import random

from lqdsl.diagnostics import Diagnostic, DiagnosticError, Span
from lqdsl.ir.masks import LinearMask, Mask, SiteMask, TableMask, WholeMask
from lqdsl.ir.theory import Choice, Lattice

LARGEST_MODULUS = 64


def mask_for(choice: Choice | None, lattice: Lattice, layers: int, span: Span) -> Mask:
    """The mask of a coupling block; raises E0502, E0503."""
    mask = _chosen(choice, lattice, span)
    classes = set(mask.classes(lattice))
    if len(classes) < mask.cycle:
        _refuse("E0503", f"{mask.words} leaves a class empty on this lattice", span, lattice)
    if layers < mask.cycle:
        message = f"{layers} layer(s) do not update every site: a cycle of {mask.words} has {mask.cycle}"
        raise DiagnosticError((Diagnostic("E0503", message, span, helps=(f"use at least `layers = {mask.cycle}`",)),))
    return mask


def _chosen(choice: Choice | None, lattice: Lattice, span: Span) -> Mask:
    if choice is None and lattice.volume == 1:
        return WholeMask()
    name = choice.name if choice else "checkerboard"
    where = choice.span if choice else span
    if name == "autoregressive":
        return _one_by_one(lattice, where)
    if name == "random":
        return _random(int(str(choice.get("seed", 0))) if choice else 0, lattice, where)
    if name == "stripes":
        assert choice is not None
        axis, period = int(str(choice.get("axis", 0))), int(str(choice.get("period", 2)))
        if axis >= lattice.ndim:
            message = f"there is no axis {axis} on a lattice of {lattice.ndim} dimension(s)"
            raise DiagnosticError((Diagnostic("E0502", message, where),))
        form = tuple(int(a == axis) for a in range(lattice.ndim))
        return _closing(LinearMask(form, period, f"stripes of period {period}"), lattice, where)
    return _closing(LinearMask((1,) * lattice.ndim, 2, "the checkerboard"), lattice, where)


def _closing(mask: LinearMask, lattice: Lattice, span: Span) -> LinearMask:
    for axis, (factor, extent) in enumerate(zip(mask.form, lattice.extents, strict=True)):
        if factor * extent % mask.modulus:
            lower, upper = extent - extent % mask.modulus, extent - extent % mask.modulus + mask.modulus
            working = f"{lower} or {upper}" if lower else f"{upper}"
            raise DiagnosticError(
                (
                    Diagnostic(
                        "E0502",
                        f"{mask.words} does not close on extent {extent} of axis {axis}",
                        span,
                        notes=(f"the extent must be a multiple of {mask.modulus}",),
                        helps=(f"use extent {working}, or `mask = random(seed = 1)`, which fits every lattice",),
                    ),
                )
            )
    return mask


def _one_by_one(lattice: Lattice, span: Span) -> SiteMask:
    if lattice.volume > LARGEST_MODULUS:
        message = f"a layer for each of {lattice.volume} sites is too many, at most {LARGEST_MODULUS}"
        helps = ("use the checkerboard, which has two layers in a cycle",)
        raise DiagnosticError((Diagnostic("E0502", message, span, helps=helps),))
    return SiteMask(lattice.volume)


def _random(seed: int, lattice: Lattice, span: Span) -> TableMask:
    if lattice.volume < 2:
        _refuse("E0503", "one site cannot be divided into active and frozen sites", span, lattice)
    sites = list(range(lattice.volume))
    random.Random(seed).shuffle(sites)
    number = 0
    for site in sites[: lattice.volume // 2]:
        number |= 1 << (lattice.volume - 1 - site)
    digits = (lattice.volume + 3) // 4
    return TableMask(f"{number:0{digits}x}", f"the random mask of seed {seed}")


def _refuse(code: str, message: str, span: Span, lattice: Lattice) -> None:
    notes = (f"the lattice is {list(lattice.extents)}",)
    raise DiagnosticError((Diagnostic(code, message, span, notes=notes),))
