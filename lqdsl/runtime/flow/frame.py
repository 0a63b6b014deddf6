"""Axes and invariants for spins whose common rotations are a symmetry: h_a(x) = sum over j of w_aj s_j, frozen spins s_j.

The kernel moves a spin along h_0, and its net sees h_a.h_0 / |h_0| and |h_a|^2: the layer commutes with all rotations.
In the plane h_a has also a side, the product h_0 x h_a / |h_0|, which changes its sign under reflections: it moves angles
to one side of the axis.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.combinations import combined, weights_shape
from lqdsl.runtime.kernels.rotation import inverse_length
from lqdsl.runtime.nets.geometry import Geometry

PLANE = 2
Geometries = tuple[Geometry, ...]
"""One for each group of spins, with that group alone."""
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
    fields: tuple[str, ...] = ()
    """Other fields that rotate with the one that moves, whose spins are combined with its frozen ones; of a view those that it
    combines."""

    def __post_init__(self) -> None:
        if self.vectors < 1 or self.kernel < 1 or self.kernel % 2 == 0:
            raise RuntimeInputError(f"a frame needs at least one vector and an odd kernel, got {self}")

    @property
    def channels(self) -> int:
        """Invariants of a site."""
        return (2 if self.mirror else 3) * self.vectors

    def init(self, key: jax.Array, net: Any, geometries: Geometries, dtype: Any) -> tuple[jax.Array, ...]:
        """Weights [vector (twice for complex ones), ...] of each group of spins; h_0 starts as the mean of all in reach."""
        shapes = [weights_shape(self.kernel, net, geometry) for geometry in geometries]
        reach = sum(own for _, own in shapes)
        keys = jax.random.split(key, len(shapes))
        return tuple(self._init(own, shape, reach, dtype) for own, (shape, _) in zip(keys, shapes, strict=True))

    def _init(self, key: jax.Array, shape: tuple[int, ...], reach: int, dtype: Any) -> jax.Array:
        rows = self.vectors * (1 if self.mirror else 2)
        weights = jax.random.normal(key, (rows, *shape), dtype) / reach**0.5
        return weights.at[0].set(1 / reach).at[self.vectors : self.vectors + 1].set(0)

    def apply(
        self, weights: tuple[jax.Array, ...], spins: tuple[jax.Array, ...], net: Any, geometries: Geometries
    ) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        """Groups of spins [n, frozen site, b] to invariants [channel, active site, b], sides [vector, active site, b] (none
        beyond the plane), unit axis [n, active site, b] and how well it is known, [active site, b] in [0, 1)."""
        h = self._combined(weights, spins, net, geometries)
        square = jnp.sum(h[0] * h[0], axis=0)
        axis = h[0] * inverse_length(square)
        return self._invariants(h, axis), _sides(h, axis), axis, square / (square + SOFT)

    def invariants(
        self, weights: tuple[jax.Array, ...], spins: tuple[jax.Array, ...], net: Any, geometries: Geometries
    ) -> jax.Array:
        """Those of `apply`, for layers that need no axis: smooth functions of the spins, also where h_0 vanishes."""
        h = self._combined(weights, spins, net, geometries)
        return self._invariants(h, h[0] * jax.lax.rsqrt(jnp.sum(h[0] * h[0], axis=0) + SOFT))

    def _combined(
        self, weights: tuple[jax.Array, ...], spins: tuple[jax.Array, ...], net: Any, geometries: Geometries
    ) -> jax.Array:
        """h_a [vector, n, active site, b]."""
        parts = zip(weights, spins, geometries, strict=True)
        h = reduce(jnp.add, [combined(self.kernel, own, values, net, geometry) for own, values, geometry in parts])
        if self.mirror:
            return h
        real, imaginary = h[: self.vectors], h[self.vectors :]
        return real + jnp.stack([-imaginary[:, 1], imaginary[:, 0]], axis=1)

    def _invariants(self, h: jax.Array, axis: jax.Array) -> jax.Array:
        parts = [jnp.sum(h * axis, axis=1), jnp.sum(h * h, axis=1)]
        return jnp.concatenate(parts if self.mirror else [*parts, _sides(h, axis)])

    def init_sides(self, key: jax.Array, odd: int, dtype: Any) -> jax.Array:
        """Weights [odd parameter, vector] of the sums of sides that odd parameters are proportional to."""
        return jax.random.normal(key, (odd, self.vectors), dtype) / self.vectors**0.5


def _sides(h: jax.Array, axis: jax.Array) -> jax.Array:
    """axis x h_a [vector, active site, b] in the plane; none beyond it."""
    return h[:, 1] * axis[0] - h[:, 0] * axis[1] if len(axis) == PLANE else h[:0, 0]
