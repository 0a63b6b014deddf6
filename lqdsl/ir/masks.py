"""Periodic patterns of sites, chosen by the passes: masks of coupling layers, and colours of local updates."""

from dataclasses import dataclass
from itertools import product

from lqdsl.ir.theory import Lattice


@dataclass(frozen=True)
class LinearMask:
    """Class of site x: form.x modulo `modulus`."""

    form: tuple[int, ...]
    modulus: int
    words: str

    @property
    def constructor(self) -> str:
        """The same pattern in generated code."""
        return f"rt.LinearMask(form={_row(self.form)}, modulus={self.modulus})"

    @property
    def cycle(self) -> int:
        """Layers until every site was updated once."""
        return self.modulus

    def classes(self, lattice: Lattice) -> list[int]:
        """Class of each site in row-major order."""
        sites = product(*(range(extent) for extent in lattice.extents))
        return [sum(a * b for a, b in zip(self.form, site, strict=True)) % self.modulus for site in sites]


@dataclass(frozen=True)
class SeamMask:
    """Class of site x: sum over the axes of form x + more max(0, x - start), modulo `modulus`. A linear form with a seam before
    the end of an axis, by which it closes on extents that it does not divide."""

    form: tuple[int, ...]
    seams: tuple[tuple[int, int], ...]
    """(start, more) of each axis."""
    modulus: int
    words: str

    @property
    def constructor(self) -> str:
        """The same pattern in generated code."""
        return f"rt.SeamMask(form={_row(self.form)}, seams={_row(self.seams)}, modulus={self.modulus})"

    def classes(self, lattice: Lattice) -> list[int]:
        """Class of each site in row-major order."""
        sites = product(*(range(extent) for extent in lattice.extents))
        return [
            sum(
                f * x + more * max(0, x - start)
                for f, (start, more), x in zip(self.form, self.seams, site, strict=True)
            )
            % self.modulus
            for site in sites
        ]


@dataclass(frozen=True)
class TableMask:
    """Two classes drawn at compile time: bits in row-major order, first site in the highest bit, set bits come first."""

    bits: str
    words: str

    @property
    def constructor(self) -> str:
        """The same pattern in generated code."""
        return f'rt.TableMask(bits="{self.bits}")'

    @property
    def cycle(self) -> int:
        """Layers until every site was updated once."""
        return 2

    def classes(self, lattice: Lattice) -> list[int]:
        """Class of each site in row-major order."""
        number, volume = int(self.bits, 16), lattice.volume
        return [1 - (number >> (volume - 1 - site)) & 1 for site in range(volume)]


@dataclass(frozen=True)
class SiteMask:
    """One site a layer, in row-major order."""

    volume: int
    words: str = "one site at a time"

    @property
    def constructor(self) -> str:
        """The same pattern in generated code."""
        return f"rt.SiteMask(volume={self.volume})"

    @property
    def cycle(self) -> int:
        """Layers until every site was updated once."""
        return self.volume

    def classes(self, lattice: Lattice) -> list[int]:
        """Class of each site in row-major order."""
        return list(range(self.volume))


@dataclass(frozen=True)
class WholeMask:
    """All sites in every layer, which then see other fields only."""

    words: str = "all sites at once"

    @property
    def constructor(self) -> str:
        """The same pattern in generated code."""
        return "None"

    @property
    def cycle(self) -> int:
        """Layers until every site was updated once."""
        return 1

    def classes(self, lattice: Lattice) -> list[int]:
        """Class of each site in row-major order."""
        return [0] * lattice.volume


@dataclass(frozen=True)
class CoarseMask:
    """One step from a coarse sublattice to the next finer one, x = spacing k with integer k.

    Class 0 are the sites where as many as `odd` of the coordinates k on the `halved` axes are odd; class 1, which they see,
    those with more and those without any; class 2 is the rest. `odd` = 0 is the coarse sublattice, which sees nothing.
    With `sweeps` classes 0 and 1 change their places and take turns, each of them seeing the other.
    """

    spacing: tuple[int, ...]
    halved: tuple[bool, ...]
    odd: int
    words: str
    sweeps: bool = False

    @property
    def constructor(self) -> str:
        """The same pattern in generated code."""
        more = ", sweeps=True" * self.sweeps
        return f"rt.CoarseMask(spacing={_row(self.spacing)}, halved={_row(self.halved)}, odd={self.odd}{more})"

    @property
    def cycle(self) -> int:
        """Layers of a coupling until its sites were updated once."""
        return 2 if self.sweeps else 1

    def classes(self, lattice: Lattice) -> list[int]:
        """Class of each site in row-major order."""
        return [self._class(site) for site in product(*(range(extent) for extent in lattice.extents))]

    def _class(self, site: tuple[int, ...]) -> int:
        if any(x % step for x, step in zip(site, self.spacing, strict=True)):
            return 2
        steps = zip(site, self.spacing, self.halved, strict=True)
        count = sum(x // step % 2 for x, step, halved in steps if halved)
        if count == self.odd:
            return int(self.sweeps)
        return int(not self.sweeps) if self.odd and (count > self.odd or count == 0) else 2


Mask = LinearMask | TableMask | SiteMask | WholeMask | CoarseMask
Colours = LinearMask | SeamMask
"""Patterns of local updates."""


def _row(values: tuple[object, ...]) -> str:
    """A tuple in generated code."""
    return f"({', '.join(map(str, values))}{',' * (len(values) == 1)})"
