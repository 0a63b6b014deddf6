"""Ratios Z(b_k) / Z(b_{k+1}) of neighbouring rungs of a ladder: C. H. Bennett, J. Comput. Phys. 22 (1976) 245.

With d = b_k - b_{k+1} > 0 and any number u, Z(b_k) / Z(b_{k+1}) = exp(-d u) <f(d (S - u))>_{k+1} / <f(d (u - S))>_k, where
f(x) = 1 / (1 + e^x): eq. (6) for as many draws at both rungs, C = -d u. The error is least where the two means are equal.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime.samplers.base import Info


class Bridges(NamedTuple):
    """The search for u, an action between those of the two rungs: in use and its weighted average [pair]; updates."""

    action: Array
    average: Array
    updates: Array


def start_bridges(pairs: int, dtype: jnp.dtype) -> Bridges:
    """A search that begins at 0."""
    zero = jnp.zeros(pairs, dtype)
    return Bridges(zero, zero, jnp.zeros((), jnp.int32))


def log_factors(bridges: Bridges, weights: Array, actions: Array) -> tuple[Array, Array]:
    """log f(d (S - u)) at the rungs k + 1 and log f(d (u - S)) at the rungs k, [pair, chain]; actions [rung, chain]."""
    gaps, middle = (weights[:-1] - weights[1:])[:, None], bridges.action[:, None]
    return jax.nn.log_sigmoid(gaps * (middle - actions[1:])), jax.nn.log_sigmoid(gaps * (actions[:-1] - middle))


def adapt_bridges(bridges: Bridges, weights: Array, actions: Array) -> Bridges:
    """Towards the u that makes the means over the chains equal (Bennett's eq. (12)); gain and average as in `adapt_scale`."""
    up, down = (jax.nn.logsumexp(factors, axis=1) for factors in log_factors(bridges, weights, actions))
    step = (down - up) / (weights[:-1] - weights[1:])
    updates = bridges.updates + 1
    time = updates.astype(step.dtype)
    action = bridges.action + jnp.where(jnp.isfinite(step), step, 0) * time**-0.6
    average = bridges.average + (action - bridges.average) * jnp.minimum(1, 5 / (time + 4))
    return Bridges(action, average, updates)


def freeze_bridges(bridges: Bridges) -> Bridges:
    """The average becomes the value in use."""
    return bridges._replace(action=bridges.average)


def bridge_facts(bridges: Bridges, weights: Array, actions: Array) -> Info:
    """What `ladder_log_z` needs, [pair, chain]: the two factors, in [0, 1], and -d u."""
    up, down = log_factors(bridges, weights, actions)
    offset = (weights[1:] - weights[:-1]) * bridges.action
    return {
        "bridge_up": jnp.exp(up),
        "bridge_down": jnp.exp(down),
        "bridge_offset": jnp.broadcast_to(offset[:, None], up.shape),
    }
