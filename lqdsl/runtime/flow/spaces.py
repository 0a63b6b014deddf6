"""What the layers of a flow need to know of a field at sites: how many numbers it has, and what nets see of them."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.groups.angles import wrap
from lqdsl.runtime.manifolds import Angle


@dataclass(frozen=True)
class Flat:
    """Real numbers, each moved by itself; nets see them as they are."""

    components: int

    joint: ClassVar[bool] = False

    @property
    def channels(self) -> int:
        return self.components

    def features(self, values: jax.Array) -> jax.Array:
        """[c, site, b] to what nets see, [channel, site, b]."""
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


Space = Flat | Circle


def space_of(kind: Any) -> Space:
    """The space of a kind of site fields."""
    return Circle() if isinstance(kind, Angle) else Flat(kind.components)
