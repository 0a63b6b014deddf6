"""Points of a periodic box, with normalised uniform measure."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kinds import Real
from lqdsl.runtime.lattice import Lattice

SPREAD = 0.1
"""Width of a cold start."""


def minimum_image(displacement: jax.Array, length: float | jax.Array) -> jax.Array:
    """The number in [-length/2, length/2] that differs from it by a whole multiple of the length; derivative one."""
    return displacement - length * jnp.round(displacement / length)


@dataclass(frozen=True)
class Box(Real):
    """A point of the torus with these side lengths by its coordinates, measure d^n r / volume. Momenta are real numbers."""

    lengths: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.lengths or not all(0 < length < float("inf") for length in self.lengths):
            raise RuntimeInputError(f"a box has positive lengths, got {self.lengths}")

    @property
    def components(self) -> int:
        return len(self.lengths)

    @property
    def has_component_axis(self) -> bool:
        return True

    def sides(self, values: jax.Array) -> jax.Array:
        """The lengths [component, 1, ...] in the shape of values [component, ...]."""
        return jnp.asarray(self.lengths, values.dtype).reshape(-1, *(1,) * (values.ndim - 1))

    def random(self, words: jax.Array, lattice: Lattice, batch: int, dtype: Any, hot: bool) -> jax.Array:
        """Uniform if hot, else normal(0, 0.1)."""
        shape = (*self.shape(lattice), batch)
        if not hot:
            return SPREAD * random.normal(words, shape, dtype)
        numbers = random.uniform(words, shape, dtype)
        return (numbers - 0.5) * self.sides(numbers)

    @property
    def compact(self) -> bool:
        return True

    @property
    def widest(self) -> float:
        """Once around the longest side."""
        return max(self.lengths) / 2

    @property
    def spin_components(self) -> int:
        """Raises RuntimeInputError: a reflection of the box fixes more than one point."""
        raise RuntimeInputError(f"{self} has no vectors that reflections act on")

    def restored(self, values: jax.Array) -> jax.Array:
        """Each coordinate in [-length/2, length/2]."""
        return minimum_image(values, self.sides(values))
