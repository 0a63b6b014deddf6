"""The spectral kernel of U(n): the phase of the determinant moves on its circle, the rest as a matrix of SU(n)."""

from dataclasses import dataclass
from math import pi
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.groups.polar import determinant_of
from lqdsl.runtime.groups.products import Pair
from lqdsl.runtime.kernels.border import apart
from lqdsl.runtime.kernels.circular import CircularSpline

Result = tuple[Pair, jax.Array]


@dataclass(frozen=True)
class SpectralUnitary:
    """P = exp(i alpha / n) S with alpha = arg det P in (-pi, pi]: alpha' = circular spline(alpha), S' = spectral map of S.

    Beyond alpha = pi the matrix S goes on with another root of unity, with which maps of SU(n) do not commute: there the
    parameters of S' are multiplied by cos^2(alpha / 2), so that P' is smooth. The Haar measure is d alpha dS.
    """

    special: Any
    """The kernel of SU(n)."""
    bins: int

    @property
    def circle(self) -> CircularSpline:
        return CircularSpline(self.bins)

    @property
    def even(self) -> int:
        return self.circle.even + self.special.even

    @property
    def odd(self) -> int:
        return self.circle.odd + self.special.odd

    def forward(self, z: Pair, even: jax.Array, odd: jax.Array) -> Result:
        """Matrices (re, im) [n, n, ...] to P' and the log of the change of Haar volume [...]."""
        angle = _angle(z)
        own, rest = self._unpack(even, odd)
        image, log_turn = apart(self.circle.forward, angle, *own)
        matrix, log_slope = self._move(self.special.forward, _turned(z, -angle), angle, rest)
        return _turned(matrix, image), log_slope + log_turn

    def inverse(self, x: Pair, even: jax.Array, odd: jax.Array) -> Result:
        image = _angle(x)
        own, rest = self._unpack(even, odd)
        angle, log_turn = apart(self.circle.inverse, image, *own)
        turns = 2 * pi * jax.lax.stop_gradient(jnp.round(angle / (2 * pi)))
        angle, image = angle - turns, image - turns
        matrix, log_slope = self._move(self.special.inverse, _turned(x, -image), angle, rest)
        return _turned(matrix, angle), log_slope + log_turn

    def _unpack(self, even: jax.Array, odd: jax.Array) -> tuple[tuple[jax.Array, jax.Array], ...]:
        """Even and odd parameters of the circle, and those of SU(n)."""
        a, b = self.circle.even, self.circle.odd
        return (even[:a], odd[:b]), (even[a:], odd[b:])

    def _move(self, move: Any, matrix: Pair, angle: jax.Array, parameters: tuple[jax.Array, jax.Array]) -> Result:
        """The map of SU(n)."""
        fade = 0.5 + 0.5 * jnp.cos(angle)
        even, odd = (fade * part for part in parameters)
        if matrix[0].shape[0] > 2:
            return move(matrix, even, odd)
        image, log_slope = move(_quaternion(matrix), even, odd)
        return _matrix(image), log_slope


def _angle(a: Pair) -> jax.Array:
    re, im = determinant_of(a)
    return jnp.arctan2(im, re)


def _turned(a: Pair, angle: jax.Array) -> Pair:
    """exp(i angle / n) A."""
    c, s = jnp.cos(angle / a[0].shape[0]), jnp.sin(angle / a[0].shape[0])
    return c * a[0] - s * a[1], c * a[1] + s * a[0]


def _quaternion(a: Pair) -> tuple[jax.Array, ...]:
    """a_0 + i a.sigma of a matrix of SU(2)."""
    re, im = a
    return (
        0.5 * (re[0, 0] + re[1, 1]),
        0.5 * (im[0, 1] + im[1, 0]),
        0.5 * (re[0, 1] - re[1, 0]),
        0.5 * (im[0, 0] - im[1, 1]),
    )


def _matrix(a: tuple[jax.Array, ...]) -> Pair:
    """Inverse of `_quaternion`."""
    return (
        jnp.stack([jnp.stack([a[0], a[2]]), jnp.stack([-a[2], a[0]])]),
        jnp.stack([jnp.stack([a[3], a[1]]), jnp.stack([a[1], -a[3]])]),
    )
