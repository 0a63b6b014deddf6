"""Convolutions between two lists of sites: only what is needed is read, only what is wanted is computed."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.nets.conv import periodic_conv
from lqdsl.runtime.nets.product import matrix_product
from lqdsl.runtime.nets.sites import paste_sites, take_sites

DENSE_RATIO = 6
"""A stencil becomes one dense matrix while it has fewer input sites than this multiple of its offsets."""
DENSE_ENTRIES = 1 << 21


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
    def _links(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Source index [k, target] (-1 where absent), sign [k, target], orbit [k]; offsets without a source are dropped."""
        extents = np.array(self.lattice.extents)[:, None]
        where = np.full(self.lattice.volume, -1)
        where[self.sources] = np.arange(len(self.sources))
        start = np.array(np.unravel_index(self.targets, self.lattice.extents))
        boundary = np.array(self.boundary)[:, None]
        tables, signs, orbits = [], [], []
        for offset, orbit in zip(kernel_offsets(self.lattice.ndim, self.extent), self.orbits, strict=True):
            end = start + np.array(offset)[:, None]
            source = where[np.ravel_multi_index(tuple(end % extents), self.lattice.extents)]
            if (source < 0).all():
                continue
            tables.append(source)
            signs.append(np.prod(boundary ** np.abs(end // extents), axis=0) * (source >= 0))
            orbits.append(orbit)
        return np.array(tables), np.array(signs), np.array(orbits)

    @property
    def reach(self) -> int:
        """Offsets that have a source."""
        return len(self._links[2])

    @property
    def is_pointwise(self) -> bool:
        return self.extent == 1 and np.array_equal(self.sources, self.targets)

    @property
    def is_dense(self) -> bool:
        size = len(self.sources) * len(self.targets) * self.parameters
        return len(self.sources) <= DENSE_RATIO * self.reach and size <= DENSE_ENTRIES

    @cached_property
    def _matrix(self) -> np.ndarray:
        """[orbit, target, source]: how often and with which sign each weight stands between two sites."""
        tables, signs, orbits = self._links
        matrix = np.zeros((self.parameters, len(self.targets), len(self.sources)))
        for table, sign, orbit in zip(tables, signs, orbits, strict=True):
            present = np.flatnonzero(table >= 0)
            np.add.at(matrix, (orbit, present, table[present]), sign[present])
        return matrix

    def apply(self, weights: jax.Array, values: jax.Array) -> jax.Array:
        """weights [o, i, orbit], values [i, source, b] to [o, target, b]."""
        outputs, inputs, batch = weights.shape[0], values.shape[0], values.shape[-1]
        if self.is_pointwise:
            return matrix_product(weights[:, :, 0], values.reshape(inputs, -1)).reshape(outputs, -1, batch)
        if self.is_dense:
            matrix = jnp.einsum("oik,kts->otis", weights, jnp.asarray(self._matrix, weights.dtype))
            flat = matrix.reshape(outputs * len(self.targets), inputs * len(self.sources))
            return matrix_product(flat, values.reshape(-1, batch)).reshape(outputs, -1, batch)
        return self._convolve(weights, values)

    def _convolve(self, weights: jax.Array, values: jax.Array) -> jax.Array:
        """By way of the full lattice: slices and one product cost less there than gathers of just the pairs of sites.

        A convolution to few channels has its shifts at the output of the product, so little is computed in vain.
        """
        extents = self.lattice.extents
        full = paste_sites(values, self.sources, self.lattice.volume).reshape(values.shape[0], *extents, -1)
        kernel = weights[:, :, self.orbits].reshape(*weights.shape[:2], *(self.extent,) * len(extents))
        result = periodic_conv(full, kernel, self.boundary)
        return take_sites(result.reshape(len(weights), self.lattice.volume, -1), self.targets)
