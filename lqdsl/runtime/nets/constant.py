"""Parameters of a layer that sees nothing: learnt numbers instead of a net."""

from typing import Any

import jax
import jax.numpy as jnp

Weights = dict[str, Any]


def init(even: int, odd: int, sites: int, is_odd: bool, dtype: Any) -> Weights:
    """Zeros; where the layer has to commute with a sign flip there are no odd parameters."""
    weights: Weights = {"even_bias": jnp.zeros((even, sites), dtype)}
    return weights if is_odd else weights | {"odd_bias": jnp.zeros((odd, sites), dtype)}


def apply(weights: Weights, odd: int, sites: int) -> tuple[jax.Array, jax.Array]:
    """Even and odd parameters [parameter, site, 1]."""
    even = weights["even_bias"][:, :sites, None]
    if "odd_bias" not in weights:
        return even, jnp.zeros((odd, sites, 1), even.dtype)
    return even, weights["odd_bias"][:, :sites, None]
