"""Mixtures of Moebius transformations of the circle, arXiv:2002.02428 section 2.1.1."""

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
class Moebius:
    """P' = P + t + sum over i of rho_i 2 arg(1 - w_i exp(-i P)) with |w_i| < 1 and weights rho_i that sum to one.

    Each term is the map exp(iP) -> (exp(iP) - w) / (1 - conj(w) exp(iP)) of the circle; w = reach r / sqrt(1 + |r|^2).
    Under P -> -P the real part of r and the log weights are even, the imaginary part and t, which is given by a vector, odd.
    """

    components: int = 4
    reach: float = 0.99

    turning: ClassVar[tuple[int, int]] = (1, 1)
    """Even and odd parameters, the first ones, that only turn the circle."""
    farthest: ClassVar[float] = pi
    """No angle moves further, but for the turn."""

    def __post_init__(self) -> None:
        if self.components < 1 or not 0 < self.reach < 1:
            raise RuntimeInputError(f"Moebius needs at least one component and 0 < reach < 1, got {self}")

    @property
    def even(self) -> int:
        return 1 + 2 * self.components

    @property
    def odd(self) -> int:
        return 1 + self.components

    def turn(self, even: jax.Array, odd: jax.Array) -> jax.Array:
        """The angle [...] by which the circle is turned."""
        return turn(even[0], odd[0])

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Angles z [...], even [1 + 2 components, ...], odd [1 + components, ...] to P' and log dP'/dP [...]."""
        values, log_slope = _mixture(z, self._centres(even, odd))
        return values + turn(even[0], odd[0]), log_slope

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Inverse of `forward` by root finding, to rounding, with its log slope."""
        centres = self._centres(even, odd)
        z = solve_increasing(_mixture, pi, x - turn(even[0], odd[0]), centres)
        return z, -_mixture(z, centres)[1]

    def _centres(self, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Real and imaginary parts of w and the weights rho, [component, ...]."""
        re, im, weight = map(graded, (even[1 : 1 + self.components], odd[1:], even[1 + self.components :]))
        shrink = self.reach * jax.lax.rsqrt(1 + re * re + im * im)
        return re * shrink, im * shrink, jax.nn.softmax(weight, axis=0)


def _mixture(z: jax.Array, centres: Any) -> tuple[jax.Array, jax.Array]:
    re, im, rho = centres
    cos, sin = jnp.cos(z), jnp.sin(z)
    along, across = re * cos + im * sin, im * cos - re * sin
    moved = -2 * arctangent(across, 1 - along)
    distance2 = (1 - along) ** 2 + across**2
    slope = (1 - re * re - im * im) / distance2
    return z + jnp.sum(rho * moved, axis=0), jnp.log(jnp.sum(rho * slope, axis=0))
