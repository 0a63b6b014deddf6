"""Circles and spheres at the sites, with normalised uniform measure."""

from dataclasses import dataclass
from math import pi
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime import random
from lqdsl.runtime.groups.angles import wrap
from lqdsl.runtime.kinds import Real, Vector
from lqdsl.runtime.lattice import Lattice

SPREAD = 0.1
"""Width of a cold start."""
WIDEST = 1e4
"""Width of steps on a sphere that forget where they came from."""


@dataclass(frozen=True)
class Angle(Real):
    """A point of the circle by its angle, measure dtheta / 2 pi. Momenta are real numbers."""

    def random(self, words: jax.Array, lattice: Lattice, batch: int, dtype: Any, hot: bool) -> jax.Array:
        """Uniform in (-pi, pi] if hot, else normal(0, 0.1)."""
        shape = (*self.shape(lattice), batch)
        return (
            pi * (2 * random.uniform(words, shape, dtype) - 1) if hot else SPREAD * random.normal(words, shape, dtype)
        )

    @property
    def compact(self) -> bool:
        return True

    @property
    def widest(self) -> float:
        return pi

    @property
    def spin_components(self) -> int:
        return 2

    def spins(self, values: jax.Array) -> jax.Array:
        """(cos, sin), [2, x..., batch]."""
        return jnp.stack([jnp.cos(values), jnp.sin(values)])

    def reflected(self, values: jax.Array, axes: jax.Array) -> jax.Array:
        """s - 2 (s.r) r: the angle pi + 2 arg r - theta."""
        return pi + 2 * jnp.arctan2(axes[1], axes[0]) - values

    def restored(self, values: jax.Array) -> jax.Array:
        """In (-pi, pi]."""
        return wrap(values)


@dataclass(frozen=True)
class Sphere(Vector):
    """A unit vector s of R^n, uniform measure normalised to 1. Momenta are tangent vectors, p.s = 0."""

    def tangent(self, values: jax.Array, vectors: jax.Array) -> jax.Array:
        """v - (v.s) s."""
        return vectors - jnp.sum(vectors * values, axis=0) * values

    def drift(self, values: jax.Array, momenta: jax.Array, time: Any) -> jax.Array:
        """Along the great circle."""
        return self.move(values, momenta, time)[0]

    def move(self, values: jax.Array, momenta: jax.Array, time: Any) -> tuple[jax.Array, jax.Array]:
        """Free motion: s cos(w t) + (p / w) sin(w t) with w = |p|, and its momentum."""
        speed2 = jnp.sum(momenta * momenta, axis=0)
        speed = jnp.sqrt(jnp.where(speed2 > 0, speed2, 1))
        phase = jnp.where(speed2 > 0, speed, 0) * time
        cosine, sine = jnp.cos(phase), jnp.sin(phase)
        ratio = jnp.where(speed2 > 0, sine / speed, time)
        return cosine * values + ratio * momenta, cosine * momenta - speed * sine * values

    def identity(self, lattice: Lattice, batch: int, dtype: Any) -> jax.Array:
        """All along the first axis."""
        return jnp.zeros((*self.shape(lattice), batch), dtype).at[0].set(1)

    def random(self, words: jax.Array, lattice: Lattice, batch: int, dtype: Any, hot: bool) -> jax.Array:
        """Uniform if hot, else close to the first axis."""
        noise = random.normal(words, (*self.shape(lattice), batch), dtype)
        return self.restored(noise if hot else self.identity(lattice, batch, dtype) + SPREAD * noise)

    @property
    def compact(self) -> bool:
        return True

    @property
    def widest(self) -> float:
        """Directions are uniform already, up to rounding."""
        return WIDEST

    def noise(self, words: jax.Array, shape: tuple[int, ...], dtype: Any) -> jax.Array:
        """Normal numbers: their density depends on their length only."""
        return random.normal(words, shape, dtype)

    def stepped(self, values: jax.Array, move: jax.Array) -> jax.Array:
        """The direction of s + move. For an isotropic move its density depends on s.s' only, so it is symmetric."""
        return self.restored(values + move)

    def restored(self, values: jax.Array) -> jax.Array:
        """Of length one."""
        return values / jnp.sqrt(jnp.sum(values * values, axis=0))
