"""Robbins-Monro search for the scale of a proposal, used in warm-up only."""

from math import inf, log
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array


class Scale(NamedTuple):
    """The logarithm in use and its weighted average, scalars or one number a rung; the number of updates."""

    logarithm: Array
    average: Array
    updates: Array


def start_scale(value: float, dtype: jnp.dtype) -> Scale:
    """A search that begins at `value`."""
    logarithm = jnp.log(jnp.asarray(value, dtype))
    return Scale(logarithm, logarithm, jnp.zeros((), jnp.int32))


def adapt_scale(scale: Scale, acceptance: Array, target: float | Array, largest: float = inf) -> Scale:
    """One update: larger, up to `largest`, where more was accepted than the target. Gain count^-0.6; the average forgets
    like count^-5."""
    updates = scale.updates + 1
    time = updates.astype(scale.logarithm.dtype)
    logarithm = scale.logarithm + (acceptance - target).astype(time.dtype) * time**-0.6
    logarithm = jnp.minimum(logarithm, log(largest))
    average = scale.average + (logarithm - scale.average) * jnp.minimum(1, 5 / (time + 4))
    return Scale(logarithm, average, updates)


def freeze_scale(scale: Scale) -> Scale:
    """The average becomes the value in use."""
    return scale._replace(logarithm=scale.average)
