"""Convolutions between two lists of sites."""

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

DENSE_RATIO = 12
"""A stencil becomes one dense matrix while it has fewer input sites than this multiple of its offsets: on 2 CPU cores
3.5x (6 x 6) to 1.4x (14 x 14) faster in the whole training step for a 5 x 5 kernel on few channels; slower from
`DENSE_CHANNELS` channels on."""
DENSE_CHANNELS = 8
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
    def _links(self) -> list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """For each offset that leads to a source: its orbit, targets, sources and signs, as places in the lists."""
        extents = np.array(self.lattice.extents)[:, None]
        place = np.full(self.lattice.volume, -1)
        place[self.sources] = np.arange(len(self.sources))
        start = np.array(np.unravel_index(self.targets, self.lattice.extents))
        signs = np.array(self.boundary)[:, None]
        links = []
        for orbit, offset in zip(self.orbits, kernel_offsets(len(start), self.extent), strict=True):
            end = start + np.array(offset)[:, None]
            sources = place[np.ravel_multi_index(tuple(end % extents), self.lattice.extents)]
            targets = np.flatnonzero(sources >= 0)
            if len(targets):
                sign = np.prod(signs ** np.abs(end // extents), axis=0)
                links.append((int(orbit), targets, sources[targets], sign[targets]))
        return links

    @property
    def reach(self) -> int:
        """Offsets that lead from some target to a source."""
        return len(self._links)

    @property
    def is_pointwise(self) -> bool:
        return self.extent == 1 and np.array_equal(self.sources, self.targets)

    def is_dense(self, inputs: int) -> bool:
        """Whether one matrix over all pairs of sites is faster, for this number of input channels."""
        size = len(self.sources) * len(self.targets) * self.parameters
        return inputs < DENSE_CHANNELS and len(self.sources) <= DENSE_RATIO * self.reach and size <= DENSE_ENTRIES

    @cached_property
    def _matrix(self) -> np.ndarray:
        """[orbit, target, source]: how often and with which sign each weight stands between two sites."""
        matrix = np.zeros((self.parameters, len(self.targets), len(self.sources)))
        for orbit, targets, sources, signs in self._links:
            matrix[orbit, targets, sources] += signs
        return matrix

    def apply(self, weights: jax.Array, values: jax.Array, bias: jax.Array | None = None) -> jax.Array:
        """weights [o, i, orbit], values [i, source, b], bias [o] to [o, target, b]."""
        outputs, inputs, batch = weights.shape[0], values.shape[0], values.shape[-1]
        if self.is_pointwise:
            result = matrix_product(weights[:, :, 0], values.reshape(inputs, -1)).reshape(outputs, -1, batch)
            return result if bias is None else result + bias[:, None, None]
        if self.is_dense(inputs):
            matrix = jnp.einsum("oik,kts->otis", weights, jnp.asarray(self._matrix, weights.dtype))
            flat = matrix.reshape(outputs * len(self.targets), inputs * len(self.sources))
            result = matrix_product(flat, values.reshape(-1, batch)).reshape(outputs, -1, batch)
            return result if bias is None else result + bias[:, None, None]
        # Slices of the full lattice and one product cost less than gathers of just the pairs of sites, or than a dense
        # matrix on the smallest lattices; few channels stand where the shifts are, so little is computed in vain.
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
