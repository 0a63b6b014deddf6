"""The ladder of parallel tempering: weights exp(-b S) with 1 = b_0 > ... > b_{n-1}, and swaps of neighbouring rungs.

Replicas are laid out [component, x..., rung * chain], all chains of rung 0 first.
"""

from dataclasses import replace
from math import log
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.groups.borders import computed_once
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.adaptation import Scale, adapt_scale, start_scale
from lqdsl.runtime.samplers.chains import metropolis


class Swaps(NamedTuple):
    """Which replica [rung, chain] changes places with the next or with the previous rung, and min(1, exp(-delta)) of
    every pair [pair, chain], `tried` [pair] in this step or not."""

    with_next: Array
    with_previous: Array
    probability: Array
    tried: Array


def start_ladder(rungs: int, dtype: Any) -> Scale:
    """A search for the gaps, those of log b, or of sqrt(b) if the lowest b is 0, evenly spaced; its logarithms [pair] are
    those of the gaps up to a factor."""
    scale = start_scale(1.0, dtype)
    flat = jnp.zeros(rungs - 1, dtype)
    return Scale(flat, flat, scale.updates)


def rung_weights(ladder: Scale, lowest: float) -> Array:
    """b [rung] from 1 to `lowest`."""
    gaps = jax.nn.softmax(ladder.logarithm)
    inner = jnp.exp(log(lowest) * jnp.cumsum(gaps)[:-1]) if lowest else jnp.cumsum(gaps[::-1])[-2::-1] ** 2
    ends = jnp.ones(1, inner.dtype)
    return jnp.concatenate([ends, inner, lowest * ends])


def adapt_ladder(ladder: Scale, probability: Array) -> Scale:
    """Gaps of pairs that swap more often than the mean become wider; `probability` [pair, chain]."""
    rates = jnp.mean(probability, axis=1)
    return adapt_scale(ladder, rates, jnp.mean(rates))


def weighted(model: Model, weights: Array) -> Model:
    """The theory of b S, with one b for each chain [chain]."""

    def scaled(function: Any) -> Any:
        return lambda *arguments: jax.tree.map(lambda part: weights * part, function(*arguments))

    return replace(
        model,
        action=scaled(model.action),
        force=scaled(model.force),
        density=None if model.density is None else scaled(model.density),
        site_actions={name: scaled(local) for name, local in model.site_actions.items()},
        link_actions={name: tuple(map(scaled, local)) for name, local in model.link_actions.items()},
    )


def draw_swaps(words: Array, turn: Array, weights: Array, actions: Array) -> Swaps:
    """Metropolis tests of the exchange of rungs i and i + 1 for all i of the parity of `turn`; actions [rung, chain].

    The joint weight prod_i exp(-b_i S_i) changes by the factor exp((b_i - b_{i+1}) (S_i - S_{i+1})).
    """
    pairs, chains = actions.shape[0] - 1, actions.shape[1]

    def tested() -> tuple[Array, Array]:
        delta = (weights[1:] - weights[:-1])[:, None] * (actions[:-1] - actions[1:])
        return metropolis(random.uniform(words, (pairs, chains), actions.dtype), delta)

    # Fused with the padding below, some shapes end XLA:CPU with "Cannot select: SUBV_BROADCAST_LOAD".
    accepted, probability = computed_once(~(actions[0, 0] > jnp.inf), tested)
    tried = (jnp.arange(pairs) + turn) % min(2, pairs) == 0
    swapped = accepted & tried[:, None]
    none = jnp.zeros((1, chains), bool)
    return Swaps(jnp.concatenate([swapped, none]), jnp.concatenate([none, swapped]), probability, tried)


def exchanged(swaps: Swaps, replicas: Any) -> Any:
    """A tree of [..., rung * chain] after the swaps."""

    def leaf(values: Array) -> Array:
        rows = values.reshape(*values.shape[:-1], *swaps.with_next.shape)
        moved = jnp.where(swaps.with_previous, jnp.roll(rows, 1, -2), rows)
        return jnp.where(swaps.with_next, jnp.roll(rows, -1, -2), moved).reshape(values.shape)

    return jax.tree.map(leaf, replicas)


def count_round_trips(marks: Array, chains: int) -> tuple[Array, Array]:
    """Marks [rung * chain] of the replicas after a step, and the round trips [chain] that ended with it.

    A replica is marked 1 where the last end of the ladder that it saw is rung 0, -1 where it is the last rung, else 0.
    """
    arrived = marks[:chains] < 0
    return marks.at[:chains].set(1).at[-chains:].set(-1), arrived
