"""Symmetries of a periodic box: what the points in it may do together without a change of the action."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from sympy import Expr, Integer, Rational, Symbol, pi

from lqdsl.ir.kinds import Box
from lqdsl.ir.nodes import Pinned, Shifted
from lqdsl.ir.rows import Rowed
from lqdsl.ir.theory import FieldMap, Symmetry, Theory

TRANSLATIONS, REFLECTIONS, ROTATIONS = "box translations", "box reflections", "box rotations"
KINDS = (TRANSLATIONS, REFLECTIONS, ROTATIONS)
_STEP = Symbol("_a", real=True)
"""A translation as an angle, which the addition theorems know: once around the box is 2 pi."""
_WINDING = Rational(377, 610)
"""Close to the golden ratio, whose multiples lie apart from each other."""
Maps = tuple[FieldMap, ...]


def box_claims(theory: Theory) -> Iterator[Symmetry]:
    """Claims that are looked for without being asked for, on all points of each box together."""
    boxes: dict[Box, list[str]] = {}
    for field in theory.fields:
        if isinstance(field.kind, Box):
            boxes.setdefault(field.kind, []).append(field.name)
    for box, fields in boxes.items():
        for kind in KINDS:
            if kind != ROTATIONS or _equal_sides(box):
                name = f"{kind.removeprefix('box ')}({', '.join(fields)})"
                yield free(Symmetry(name, kind, (), theory.action_span, fields=tuple(fields)))


def free(claim: Symmetry) -> Symmetry:
    """The claim with the free angle of a translation."""
    return replace(claim, angle=_STEP) if claim.kind == TRANSLATIONS else claim


def obstacle(claim: Symmetry, theory: Theory) -> str:
    """Why the box has no such symmetry, in words."""
    box = theory.field(claim.fields[0]).kind
    assert isinstance(box, Box)
    if claim.kind == ROTATIONS and not _equal_sides(box):
        return f"no two sides of {box} are equal, so axes cannot be exchanged"
    return ""


def maps(claim: Symmetry, theory: Theory) -> Iterator[tuple[str, Maps]]:
    """Generators of the claim, in words and as maps."""
    box = theory.field(claim.fields[0]).kind
    assert isinstance(box, Box)
    match claim.kind:
        case _ if claim.kind == TRANSLATIONS:
            for axis in range(box.components):
                step = box.lengths[axis] * _STEP / (2 * pi)
                words = f"the translation along axis {axis} by {float(box.lengths[axis]):g} * {_STEP.name} / (2 pi)"
                yield words, _moved(claim, theory, {axis: (axis, 1)}, step)
        case _ if claim.kind == REFLECTIONS:
            for axis in range(box.components):
                yield f"the reflection of axis {axis}", _moved(claim, theory, {axis: (axis, -1)})
        case _:
            for a, b in _equal_sides(box):
                yield f"the rotation of axis {a} into axis {b}", _moved(claim, theory, {a: (b, 1), b: (a, -1)})


def _equal_sides(box: Box) -> list[tuple[int, int]]:
    return [(a, b) for a, b in combinations(range(box.components), 2) if box.lengths[a] == box.lengths[b]]


def _moved(claim: Symmetry, theory: Theory, axes: dict[int, tuple[int, int]], step: Expr | int = 0) -> Maps:
    """Coordinates go over into other ones times a sign, plus a step; those that are not named stay."""
    zero = (0,) * theory.lattice.ndim
    found = []
    for name in claim.fields:
        field, images = theory.field(name), []
        for component in range(field.kind.components):
            source, sign = axes.get(component, (component, 1))
            moved = sign * Shifted(field.symbol, source, zero)
            images.append(moved + step if component in axes else moved)
        found.append(FieldMap(name, tuple(images)))
    return tuple(found)


def resting_place(atom: Shifted | Pinned | Rowed, box: Box, field: int) -> Expr:
    """The coordinate that stands for a point of the box number `field` where only other fields move: all on a line that winds
    around the box, so that no two of them meet."""
    match atom:
        case Shifted(offset=steps) | Pinned(site=steps):
            number = Integer(sum((axis + 1) * step for axis, step in enumerate(steps)))
        case _:
            number = atom.index - atom.low
    return box.lengths[atom.component] * (number * _WINDING ** (atom.component + 1) + Rational(field, 7))
