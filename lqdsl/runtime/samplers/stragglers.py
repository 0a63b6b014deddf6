"""Chains that do not move: in warm-up their trajectories become shorter, so that none is left where it began.

The step size is that at which the mean acceptance is right. A chain that starts far out, where forces are stiff, may reject
every trajectory at this size, and the mean over many chains hardly sees it. In production all chains take the same steps.
"""

from math import ceil, log

import jax.numpy as jnp
from jax import Array

UNLIKELY = 1e-5
HALVINGS = 20


def patience(target: float) -> int:
    """Rejections in a row of which a chain in equilibrium, with the acceptance `target`, sees more about once in
    1 / UNLIKELY trajectories."""
    return ceil(log(UNLIKELY) / log(1 - target))


def start_rejections(chains: int) -> Array:
    """No rejections, int32 [chain]."""
    return jnp.zeros(chains, jnp.int32)


def shortening(rejections: Array, limit: int, dtype: jnp.dtype) -> Array:
    """The part of a trajectory that a chain takes [chain]: half as much for each rejection beyond `limit`."""
    return jnp.exp2(-jnp.maximum(rejections - limit, 0).astype(dtype))


def count_rejections(rejections: Array, accepted: Array, limit: int) -> Array:
    """Rejections in a row [chain] after one more trajectory; those beyond `limit` are forgotten one by one, so that a chain
    goes back to whole trajectories as fast as it gave them up."""
    fewer = jnp.where(rejections > limit, rejections - 1, 0)
    return jnp.where(accepted > 0, fewer, jnp.minimum(rejections + 1, limit + HALVINGS))


def judged_acceptance(rejections: Array, acceptance: Array, limit: int) -> Array:
    """Acceptance [chain] of whole trajectories: a chain that takes a shorter one would have rejected them."""
    return jnp.where(rejections > limit, 0, acceptance)
