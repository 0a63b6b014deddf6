"""Convex combinations of maps of the circle, arXiv:2002.02428 section 2.1.4."""

from dataclasses import dataclass
from math import pi
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels.mixture import turn
from lqdsl.runtime.kernels.roots import solve_increasing


@dataclass(frozen=True)
class Mix:
    """P' = sum over i of rho_i k_i(P) + t with weights rho_i that sum to one; the kernels k_i do not turn, t is given by a vector.

    Even parameters: that of t, the log weights, then those of the kernels; odd ones: that of t, then those of the kernels.
    """

    kernels: tuple[Any, ...]

    reach: ClassVar[float] = 2 * pi
    """No kernel moves an angle further, but for its turn."""

    def __post_init__(self) -> None:
        if len(self.kernels) < 2:
            raise RuntimeInputError(f"a mix needs at least two kernels, got {self}")

    @property
    def even(self) -> int:
        return 1 + len(self.kernels) + sum(kernel.even - kernel.turning[0] for kernel in self.kernels)

    @property
    def odd(self) -> int:
        return 1 + sum(kernel.odd - kernel.turning[1] for kernel in self.kernels)

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Angles z [...], even [parameter, ...], odd [parameter, ...] to P' [...] and log dP'/dP [...]."""
        values, log_slope = self._combined(z, self._parts(even, odd))
        return values + turn(even[0], odd[0]), log_slope

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Inverse of `forward` by root finding, to rounding, with its log slope."""
        parts = self._parts(even, odd)
        z = solve_increasing(self._combined, self.reach, x - turn(even[0], odd[0]), parts)
        return z, -self._combined(z, parts)[1]

    def _parts(self, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, tuple[tuple[jax.Array, jax.Array], ...]]:
        """Weights [kernel, ...], and the parameters of each kernel, zero where it would turn."""
        count = len(self.kernels)
        parts, rest = [], (even[1 + count :], odd[1:])
        for kernel in self.kernels:
            sizes = (kernel.even - kernel.turning[0], kernel.odd - kernel.turning[1])
            own = zip(rest, sizes, kernel.turning, strict=True)
            first, second = (
                jnp.concatenate([jnp.zeros((none, *given.shape[1:]), given.dtype), given[:size]])
                for given, size, none in own
            )
            parts.append((first, second))
            rest = (rest[0][sizes[0] :], rest[1][sizes[1] :])
        return jax.nn.softmax(even[1 : 1 + count], axis=0), tuple(parts)

    def _combined(self, z: jax.Array, parameters: Any) -> tuple[jax.Array, jax.Array]:
        weights, parts = parameters
        moved = [kernel.forward(z, *own) for kernel, own in zip(self.kernels, parts, strict=True)]
        values, slopes = (jnp.stack(items) for items in zip(*moved, strict=True))
        return jnp.sum(weights * values, axis=0), jnp.log(jnp.sum(weights * jnp.exp(slopes), axis=0))
