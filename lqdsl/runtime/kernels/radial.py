"""Radial exponential-map flows of spheres, arXiv:2002.02428 section 2.3, one centre after the other."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels.roots import solve_increasing
from lqdsl.runtime.kernels.rotation import Vector, direction, dot

Result = tuple[jax.Array, jax.Array]
STRONGEST = 0.98
SHARPEST = 4.0
"""Bound of log beta."""


@dataclass(frozen=True)
class Radial:
    """`components` maps exp_s(grad phi) with phi(s) = (alpha / beta) exp(beta (s.mu - 1)), applied one after the other."""

    components: int = 4

    def __post_init__(self) -> None:
        if self.components < 1:
            raise RuntimeInputError(f"a radial kernel needs at least one component, got {self}")

    def of(self, n: int) -> "RadialSphere":
        """The kernel on unit vectors of R^n."""
        return RadialSphere(n, self.components)


@dataclass(frozen=True)
class RadialSphere:
    """Each map moves points along great circles through its centre mu: theta' = theta - alpha sin(theta) exp(beta (cos(theta) - 1)).

    It increases in theta for |alpha| < 1. Parameters of a component: alpha, log beta, and n - 1 numbers for mu, which is
    an axis where they are zero. All are even; zero is the identity.
    """

    n: int
    components: int

    odd: ClassVar[int] = 0

    @property
    def even(self) -> int:
        return self.components * (self.n + 1)

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> Result:
        """Unit vectors z [n, ...], even [parameter, ...] to unit vectors and the log of the change of volume [1, ...]."""
        total: Any = 0.0
        s = list(z)
        for mu, own in self._unpack(even):
            c = dot(s, mu)
            image, ratio, log_volume = self._moved(c, own)
            s = [image * axis + ratio * (part - c * axis) for part, axis in zip(s, mu, strict=True)]
            total = total + log_volume
        return jnp.stack(s), total[None]

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> Result:
        """Inverse of `forward` by root finding in theta."""
        total: Any = 0.0
        s = list(x)
        for mu, own in reversed(self._unpack(even)):
            image = dot(s, mu)
            across = [part - image * axis for part, axis in zip(s, mu, strict=True)]
            angle = jnp.arctan2(jnp.sqrt(dot(across, across) + jnp.finfo(x.dtype).tiny), image)
            c = jnp.cos(solve_increasing(_angle, 1.0, angle, own))
            _, ratio, log_volume = self._moved(c, own)
            s = [c * axis + part / ratio for part, axis in zip(across, mu, strict=True)]
            total = total - log_volume
        return jnp.stack(s), total[None]

    def _unpack(self, even: jax.Array) -> list[tuple[Vector, tuple[jax.Array, jax.Array]]]:
        """Centre and (alpha, beta) of each component."""
        parts = []
        for number in range(self.components):
            own = even[number * (self.n + 1) : (number + 1) * (self.n + 1)]
            mu = direction(list(own[2:]))
            mu = mu[number % self.n :] + mu[: number % self.n]
            parts.append((mu, (STRONGEST * jnp.tanh(own[0]), jnp.exp(SHARPEST * jnp.tanh(own[1] / SHARPEST)))))
        return parts

    def _moved(self, c: jax.Array, own: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array, jax.Array]:
        """cos(theta'), sin(theta') / sin(theta) and the log of the change of volume, from c = cos(theta)."""
        alpha, beta = own
        square = jnp.maximum((1 - c) * (1 + c), 0)
        pull = alpha * jnp.exp(beta * (c - 1))
        step = jnp.sqrt(square + jnp.finfo(c.dtype).tiny) * pull
        cos, sinc = jnp.cos(step), jnp.sinc(step / jnp.pi)
        ratio = cos - c * pull * sinc
        slope = 1 - pull * (c - beta * square)
        return c * cos + square * pull * sinc, ratio, jnp.log(slope) + (self.n - 2) * jnp.log(ratio)


def _angle(theta: jax.Array, own: Any) -> Result:
    """theta' and its log slope."""
    alpha, beta = own
    cos, sin = jnp.cos(theta), jnp.sin(theta)
    pull = alpha * jnp.exp(beta * (cos - 1))
    return theta - pull * sin, jnp.log(1 - pull * (cos - beta * sin * sin))
