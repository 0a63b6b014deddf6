"""Axes and invariants for spins whose common rotations are a symmetry: h_a(x) = sum over j of w_aj s_j, frozen spins s_j.

The kernel moves a spin along h_0, and its net sees h_a.h_0 / |h_0| and |h_a|^2: the layer commutes with all rotations.
In the plane h_a has also a side, the product h_0 x h_a / |h_0|, which changes its sign under reflections: it moves angles
to one side of the axis.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.combinations import combined, weights_shape
from lqdsl.runtime.kernels.rotation import inverse_length
from lqdsl.runtime.nets.geometry import Geometry

PLANE = 2
SOFT = 1e-2
"""|h_0|^2 below which the kernel turns into the identity, since the axis is lost there."""


@dataclass(frozen=True)
class Frame:
    """`vectors` combinations h_a; on a lattice of spins within a `kernel` of odd extent, with any weights for an MLP.

    `mirror`: reflections of the spins are kept too, so that an angle moves symmetrically about the axis.
    """

    vectors: int = 8
    kernel: int = 5
    mirror: bool = True

    def __post_init__(self) -> None:
        if self.vectors < 1 or self.kernel < 1 or self.kernel % 2 == 0:
            raise RuntimeInputError(f"a frame needs at least one vector and an odd kernel, got {self}")

    @property
    def channels(self) -> int:
        """Invariants of a site."""
        return (2 if self.mirror else 3) * self.vectors

    def init(self, key: jax.Array, net: Any, geometry: Geometry, dtype: Any) -> jax.Array:
        """Weights [vector (twice for complex ones), ...]; h_0 starts as the mean of the spins in reach."""
        shape, reach = weights_shape(self.kernel, net, geometry)
        weights = jax.random.normal(key, (self.vectors * (1 if self.mirror else 2), *shape), dtype) / reach**0.5
        return weights.at[0].set(1 / reach).at[self.vectors : self.vectors + 1].set(0)

    def apply(
        self, weights: jax.Array, spins: jax.Array, net: Any, geometry: Geometry
    ) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        """spins [n, frozen site, b] to invariants [channel, active site, b], sides [vector, active site, b] (none beyond
        the plane), unit axis [n, active site, b] and how well it is known, [active site, b] in [0, 1)."""
        n = len(spins)
        h = combined(self.kernel, weights, spins, net, geometry)
        if not self.mirror:
            real, imaginary = h[: self.vectors], h[self.vectors :]
            h = real + jnp.stack([-imaginary[:, 1], imaginary[:, 0]], axis=1)
        square = jnp.sum(h[0] * h[0], axis=0)
        axis = h[0] * inverse_length(square)
        sides = h[:, 1] * axis[0] - h[:, 0] * axis[1] if n == PLANE else h[:0, 0]
        parts = [jnp.sum(h * axis, axis=1), jnp.sum(h * h, axis=1), *([] if self.mirror else [sides])]
        return jnp.concatenate(parts), sides, axis, square / (square + SOFT)

    def init_sides(self, key: jax.Array, odd: int, dtype: Any) -> jax.Array:
        """Weights [odd parameter, vector] of the sums of sides that odd parameters are proportional to."""
        return jax.random.normal(key, (odd, self.vectors), dtype) / self.vectors**0.5

    def inner(self, geometry: Geometry) -> Geometry:
        """What the net sees: the invariants at the active sites."""
        capacity = geometry.active_capacity
        return Geometry(geometry.lattice, (geometry.active,), (self.channels,), geometry.active, (capacity,), capacity)
