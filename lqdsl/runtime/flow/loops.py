"""One block of gauge-equivariant coupling layers, arXiv:2003.06413: which links move, by which loops, seeing which loops."""

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.moves import Move, Reflection, Translation
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.masks import LinearMask
from lqdsl.runtime.nets import Net

Steps = tuple[int, ...]
"""A path: +1 is a step forward along axis 0, -1 one backward, +2 and -2 the same along axis 1, and so on."""


def steps(*runs: tuple[int, int]) -> Steps:
    """A path by how often each step is made: steps((1, 2), (2, 1)) is (1, 1, 2)."""
    return tuple(step for step, count in runs for _ in range(count))


@dataclass(frozen=True)
class LinkUpdate:
    """Moves the links U_direction(x) by the loop that starts with them; in phase k those with form.x = start + k modulo
    `modulus`.

    Several forms with as many moduli, for small lattices: all of them have to hold, with the digits of the phase in mixed
    radix, the last one fastest.
    """

    direction: int
    path: Steps
    form: tuple[int, ...] | tuple[tuple[int, ...], ...]
    modulus: int | tuple[int, ...]
    start: int = 0

    def __post_init__(self) -> None:
        if not self.path or self.path[0] != self.direction + 1:
            raise RuntimeInputError(f"the loop of an update starts with the link that it moves, got {self}")

    def active(self, lattice: Lattice, phase: int) -> np.ndarray:
        """Flat sites x of the active links."""
        if isinstance(self.modulus, int):
            masks: list[tuple[Any, int]] = [(self.form, self.modulus)]
        else:
            masks = list(zip(self.form, self.modulus, strict=True))
        active = np.ones(lattice.extents, bool)
        rest = self.start + phase
        for form, modulus in reversed(masks):
            rest, digit = divmod(rest, modulus)
            active &= LinearMask(form, modulus).active(lattice, digit)
        return np.flatnonzero(active)

    @property
    def phases(self) -> int:
        """Layers of this update until all links of its direction were active."""
        return self.modulus if isinstance(self.modulus, int) else prod(self.modulus)


@dataclass(frozen=True)
class LoopCoupling:
    """`layers` layers; repetition r = 0, 1, ... applies all updates in their order, in phase r of their patterns.

    With a `translation` v the pattern of repetition r is that of repetition 0 moved by r v. With a `mirror` axis every
    other repetition is the mirror image of repetition 0, at a plane through active links. The net sees real and imaginary
    parts of tr / n of the `context` loops from all sites where none of their links is active.
    """

    field: str
    layers: int
    updates: tuple[LinkUpdate, ...]
    translation: tuple[int, ...] | None
    context: tuple[Steps, ...]
    kernel: Any
    net: Net
    mirror: int | None = None

    def __post_init__(self) -> None:
        if self.layers < 1 or not self.updates:
            raise RuntimeInputError(f"a coupling needs layers and updates, got {self.layers} and {self.updates}")
        if self.translation is not None and self.mirror is not None:
            raise RuntimeInputError("repetitions are translations or mirror images of each other, not both")

    def move(self, lattice: Lattice) -> Move | None:
        """What turns each repetition into the one before it; None where they are programs of their own."""
        if self.mirror is None:
            return None if self.translation is None else Translation(self.translation)
        sites = np.unravel_index(self.updates[0].active(lattice, 0), lattice.extents)
        return Reflection(self.mirror, 2 * int(sites[self.mirror][0]) % lattice.extents[self.mirror])


def link_rows(lattice: Lattice, steps: Steps, sites: np.ndarray) -> np.ndarray:
    """Rows mu V + x [step, site] of the links on the path from each of the flat `sites`."""
    extents = np.array(lattice.extents)[:, None]
    place = np.array(np.unravel_index(sites, lattice.extents))
    rows = []
    for step in steps:
        axis = abs(step) - 1
        unit = (np.arange(lattice.ndim) == axis)[:, None]
        behind = place if step > 0 else (place - unit) % extents
        rows.append(axis * lattice.volume + np.ravel_multi_index(tuple(behind), lattice.extents))
        place = (place + unit) % extents if step > 0 else behind
    return np.array(rows)


@lru_cache(maxsize=1024)
def frozen_sites(lattice: Lattice, update: LinkUpdate, phase: int, steps: Steps) -> np.ndarray:
    """Flat sites from which the loop meets no active link."""
    active = update.direction * lattice.volume + update.active(lattice, phase)
    rows = link_rows(lattice, steps, np.arange(lattice.volume))
    return np.flatnonzero(~np.isin(rows, active).any(axis=0))


def check_update(lattice: Lattice, update: LinkUpdate, phase: int) -> None:
    """Raises RuntimeInputError unless the active link is on its closed loop once, and no other active link is."""
    sites = update.active(lattice, phase)
    rows = link_rows(lattice, update.path, sites)
    on_loop = np.isin(rows, update.direction * lattice.volume + sites)
    steps = np.array(update.path)
    ends = [(steps == axis + 1).sum() - (steps == -axis - 1).sum() for axis in range(lattice.ndim)]
    closed = not any(end % extent for end, extent in zip(ends, lattice.extents, strict=True))
    if not len(sites) or not closed or on_loop[1:].any():
        raise RuntimeInputError(f"{update} does not move single links of closed loops on {lattice.extents}")
