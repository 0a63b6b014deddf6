"""Activation functions by name, and which of them are odd."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError

Activation = Callable[[jax.Array], jax.Array]


def softsign_squared(x: jax.Array) -> jax.Array:
    """x / sqrt(1 + x^2): odd, bounded by 1, cheaper than tanh."""
    return x * jax.lax.rsqrt(1 + x * x)


ODD: dict[str, Activation] = {
    "tanh": jnp.tanh,
    "isru": softsign_squared,
    "sin": jnp.sin,
    "arctan": jnp.arctan,
    "arcsinh": jnp.arcsinh,
}
PLAIN: dict[str, Activation] = ODD | {
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "silu": jax.nn.silu,
    "gelu": jax.nn.gelu,
    "softplus": jax.nn.softplus,
}


def activation(name: str, odd: bool = False) -> Activation:
    """The function called `name`; with `odd` it has to satisfy f(-x) = -f(x).

    Raises RuntimeInputError for an unknown name, or one that is not odd where it must be.
    """
    table = ODD if odd else PLAIN
    if name not in table:
        reason = "is not an odd activation" if name in PLAIN else "is unknown"
        raise RuntimeInputError(f"activation {name!r} {reason}; expected one of {', '.join(sorted(table))}")
    return table[name]
