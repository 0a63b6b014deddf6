"""A hypercubic lattice: shifts with boundary signs and sums over sites."""

from dataclasses import dataclass
from math import prod

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError


@dataclass(frozen=True)
class Lattice:
    """Extents [L_0, ..., L_{d-1}] and a boundary sign for each axis (+1 periodic, -1 antiperiodic)."""

    extents: tuple[int, ...]
    boundary: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.boundary:
            object.__setattr__(self, "boundary", (1,) * len(self.extents))
        if len(self.boundary) != len(self.extents):
            raise RuntimeInputError(f"{len(self.extents)} extents need as many boundary signs, got {self.boundary}")
        if any(extent < 1 for extent in self.extents) or any(sign not in (1, -1) for sign in self.boundary):
            raise RuntimeInputError(f"extents must be positive and boundary signs +1 or -1, got {self}")

    @property
    def ndim(self) -> int:
        return len(self.extents)

    @property
    def volume(self) -> int:
        return prod(self.extents)

    def shift(self, values: jax.Array, offset: tuple[int, ...]) -> jax.Array:
        """values(x + offset) for values [x0, ..., x_{d-1}, ...batch]; crossing an antiperiodic border flips the sign."""
        for axis, steps in enumerate(offset):
            values = self._shift_axis(values, axis, steps)
        return values

    def _shift_axis(self, values: jax.Array, axis: int, steps: int) -> jax.Array:
        extent = self.extents[axis]
        windings, steps = divmod(steps, extent)
        sign = self.boundary[axis]
        if windings % 2 and sign < 0:
            values = -values
        if steps == 0:
            return values
        head = jax.lax.slice_in_dim(values, steps, extent, axis=axis)
        tail = jax.lax.slice_in_dim(values, 0, steps, axis=axis)
        return jnp.concatenate([head, tail if sign > 0 else -tail], axis=axis)

    def sum(self, values: jax.Array) -> jax.Array:
        """Sum over sites: [x0, ..., x_{d-1}, ...batch] to [...batch]."""
        return jnp.sum(values, axis=tuple(range(self.ndim)))
