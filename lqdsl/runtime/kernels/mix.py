"""Convex combinations of maps of the circle, arXiv:2002.02428 section 2.1.4."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels.mixture import turn
from lqdsl.runtime.kernels.roots import solve_increasing
from lqdsl.runtime.kernels.still import Still


@dataclass(frozen=True)
class Mix:
    """P' = sum over i of rho_i k_i(P) + t with weights rho_i that sum to one; the kernels k_i do not turn, t is given by a vector.

    A kernel may be a chain or again a mix. Even parameters: that of t, the log weights, then those of the kernels; odd ones: that
    of t, then those of the kernels. Equal kernels have their parameters multiplied by gains of mean one, or they would never part.
    """

    kernels: tuple[Any, ...]

    turning: ClassVar[tuple[int, int]] = (1, 1)
    """Even and odd parameters, the first ones, that only turn the circle."""

    def __post_init__(self) -> None:
        if len(self._members) < 2:
            raise RuntimeInputError(f"a mix needs at least two kernels, got {self}")

    @property
    def farthest(self) -> float:
        """No angle moves further, but for the turn."""
        return max(member.farthest for member in self._members)

    @property
    def even(self) -> int:
        return 1 + len(self.kernels) + sum(member.even for member in self._members)

    @property
    def odd(self) -> int:
        return 1 + sum(member.odd for member in self._members)

    @property
    def _members(self) -> tuple[Still, ...]:
        return tuple(Still(kernel) for kernel in self.kernels)

    def turn(self, even: jax.Array, odd: jax.Array) -> jax.Array:
        """The angle [...] by which the circle is turned."""
        return turn(even[0], odd[0])

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Angles z [...], even [parameter, ...], odd [parameter, ...] to P' [...] and log dP'/dP [...]."""
        values, log_slope = self._combined(z, self._parts(even, odd))
        return values + self.turn(even, odd), log_slope

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Inverse of `forward` by root finding, to rounding, with its log slope."""
        parts = self._parts(even, odd)
        z = solve_increasing(self._combined, self.farthest, x - self.turn(even, odd), parts)
        return z, -self._combined(z, parts)[1]

    def _parts(self, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, tuple[tuple[jax.Array, jax.Array], ...]]:
        """Log weights [kernel, ...], and the parameters of each kernel."""
        count = len(self.kernels)
        parts, first, second = [], even[1 + count :], odd[1:]
        for gain, member in zip(self._gains, self._members, strict=True):
            parts.append((gain * first[: member.even], gain * second[: member.odd]))
            first, second = first[member.even :], second[member.odd :]
        return jax.nn.log_softmax(even[1 : 1 + count], axis=0), tuple(parts)

    @property
    def _gains(self) -> list[float]:
        """One for a kernel without its like, and as in `graded` for several of them."""
        before = [self.kernels[:number].count(kernel) for number, kernel in enumerate(self.kernels)]
        return [2 * (n + 1) / (self.kernels.count(kernel) + 1) for n, kernel in zip(before, self.kernels, strict=True)]

    def _combined(self, z: jax.Array, parameters: Any) -> tuple[jax.Array, jax.Array]:
        log_weights, parts = parameters
        moved = [member.forward(z, *own) for member, own in zip(self._members, parts, strict=True)]
        values, log_slopes = (jnp.stack(items) for items in zip(*moved, strict=True))
        total = jnp.sum(jnp.exp(log_weights) * values, axis=0)
        return total, jax.nn.logsumexp(log_weights + log_slopes, axis=0)
