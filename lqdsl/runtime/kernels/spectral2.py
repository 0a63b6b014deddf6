"""The spectral kernel of SU(2): the angle theta in [0, pi] of U = cos theta + i sin theta n.sigma, n kept."""

from dataclasses import dataclass
from math import pi
from typing import ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.kernels import unit_spline
from lqdsl.runtime.kernels.border import apart

Quaternion = tuple[jax.Array, ...]
Result = tuple[Quaternion, jax.Array]


@dataclass(frozen=True)
class SpectralSU2:
    """theta' = spline(theta); the Haar measure is 2/pi sin^2 theta d theta. All parameters are even under conjugation."""

    bins: int

    odd: ClassVar[int] = 0

    @property
    def even(self) -> int:
        return unit_spline.size(self.bins)

    def forward(self, z: Quaternion, even: jax.Array, odd: jax.Array) -> Result:
        """Quaternion parts [...], even [parameter, ...] to those of P' and the log of the change of volume [...]."""
        return self._map(unit_spline.forward, z, even)

    def inverse(self, x: Quaternion, even: jax.Array, odd: jax.Array) -> Result:
        return self._map(unit_spline.inverse, x, even)

    def _map(self, spline: unit_spline.Map, z: Quaternion, parameters: jax.Array) -> Result:
        """(cos theta', v sin theta' / sin theta); next to the centre the ratio is taken at a small distance from it."""
        square = z[1] * z[1] + z[2] * z[2] + z[3] * z[3]
        sine = jnp.sqrt(square + jnp.finfo(square.dtype).tiny)
        angle = jnp.arctan2(sine, z[0])
        least = 0.1 * jnp.finfo(square.dtype).eps ** 0.5
        safe = jnp.clip(angle, least, pi - least)
        image, log_slope = apart(spline, safe / pi, parameters)
        ratio = jnp.sin(pi * image) / jnp.sin(safe)
        return (jnp.cos(pi * image), *(ratio * part for part in z[1:])), log_slope + 2 * jnp.log(ratio)
