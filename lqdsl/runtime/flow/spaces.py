"""What the layers of a flow need to know of a field at sites: how many numbers it has, and what nets see of them."""

from dataclasses import dataclass
from math import pi
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.boxes import Box
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups import SU, U1
from lqdsl.runtime.groups.angles import wrap
from lqdsl.runtime.kernels.spectral import is_spectral
from lqdsl.runtime.manifolds import Angle, Sphere

UNIT = Box((1.0,))


@dataclass(frozen=True)
class Flat:
    """Real numbers, each moved by itself; nets see them as they are."""

    components: int

    joint: ClassVar[bool] = False

    @property
    def channels(self) -> int:
        return self.components

    def kernel(self, chosen: Any) -> Any:
        """The kernel that moves the values of a site."""
        return chosen

    def features(self, values: jax.Array) -> jax.Array:
        """[c, site, b] to what nets see, [channel, site, b]."""
        return values

    def to_kernel(self, values: jax.Array) -> jax.Array:
        """[c, site, b] in the units of the kernel."""
        return values

    def from_kernel(self, values: jax.Array) -> jax.Array:
        """Inverse of `to_kernel`."""
        return values

    def leave(self, values: jax.Array) -> jax.Array:
        """[c, x..., b] in the range in which fields are handed out."""
        return values


@dataclass(frozen=True)
class Circle(Flat):
    """Angles anywhere on the line; nets see (cos, sin), so that all is periodic exactly."""

    components: int = 1

    @property
    def channels(self) -> int:
        return 2 * self.components

    def features(self, values: jax.Array) -> jax.Array:
        return jnp.concatenate([jnp.cos(values), jnp.sin(values)])

    def leave(self, values: jax.Array) -> jax.Array:
        """In (-pi, pi]."""
        return wrap(values)


@dataclass(frozen=True)
class Torus(Circle):
    """Points of a periodic box anywhere in space. Kernels move the angles 2 pi r_c / L_c, each by itself; nets see their
    cosines and sines."""

    box: Box = UNIT

    def features(self, values: jax.Array) -> jax.Array:
        return super().features(self.to_kernel(values))

    def to_kernel(self, values: jax.Array) -> jax.Array:
        return values * (2 * pi / self.box.sides(values))

    def from_kernel(self, values: jax.Array) -> jax.Array:
        return values * (self.box.sides(values) / (2 * pi))

    def leave(self, values: jax.Array) -> jax.Array:
        """In [-L/2, L/2]."""
        return self.box.restored(values)


@dataclass(frozen=True)
class Directions(Flat):
    """Unit vectors of R^n; their components move together."""

    joint: ClassVar[bool] = True

    def kernel(self, chosen: Any) -> Any:
        return chosen.of(self.components)


@dataclass(frozen=True)
class Elements(Directions):
    """Matrices of a group at sites, [c, ...]; nets see their components. Those of SU(2) are unit vectors of R^4 too."""

    group: Any

    def kernel(self, chosen: Any) -> Any:
        """Raises RuntimeInputError for kernels of vectors where the group is another one than SU(2)."""
        if is_spectral(chosen):
            return chosen.of(self.group)
        if self.group != SU(2):
            raise RuntimeInputError(f"{chosen} does not move matrices of {self.group} at sites")
        return chosen.of(self.components)


Space = Flat | Circle | Torus | Directions | Elements


def space_of(kind: Any) -> Space:
    """The space of a kind of site fields."""
    group = getattr(kind, "group", None)
    if isinstance(kind, Angle) or group == U1():
        return Circle()
    if isinstance(kind, Box):
        return Torus(kind.components, kind)
    if group is not None:
        return Elements(kind.components, group)
    return Directions(kind.components) if isinstance(kind, Sphere) else Flat(kind.components)
