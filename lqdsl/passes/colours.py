"""Colours for local updates: periodic patterns in which no two sites of a class are coupled.

A linear form modulo p closes on the torus where form_i L_i = 0 modulo p. Where an extent does not allow that with few
classes, the form gets a seam: the last steps around the torus are of another size, so that all of them sum to zero.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product

from lqdsl.ir.masks import Colours, LinearMask, SeamMask
from lqdsl.ir.theory import Lattice

LARGEST_MODULUS = 64
LINEAR_SEARCH = 200_000
SEAM_SEARCH = 20_000
"""Patterns tried; those with seams are many more, and slower to check."""
Couplings = frozenset[tuple[int, ...]]
Axis = tuple[int, int, int]
"""Along an axis steps of `form`, from `start` on steps of `form + more`: (form, start, more)."""


def colouring(couplings: Couplings, lattice: Lattice) -> Colours | None:
    """The pattern with the fewest classes in which no two sites of a class are coupled, a linear one among equals; None if
    none was found."""
    most = min(LARGEST_MODULUS, lattice.volume)
    straight = _first(couplings, lattice, range(1, most + 1), _straight, LINEAR_SEARCH)
    fewest = straight.modulus if straight is not None else most + 1
    bent = _first(couplings, lattice, range(2, fewest), _bent, SEAM_SEARCH)
    return bent or straight


def _first(
    couplings: Couplings, lattice: Lattice, moduli: range, choices: Callable[[int, int], list[Axis]], most: int
) -> Colours | None:
    tried = 0
    for modulus in moduli:
        for axes in _patterns(couplings, lattice, modulus, choices):
            tried += 1
            if tried > most:
                return None
            if all(_is_apart(step, axes, modulus, lattice.extents) for step in couplings):
                return _mask(axes, modulus)
    return None


def _patterns(
    couplings: Couplings, lattice: Lattice, modulus: int, choices: Callable[[int, int], list[Axis]]
) -> Iterator[tuple[Axis, ...]]:
    """Patterns that separate what is coupled along one axis."""
    allowed = []
    for number, extent in enumerate(lattice.extents):
        along = {step[number] for step in couplings if step[number] and sum(map(bool, step)) == 1}
        own = choices(modulus, extent)
        allowed.append([axis for axis in own if not any(0 in _differences(axis, by, modulus, extent) for by in along)])
    return product(*allowed)


def _straight(modulus: int, extent: int) -> list[Axis]:
    """Steps that close on the extent."""
    return [(form, extent, 0) for form in range(modulus) if form * extent % modulus == 0]


def _bent(modulus: int, extent: int) -> list[Axis]:
    """Those and such as do not, with a seam of steps larger or smaller by one."""
    found = _straight(modulus, extent)
    for form in range(modulus):
        rest = form * extent % modulus
        found += [
            (form, extent - seam, more) for seam, more in ((rest, -1), (modulus - rest, 1)) if rest and seam <= extent
        ]
    return found


def _is_apart(step: tuple[int, ...], axes: tuple[Axis, ...], modulus: int, extents: tuple[int, ...]) -> bool:
    """Whether classes at distance `step` differ everywhere: no sum of the differences along the axes is zero."""
    sums = {0}
    for by, axis, extent in zip(step, axes, extents, strict=True):
        sums = {(a + b) % modulus for a in sums for b in _differences(axis, by % extent, modulus, extent)}
    return 0 not in sums


@cache
def _differences(axis: Axis, by: int, modulus: int, extent: int) -> frozenset[int]:
    """What the class changes by over so many steps, from all places."""
    form, start, more = axis
    values = [form * x + more * max(0, x - start) for x in range(extent)]
    return frozenset((values[(x + by) % extent] - values[x]) % modulus for x in range(extent))


def _mask(axes: tuple[Axis, ...], modulus: int) -> Colours:
    words, form = f"{modulus} colours", tuple(axis[0] for axis in axes)
    if not any(more for _, _, more in axes):
        return LinearMask(form, modulus, words)
    return SeamMask(form, tuple((start, more) for _, start, more in axes), modulus, words)
