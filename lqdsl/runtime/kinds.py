"""What lives at a site: number of components, layout, flat measure.

Layout is [component, x0, ..., x_{d-1}, ...batch]; kinds with a single component have no component axis.
"""

from dataclasses import dataclass

import jax

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

    def split(self, values: jax.Array) -> jax.Array:
        """[component, x..., batch], also where there is a single component."""
        return values if self.has_component_axis else values[None]

    def join(self, values: jax.Array) -> jax.Array:
        """Inverse of `split`."""
        return values if self.has_component_axis else values[0]


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
