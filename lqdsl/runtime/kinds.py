"""What lives at a site or on the links: number of components, layout, measure, motion.

Layout is [component, x0, ..., x_{d-1}, ...batch]; kinds with a single component have no component axis. Links have the
direction before it: [mu, component, x..., ...batch].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, pi
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups import Element, Group
from lqdsl.runtime.lattice import Lattice


@dataclass(frozen=True)
class Real:
    """One real number a site, Lebesgue measure."""

    @property
    def components(self) -> int:
        return 1

    @property
    def has_component_axis(self) -> bool:
        return False

    def shape(self, lattice: Lattice) -> tuple[int, ...]:
        """Shape of one configuration of this field."""
        return (self.components, *lattice.extents) if self.has_component_axis else lattice.extents

    def momentum_shape(self, lattice: Lattice) -> tuple[int, ...]:
        """Shape of the momenta of one configuration."""
        return self.shape(lattice)

    def split(self, values: jax.Array) -> jax.Array:
        """[component, x..., batch], also where there is a single component."""
        return values if self.has_component_axis else values[None]

    def join(self, values: jax.Array) -> jax.Array:
        """Inverse of `split`."""
        return values if self.has_component_axis else values[0]

    def per_site(self, numbers: jax.Array) -> jax.Array:
        """Sum over all but sites and batch of numbers with the shape of the momenta: [x..., batch]."""
        return jnp.sum(self.split(numbers), axis=0)

    def drift(self, values: jax.Array, momenta: jax.Array, time: Any) -> jax.Array:
        """values + time momenta; `time` is a number or [batch]."""
        return values + time * momenta

    def move(self, values: jax.Array, momenta: jax.Array, time: Any) -> tuple[jax.Array, jax.Array]:
        """Free motion of values and momenta; `time` is a number or [batch]."""
        return self.drift(values, momenta, time), momenta

    def tangent(self, values: jax.Array, vectors: jax.Array) -> jax.Array:
        """The part of vectors, momenta or forces, along which the field can move: all of it."""
        return vectors

    @property
    def spin_components(self) -> int:
        """n of the vectors of `spins`."""
        return self.components

    def spins(self, values: jax.Array) -> jax.Array:
        """The field as vectors of R^n, [n, x..., batch]."""
        return self.split(values)

    def reflected(self, values: jax.Array, axes: jax.Array) -> jax.Array:
        """s - 2 (s.r) r of all spins, with one unit vector r [n, batch] for each configuration."""
        r = axes.reshape(axes.shape[0], *(1,) * (values.ndim - 1 - self.has_component_axis), axes.shape[1])
        s = self.split(values)
        return self.join(s - 2 * jnp.sum(s * r, axis=0) * r)

    def identity(self, lattice: Lattice, batch: int, dtype: Any) -> jax.Array:
        """Zeros."""
        return jnp.zeros((*self.shape(lattice), batch), dtype)

    def random(self, words: jax.Array, lattice: Lattice, batch: int, dtype: Any, hot: bool) -> jax.Array:
        """normal(0, 1) if hot, else normal(0, 0.1), since a configuration of exact zeros may be a singular point."""
        return (1.0 if hot else 0.1) * random.normal(words, (*self.shape(lattice), batch), dtype)

    @property
    def compact(self) -> bool:
        """Whether its measure is a probability, from which a hot start draws."""
        return False

    @property
    def widest(self) -> float:
        """The largest width of a step that means anything."""
        return inf

    def noise(self, words: jax.Array, shape: tuple[int, ...], dtype: Any) -> jax.Array:
        """What a step of local Metropolis is made of: uniform in (-1, 1)."""
        return 2 * random.uniform(words, shape, dtype) - 1

    def stepped(self, values: jax.Array, move: jax.Array) -> jax.Array:
        """values + move, from which the way back is as likely."""
        return values + move

    def restored(self, values: jax.Array) -> jax.Array:
        """Free of the rounding errors that leave the space of the field: flat spaces have none."""
        return values


@dataclass(frozen=True)
class Complex(Real):
    """phi = phi[0] + i phi[1], Lebesgue measure d(re) d(im)."""

    @property
    def components(self) -> int:
        return 2

    @property
    def has_component_axis(self) -> bool:
        return True


@dataclass(frozen=True)
class Vector(Real):
    """n real components, Lebesgue measure."""

    n: int

    @property
    def components(self) -> int:
        return self.n

    @property
    def has_component_axis(self) -> bool:
        return True


@dataclass(frozen=True)
class Links:
    """An element of `group` on each of `directions` links a site, normalised Haar measure.

    Values [mu, component, x..., batch], momenta [mu, a, x..., batch] with K = sum p_a^2 / 2; for U(1), angles and momenta
    [mu, x..., batch].
    """

    group: Group
    directions: int

    @property
    def components(self) -> int:
        """Real numbers a site."""
        return self.directions * self.group.components

    @property
    def is_angle(self) -> bool:
        return self.group.components == 1

    def shape(self, lattice: Lattice) -> tuple[int, ...]:
        """Shape of one configuration of this field."""
        component = () if self.is_angle else (self.group.components,)
        return (self.directions, *component, *lattice.extents)

    def momentum_shape(self, lattice: Lattice) -> tuple[int, ...]:
        """Shape of the momenta of one configuration."""
        return (self.directions, *(() if self.is_angle else (self.group.dimension,)), *lattice.extents)

    def split(self, values: jax.Array) -> jax.Array:
        """[component of all directions, x..., batch]."""
        return values if self.is_angle else values.reshape(self.components, *values.shape[2:])

    def join(self, values: jax.Array) -> jax.Array:
        """Inverse of `split`."""
        return values if self.is_angle else values.reshape(self.directions, -1, *values.shape[1:])

    def links(self, values: jax.Array) -> tuple[Element, ...]:
        """The links of each direction."""
        return tuple(self.link(values, mu) for mu in range(self.directions))

    def link(self, values: jax.Array, mu: int) -> Element:
        """The links of direction `mu`."""
        return Element(self.group, self.group.form.from_field(values[mu]))

    def per_site(self, numbers: jax.Array) -> jax.Array:
        """Sum over directions and components: [x..., batch]."""
        return jnp.sum(numbers, axis=0 if self.is_angle else (0, 1))

    def drift(self, values: jax.Array, momenta: jax.Array, time: Any) -> jax.Array:
        """exp(time p_a T_a) U; `time` is a number or [batch]."""
        if self.is_angle:
            return values + time * momenta
        return self._join(self.group.exponential(time * momenta.swapaxes(0, 1)) @ self._all(values))

    def move(self, values: jax.Array, momenta: jax.Array, time: Any) -> tuple[jax.Array, jax.Array]:
        """Free motion: momenta in the algebra stay."""
        return self.drift(values, momenta, time), momenta

    def tangent(self, values: jax.Array, vectors: jax.Array) -> jax.Array:
        """Algebra components are tangent vectors already."""
        return vectors

    @property
    def compact(self) -> bool:
        """Whether its measure is a probability, from which a hot start draws."""
        return True

    @property
    def widest(self) -> float:
        """Once around the circle."""
        return pi

    @property
    def spin_components(self) -> int:
        """2 for matrices of U(1) at sites, 4 for those of SU(2); raises RuntimeInputError for all others."""
        if self.directions != 1 or self.group.components not in (1, 4):
            raise RuntimeInputError(f"{self} has no vectors that reflections act on")
        return 2 if self.is_angle else 4

    def spins(self, values: jax.Array) -> jax.Array:
        """(cos, sin) of U(1), the quaternion of SU(2), [n, x..., batch]."""
        return jnp.stack([jnp.cos(values[0]), jnp.sin(values[0])]) if self.is_angle else values[0]

    def reflected(self, values: jax.Array, axes: jax.Array) -> jax.Array:
        """s - 2 (s.r) r of all spins, with one unit vector r [n, batch] for each configuration."""
        if self.is_angle:
            return pi + 2 * jnp.arctan2(axes[1], axes[0]) - values
        r = axes.reshape(4, *(1,) * (values.ndim - 3), axes.shape[1])
        return values - 2 * jnp.sum(values[0] * r, axis=0) * r

    def _all(self, values: jax.Array) -> Element:
        """All links as one element [mu, x..., batch]: what is not done link by link is one program for all directions."""
        return Element(self.group, self.group.form.from_field(values if self.is_angle else values.swapaxes(0, 1)))

    def _join(self, links: Element) -> jax.Array:
        """Inverse of `_all`."""
        values = self.group.form.to_field(links.stored)
        return values if self.is_angle else values.swapaxes(0, 1)

    def identity(self, lattice: Lattice, batch: int, dtype: Any) -> jax.Array:
        """Unit links."""
        return self._join(self.group.identity((self.directions, *lattice.extents, batch), dtype))

    def random(self, words: jax.Array, lattice: Lattice, batch: int, dtype: Any, hot: bool) -> jax.Array:
        """From the Haar measure if hot, else unit links."""
        if not hot:
            return self.identity(lattice, batch, dtype)
        return self._join(self.group.haar(words, (self.directions, *lattice.extents, batch), dtype))

    def restored(self, values: jax.Array) -> jax.Array:
        """On the group again: Gram-Schmidt; angles in (-pi, pi]."""
        return self._join(self.group.reunitarise(self._all(values)))


def stack_links(links: Sequence[Element]) -> jax.Array:
    """Field [mu, component, x..., ...batch] of the links of each direction; the inverse of `Links.links`."""
    return jnp.stack([link.group.form.to_field(link.stored) for link in links])
