"""Kernels applied one after the other, each with parameters of its own."""

from dataclasses import dataclass
from typing import Any

import jax

from lqdsl.runtime.errors import RuntimeInputError


def steps(kernel: Any) -> tuple[Any, ...]:
    """The kernels of a chain, chains in it written out, in their order; of another kernel itself."""
    if not isinstance(kernel, Chain):
        return (kernel,)
    return tuple(step for part in kernel.kernels for step in steps(part))


@dataclass(frozen=True)
class Chain:
    """x = k_n(... k_1(z)); even and odd parameters are those of the kernels in their order."""

    kernels: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.kernels:
            raise RuntimeInputError("a chain needs at least one kernel")

    @property
    def even(self) -> int:
        return sum(kernel.even for kernel in self.kernels)

    @property
    def odd(self) -> int:
        return sum(kernel.odd for kernel in self.kernels)

    def of(self, space: Any) -> "Chain":
        """The same for kernels that depend on the space."""
        return Chain(tuple(kernel.of(space) for kernel in self.kernels))

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """z [...], even [parameter, ...], odd [parameter, ...] to x [...] and log dx/dz [...]."""
        log_slope: Any = 0.0
        for kernel, *own in self._parts(even, odd):
            z, change = kernel.forward(z, *own)
            log_slope = log_slope + change
        return z, log_slope

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """x [...] to z [...] and log dz/dx [...]."""
        log_slope: Any = 0.0
        for kernel, *own in reversed(self._parts(even, odd)):
            x, change = kernel.inverse(x, *own)
            log_slope = log_slope + change
        return x, log_slope

    def _parts(self, even: jax.Array, odd: jax.Array) -> list[tuple[Any, jax.Array, jax.Array]]:
        parts, first, second = [], 0, 0
        for kernel in self.kernels:
            parts.append((kernel, even[first : first + kernel.even], odd[second : second + kernel.odd]))
            first, second = first + kernel.even, second + kernel.odd
        return parts
