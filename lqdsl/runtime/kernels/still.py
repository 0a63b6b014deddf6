"""Maps of the circle without their turns, which convex combinations are made of."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels.chain import steps


@dataclass(frozen=True)
class Still:
    """A kernel of the circle that does not turn it as a whole, and is no further from the identity than `farthest`.

    The last kernel of a chain loses the parameters of its turn; the turns t before it are undone at the end, k_2(k_1(P) + t) - t.
    That is smooth where t, the angle of a vector, jumps by 2 pi, and so is every mean of such maps.
    """

    kernel: Any

    def __post_init__(self) -> None:
        if not all(hasattr(step, "turning") for step in steps(self.kernel)):
            raise RuntimeInputError(f"a mix needs kernels of the circle, got {self.kernel}")

    @property
    def even(self) -> int:
        return self.kernel.even - steps(self.kernel)[-1].turning[0]

    @property
    def odd(self) -> int:
        return self.kernel.odd - steps(self.kernel)[-1].turning[1]

    @property
    def farthest(self) -> float:
        return sum(step.farthest for step in steps(self.kernel))

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Angles z [...], even [parameter, ...], odd [parameter, ...] to P' [...] and log dP'/dP [...]."""
        *before, last = steps(self.kernel)
        turned: Any = 0.0
        log_slope: Any = 0.0
        for step in before:
            own = even[: step.even], odd[: step.odd]
            even, odd = even[step.even :], odd[step.odd :]
            z, change = step.forward(z, *own)
            turned, log_slope = turned + step.turn(*own), log_slope + change
        first, second = (
            jnp.concatenate([jnp.zeros((none, *given.shape[1:]), given.dtype), given])
            for none, given in zip(last.turning, (even, odd), strict=True)
        )
        values, change = last.forward(z, first, second)
        return values - turned, log_slope + change
