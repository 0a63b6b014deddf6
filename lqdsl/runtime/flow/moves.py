"""Symmetries of the lattice that carry links from one layer to the next, so that both layers are the same program."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from lqdsl.runtime.flow.rows import gather_rows
from lqdsl.runtime.lattice import Lattice


@dataclass(frozen=True)
class Translation:
    """U_mu(x) becomes U_mu(x + offset)."""

    offset: tuple[int, ...]

    def rows(self, lattice: Lattice) -> np.ndarray:
        """For every row mu V + x the row that it is taken from."""
        sites = np.array(np.unravel_index(np.arange(lattice.volume), lattice.extents))
        return _link_rows(lattice, [sites + np.array(self.offset)[:, None]] * lattice.ndim)

    def repeated(self, count: int, lattice: Lattice) -> "Translation | None":
        """None where that moves nothing."""
        offset = tuple(count * step % extent for step, extent in zip(self.offset, lattice.extents, strict=True))
        return Translation(offset) if any(offset) else None

    @property
    def inverse(self) -> "Translation":
        return Translation(tuple(-step for step in self.offset))

    def turned(self, links: jax.Array, lattice: Lattice, algebra: Any) -> jax.Array:
        return links


@dataclass(frozen=True)
class Reflection:
    """x_axis becomes total - x_axis; links along the axis are reversed by it: U_axis(x) becomes U_axis(x' - axis)^+."""

    axis: int
    total: int

    def rows(self, lattice: Lattice) -> np.ndarray:
        sites = np.array(np.unravel_index(np.arange(lattice.volume), lattice.extents))
        sites[self.axis] = self.total - sites[self.axis]
        along = (np.arange(lattice.ndim) == self.axis)[:, None]
        return _link_rows(lattice, [sites - along * (mu == self.axis) for mu in range(lattice.ndim)])

    def repeated(self, count: int, lattice: Lattice) -> "Reflection | None":
        return self if count % 2 else None

    @property
    def inverse(self) -> "Reflection":
        return self

    def turned(self, links: jax.Array, lattice: Lattice, algebra: Any) -> jax.Array:
        """Links [c, row, b] that were taken from `rows`, reversed where they have to be."""
        start, stop = self.axis * lattice.volume, (self.axis + 1) * lattice.volume
        return links.at[:, start:stop].set(algebra.adjoint(links[:, start:stop]))


Move = Translation | Reflection


def carried(links: jax.Array, move: Move | None, lattice: Lattice, algebra: Any) -> jax.Array:
    """Links, or a gradient in them, [c, row, b] after the move."""
    return links if move is None else move.turned(gather_rows(links, move.rows(lattice)), lattice, algebra)


def _link_rows(lattice: Lattice, sites: list[np.ndarray]) -> np.ndarray:
    """Rows of the links U_mu at the sites [axis, x] of each direction, around the torus."""
    extents = np.array(lattice.extents)[:, None]
    flat = [np.ravel_multi_index(tuple(own % extents), lattice.extents) for own in sites]
    return np.concatenate([mu * lattice.volume + own for mu, own in enumerate(flat)])
