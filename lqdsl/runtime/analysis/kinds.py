"""Shapes of observables, as declared by a generated module."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scalar:
    """One number for each configuration, [...batch]."""

    @property
    def shape(self) -> tuple[int, ...]:
        return ()


@dataclass(frozen=True)
class Correlator:
    """C(t), t = 0 ... extent - 1 along a lattice axis, [t, ...batch]; boundary -1 where C(extent - t) = -C(t)."""

    axis: int
    extent: int
    boundary: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.extent,)
