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


Mask = LinearMask | TableMask | SiteMask
