"""Mixtures of non-compact projections, arXiv:2002.02428 and 2003.06413."""

from dataclasses import dataclass
from math import pi
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels.arctangent import arctangent
from lqdsl.runtime.kernels.mixture import graded, turn
from lqdsl.runtime.kernels.roots import solve_increasing


@dataclass(frozen=True)
class NCP:
    """P' = mean over i of 2 arctan(exp(s_i) tan(P / 2)) + t, with |s_i| softly bounded by `bound` and t given by a vector.

    Written as P' = P + mean of delta_i + t with delta_i periodic in P, so that no place of the circle is special: angles
    may be given anywhere on the line, and P' - P is what an unwrapped link moves by. s is even, t odd under P -> -P.
    """

    components: int = 6
    bound: float = 6.0

    odd: ClassVar[int] = 1
    turning: ClassVar[tuple[int, int]] = (1, 1)
    """Even and odd parameters, the first ones, that only turn the circle."""
    farthest: ClassVar[float] = pi
    """No angle moves further, but for the turn."""

    def __post_init__(self) -> None:
        if self.components < 1 or not self.bound > 0:
            raise RuntimeInputError(f"NCP needs at least one component and a positive bound, got {self}")

    @property
    def even(self) -> int:
        return 1 + self.components

    def turn(self, even: jax.Array, odd: jax.Array) -> jax.Array:
        """The angle [...] by which the circle is turned."""
        return turn(even[0], odd[0])

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Angles z [...], even [1 + component, ...], odd [1, ...] to P' [...] and log dP'/dP [...]."""
        values, log_slope = _mixture(z, self._scale(even[1:]))
        return values + turn(even[0], odd[0]), log_slope

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Inverse of `forward` by root finding, to rounding, with its log slope."""
        scale = self._scale(even[1:])
        z = solve_increasing(_mixture, pi, x - turn(even[0], odd[0]), scale)
        return z, -_mixture(z, scale)[1]

    def _scale(self, even: jax.Array) -> jax.Array:
        return jnp.exp(self.bound * jnp.tanh(graded(even) / self.bound))


def _mixture(z: jax.Array, scale: Any) -> tuple[jax.Array, jax.Array]:
    """Mean over the first axis of `scale` [i, ...] of the projections, and its log slope."""
    cos, sin = jnp.cos(z), jnp.sin(z)
    cos2, sin2 = 0.5 * (1 + cos), 0.5 * (1 - cos)
    near = cos2 + scale * sin2
    moved = 2 * arctangent((scale - 1) * (0.5 * sin), near)
    slope = scale / (cos2 + scale * scale * sin2)
    return z + jnp.mean(moved, axis=0), jnp.log(jnp.mean(slope, axis=0))
