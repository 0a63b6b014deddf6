"""Per-chain sums and choices over configurations [component, x..., chain]."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.model import Model


def chain_sum(values: Array) -> Array:
    """Sum over all axes but the last: [..., chain] to [chain].

    As a product with ones: on CPU that is two to four times faster than a reduction over leading axes.
    """
    rows = values.reshape(-1, values.shape[-1])
    return jnp.dot(jnp.ones(rows.shape[0], rows.dtype), rows, precision=jax.lax.Precision.HIGHEST)


def select(accepted: Array, new: Any, old: Any) -> Any:
    """`new` for the chains that accepted, leaf by leaf."""
    return jax.tree.map(lambda a, b: jnp.where(accepted, a, b), new, old)


def normal_momenta(words: Array, model: Model, chains: int) -> Any:
    """Independent standard normal momenta of every field, `Fields` of [momentum, x..., chain]."""
    dtype = jnp.dtype(model.dtype)
    shapes = [(*kind.momentum_shape(model.lattice), chains) for kind in model.kinds]
    return type(model.kinds)(*(random.normal(random.fold(words, i), shape, dtype) for i, shape in enumerate(shapes)))


def start_fields(words: Array, model: Model, chains: int, start: str) -> Any:
    """`hot`: normal(0, 1), Haar measure. `cold`: normal(0, 0.1), unit links."""
    dtype, hot = jnp.dtype(model.dtype), start == "hot"
    draws = (
        kind.random(random.fold(words, i), model.lattice, chains, dtype, hot) for i, kind in enumerate(model.kinds)
    )
    return type(model.kinds)(*draws)


def metropolis(uniform: Array, delta: Array) -> tuple[Array, Array]:
    """Accepted [...] and min(1, exp(-delta)); NaN counts as rejected."""
    probability = jnp.where(jnp.isnan(delta), 0, jnp.exp(-jnp.maximum(delta, 0)))
    return uniform < probability, probability
