"""Radial exponential-map flows of spheres, arXiv:2002.02428 section 2.3, one centre after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels.roots import solve_increasing
from lqdsl.runtime.kernels.rotation import Vector, direction, dot

Result = tuple[jax.Array, jax.Array]
Strength = tuple[jax.Array, jax.Array]
"""alpha and beta."""
Move = Callable[[jax.Array, jax.Array, Strength], Result]
STRONGEST = 0.98
SHARPEST = 4.0
"""Bound of log beta."""
TERMS = 9
"""Of the series of cosine and sine of less than 1: the next ones are below 1e-18."""


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

        def along(s: jax.Array, mu: jax.Array, own: Strength) -> Result:
            c = dot(list(s), list(mu))
            image, ratio, log_volume = self._moved(c, own)
            return image * mu + ratio * (s - c * mu), log_volume

        return self._one_by_one(along, z, even, backwards=False)

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> Result:
        """Inverse of `forward` by root finding in theta."""

        def back(s: jax.Array, mu: jax.Array, own: Strength) -> Result:
            image = dot(list(s), list(mu))
            across = s - image * mu
            angle = jnp.arctan2(jnp.sqrt(dot(list(across), list(across)) + jnp.finfo(x.dtype).tiny), image)
            c = jnp.cos(solve_increasing(_angle, 1.0, angle, own))
            _, ratio, log_volume = self._moved(c, own)
            return c * mu + across / ratio, -log_volume

        return self._one_by_one(back, x, even, backwards=True)

    def _one_by_one(self, move: Move, points: jax.Array, even: jax.Array, backwards: bool) -> Result:
        """The maps as turns of a loop: written out, what several parts need would be computed again in each of them, and
        again for each map behind."""

        def turn(carry: Result, own: tuple[jax.Array, Strength]) -> tuple[Result, None]:
            s, total = carry
            s, log_volume = move(s, *own)
            return (s, total + log_volume), None

        shape = jnp.broadcast_shapes(points.shape[1:], even.shape[1:])
        start = jnp.broadcast_to(points, (self.n, *shape)), jnp.zeros(shape, points.dtype)
        (images, total), _ = jax.lax.scan(turn, start, self._unpack(even), reverse=backwards)
        return images, total[None]

    def _unpack(self, even: jax.Array) -> tuple[jax.Array, Strength]:
        """Centres [component, n, ...] and (alpha, beta), each [component, ...]."""
        own = even.reshape(self.components, self.n + 1, *even.shape[1:])
        centres = direction([own[:, 2 + number] for number in range(self.n - 1)])
        turned = [jnp.stack([part[number] for part in _rolled(centres, number)]) for number in range(self.components)]
        alpha = STRONGEST * jnp.tanh(own[:, 0])
        beta = jnp.exp(SHARPEST * jnp.tanh(own[:, 1] / SHARPEST))
        return jnp.stack(turned), (alpha, beta)

    def _moved(self, c: jax.Array, own: Strength) -> tuple[jax.Array, jax.Array, jax.Array]:
        """cos(theta'), sin(theta') / sin(theta) and the log of the change of volume, from c = cos(theta)."""
        alpha, beta = own
        square = (1 - c) * (1 + c)
        pull = alpha * jnp.exp(beta * (c - 1))
        cos, sinc = (_series(square * pull * pull, odd) for odd in (0, 1))
        ratio = cos - c * pull * sinc
        slope = 1 - pull * (c - beta * square)
        return c * cos + square * pull * sinc, ratio, jnp.log(slope) + (self.n - 2) * jnp.log(ratio)


def _rolled(parts: Vector, by: int) -> Vector:
    """The axes in turn, so that the centres of untrained maps lie on different ones."""
    return parts[by % len(parts) :] + parts[: by % len(parts)]


def _series(square: jax.Array, odd: int) -> jax.Array:
    """cos(t), or sin(t) / t for odd = 1, as a function of t^2 < 1: smooth at the centre, where t would need a root."""
    total: Any = 0.0
    for n in range(TERMS, -1, -1):
        total = total * -square + 1 / factorial(2 * n + odd)
    return total


def _angle(theta: jax.Array, own: Any) -> Result:
    """theta' and its log slope."""
    alpha, beta = own
    cos, sin = jnp.cos(theta), jnp.sin(theta)
    pull = alpha * jnp.exp(beta * (cos - 1))
    return theta - pull * sin, jnp.log(1 - pull * (cos - beta * sin * sin))
