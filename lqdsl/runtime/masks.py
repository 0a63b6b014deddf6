"""Which sites a layer updates, as static patterns; chosen and checked by the compiler."""

from dataclasses import dataclass

import numpy as np

from lqdsl.runtime.lattice import Lattice


@dataclass(frozen=True)
class LinearMask:
    """Site x is active in layer k where form.x = k modulo `modulus`; checkerboard is form (1, ..., 1), modulus 2."""

    form: tuple[int, ...]
    modulus: int

    @property
    def cycle(self) -> int:
        """Layers until every site was active once."""
        return self.modulus

    def active(self, lattice: Lattice, layer: int) -> np.ndarray:
        """bool[x0, ..., x_{d-1}]."""
        coordinates = np.indices(lattice.extents)
        value = np.tensordot(np.asarray(self.form), coordinates, axes=1)
        return (value - layer) % self.modulus == 0


@dataclass(frozen=True)
class SeamMask:
    """Site x is active in layer k where the sum over the axes of form x + more max(0, x - start) is k modulo `modulus`;
    `seams` are (start, more) of each axis."""

    form: tuple[int, ...]
    seams: tuple[tuple[int, int], ...]
    modulus: int

    @property
    def cycle(self) -> int:
        return self.modulus

    def active(self, lattice: Lattice, layer: int) -> np.ndarray:
        """bool[x0, ..., x_{d-1}]."""
        axes = zip(self.form, self.seams, np.indices(lattice.extents), strict=True)
        value = sum(form * x + more * np.maximum(0, x - start) for form, (start, more), x in axes)
        return (value - layer) % self.modulus == 0


@dataclass(frozen=True)
class TableMask:
    """A drawn partition in two: `bits` in row-major order, hexadecimal, first site in the highest bit; layers alternate."""

    bits: str

    @property
    def cycle(self) -> int:
        return 2

    def active(self, lattice: Lattice, layer: int) -> np.ndarray:
        """bool[x0, ..., x_{d-1}]."""
        number = int(self.bits, 16)
        flags = [(number >> (lattice.volume - 1 - site)) & 1 for site in range(lattice.volume)]
        active = np.array(flags, dtype=bool).reshape(lattice.extents)
        return active if layer % 2 == 0 else ~active


@dataclass(frozen=True)
class SiteMask:
    """One site a layer, in row-major order, on a lattice of that volume."""

    volume: int

    @property
    def cycle(self) -> int:
        return self.volume

    def active(self, lattice: Lattice, layer: int) -> np.ndarray:
        """bool[x0, ..., x_{d-1}]."""
        return (np.arange(lattice.volume) == layer % self.volume).reshape(lattice.extents)


@dataclass(frozen=True)
class CoarseMask:
    """One step from a coarse sublattice to the next finer one, x = spacing k with integer k.

    Active are the sites where as many as `odd` of the coordinates k on the `halved` axes are odd. They see those with
    more, which came before, and those without any, the coarser sublattice. `odd` = 0 are the sites of the latter.
    With `sweeps` both take turns: first the sites seen move, and see the others, then those move.
    """

    spacing: tuple[int, ...]
    halved: tuple[bool, ...]
    odd: int
    sweeps: bool = False

    @property
    def cycle(self) -> int:
        """A coupling has this step only, or sweeps of two layers."""
        return 2 if self.sweeps else 1

    def parts(self, lattice: Lattice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Active sites, those that they see, and the rest, bool[site] each; in sweeps what is active first comes first."""
        axes = (-1, *(1,) * lattice.ndim)
        coordinates = np.indices(lattice.extents)
        inside = (coordinates % np.reshape(self.spacing, axes) == 0).all(axis=0)
        count = ((coordinates // np.reshape(self.spacing, axes) % 2 == 1) & np.reshape(self.halved, axes)).sum(axis=0)
        active = inside & (count == self.odd)
        seen = inside & ((count > self.odd) | (count == 0)) & (self.odd > 0)
        first, second = (seen, active) if self.sweeps else (active, seen)
        return first.reshape(-1), second.reshape(-1), ~(active | seen).reshape(-1)

    def active(self, lattice: Lattice, layer: int) -> np.ndarray:
        """bool[x0, ..., x_{d-1}]."""
        return self.parts(lattice)[layer % self.cycle].reshape(lattice.extents)


Mask = LinearMask | SeamMask | TableMask | SiteMask | CoarseMask
