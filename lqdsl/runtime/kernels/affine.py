"""Affine coupling kernel (real NVP), arXiv:1605.08803 eq. 6."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp


@dataclass(frozen=True)
class Affine:
    """x = z exp(s) + t, with |s| softly bounded by `bound`; s is even and t odd under a sign flip of all fields."""

    bound: float = 4.0

    even: ClassVar[int] = 1
    odd: ClassVar[int] = 1

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """z [...], even [1, ...], odd [1, ...] to x [...] and log dx/dz [...]."""
        log_scale = self._log_scale(even)
        return z * jnp.exp(log_scale) + odd[0], log_scale

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """x [...] to z [...] and log dz/dx [...]."""
        log_scale = self._log_scale(even)
        return (x - odd[0]) * jnp.exp(-log_scale), -log_scale

    def _log_scale(self, even: jax.Array) -> jax.Array:
        return self.bound * jnp.tanh(even[0] / self.bound)
