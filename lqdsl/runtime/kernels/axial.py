"""Maps of unit vectors along an axis that their surroundings give."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels import unit_spline
from lqdsl.runtime.kernels.height import move_height, radius
from lqdsl.runtime.kernels.rational import MIN_BIN
from lqdsl.runtime.kernels.rotation import inverse_length

Result = tuple[jax.Array, jax.Array]


@dataclass(frozen=True)
class Axial:
    """The height s.u over the axis u moves by a rational-quadratic spline of `bins` pieces; the direction across stays."""

    bins: int = 8

    odd: ClassVar[int] = 0

    def __post_init__(self) -> None:
        if self.bins < 2 or self.bins * MIN_BIN >= 1:
            raise RuntimeInputError(f"an axial kernel needs 2 <= bins < {1 / MIN_BIN:g}, got {self}")

    @property
    def even(self) -> int:
        return unit_spline.size(self.bins)

    def of(self, n: int) -> "Axial":
        """The same in all dimensions."""
        return self

    def along(self, s: jax.Array, axis: jax.Array, even: jax.Array, inverse: bool) -> Result:
        """Unit vectors s, axis [n, ...], even [parameter, ...] to unit vectors and the log of the change of volume [1, ...]."""
        h = jnp.clip(jnp.sum(s * axis, axis=0), -1, 1)
        image, log_slope = move_height(unit_spline.inverse if inverse else unit_spline.forward, h, even, len(s))
        across = s - h * axis
        length = inverse_length(jnp.sum(across * across, axis=0))
        return image * axis + radius(image) * length * across, log_slope[None]
