"""Convolutions between two lists of sites."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.nets.conv import periodic_conv
from lqdsl.runtime.nets.product import affine_map
from lqdsl.runtime.nets.sites import gather_signed, paste_sites, take_sites


def kernel_offsets(ndim: int, extent: int) -> list[tuple[int, ...]]:
    """All offsets of a kernel with odd `extent` in each direction, centre included."""
    reach = range(-(extent // 2), extent // 2 + 1)
    return list(product(reach, repeat=ndim))


def offset_orbits(offsets: list[tuple[int, ...]], tied: str) -> np.ndarray:
    """Number of the orbit of each offset: "none", "reflections" (signs) or "isotropic" (signs and permutations)."""
    canonical = {
        "none": lambda offset: offset,
        "reflections": lambda offset: tuple(map(abs, offset)),
        "isotropic": lambda offset: tuple(sorted(map(abs, offset))),
    }[tied]
    keys = [canonical(offset) for offset in offsets]
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    return np.array([numbers[key] for key in keys])


@dataclass(frozen=True, eq=False)
class Stencil:
    """y[o, x, b] = sum over i, k of w[o, i, orbit(k)] sign x[i, x + k, b], x in `targets`, x + k in `sources`.

    `boundary` are the signs that a value takes when the offset crosses a border.
    """

    lattice: Lattice
    sources: np.ndarray
    targets: np.ndarray
    extent: int
    tied: str
    boundary: tuple[int, ...]

    @cached_property
    def orbits(self) -> np.ndarray:
        return offset_orbits(kernel_offsets(self.lattice.ndim, self.extent), self.tied)

    @property
    def parameters(self) -> int:
        """Independent weights for each pair of channels."""
        return int(self.orbits.max()) + 1

    @cached_property
    def _tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Numbers [k] of the offsets that lead to a source, and for `gather_signed` the places read and written
        ([k, target], [k, source]) with their signs."""
        extents = np.array(self.lattice.extents)[:, None]
        place = np.full(self.lattice.volume, -1)
        place[self.sources] = np.arange(len(self.sources))
        start = np.array(np.unravel_index(self.targets, self.lattice.extents))
        offsets = np.array(kernel_offsets(len(start), self.extent))
        ends = start + offsets[:, :, None]
        read = np.array([place[np.ravel_multi_index(tuple(end % extents), self.lattice.extents)] for end in ends])
        signs = np.prod(np.array(self.boundary)[:, None] ** np.abs(ends // extents), axis=1)
        present = np.flatnonzero((read >= 0).any(axis=1))
        read, signs = read[present], signs[present]
        write, back = np.full((len(present), len(self.sources)), -1), np.ones((len(present), len(self.sources)))
        for k, target in np.argwhere(read >= 0):
            write[k, read[k, target]], back[k, read[k, target]] = target, signs[k, target]
        return present, read, write, (signs, back)

    @property
    def reach(self) -> int:
        """Offsets that lead from some target to a source."""
        return len(self._tables[0])

    @property
    def is_pointwise(self) -> bool:
        return self.extent == 1 and np.array_equal(self.sources, self.targets)

    @property
    def is_compact(self) -> bool:
        """Neither all sites are read nor all computed, or very few are."""
        sizes = len(self.sources), len(self.targets)
        return max(sizes) < self.lattice.volume or 4 * min(sizes) <= self.lattice.volume

    def apply(self, weights: jax.Array, values: jax.Array, bias: jax.Array | None = None) -> jax.Array:
        """weights [o, i, orbit], values [i, source, b], bias [o] to [o, target, b]."""
        outputs, inputs, batch = weights.shape[0], values.shape[0], values.shape[-1]
        if self.is_pointwise:
            return affine_map(weights[:, :, 0], values.reshape(inputs, -1), bias).reshape(outputs, -1, batch)
        if not self.reach:  # a kernel of extent 1 at active sites: no frozen site is seen
            seen = jnp.zeros((outputs, len(self.targets), batch), values.dtype)
            return seen if bias is None else seen + bias[:, None, None]
        if self.is_compact:
            present, read, write, signs = self._tables
            matrix = jnp.moveaxis(self._untie(weights)[:, :, present], 2, 1).reshape(outputs, -1)
            columns = gather_signed(values, read, write, signs).reshape(matrix.shape[1], -1)
            return affine_map(matrix, columns, bias).reshape(outputs, -1, batch)
        # By way of the full lattice: slices are faster than gathers, and where all sites are read or all computed
        # little is done in vain.
        extents = self.lattice.extents
        full = paste_sites(values, self.sources, self.lattice.volume).reshape(inputs, *extents, batch)
        kernel = self._untie(weights).reshape(outputs, inputs, *(self.extent,) * len(extents))
        result = periodic_conv(full, kernel, self.boundary, bias)
        return take_sites(result.reshape(outputs, self.lattice.volume, batch), self.targets)

    def _untie(self, weights: jax.Array) -> jax.Array:
        """[o, i, orbit] to [o, i, k]; a product with zeros and ones, because its transpose is a product too."""
        if self.tied == "none":
            return weights
        return weights @ jnp.asarray(np.eye(self.parameters)[:, self.orbits], weights.dtype)
