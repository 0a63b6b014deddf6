"""Compiled blocks of draws: one program for any length up to its capacity, so any split gives the same bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.groups import borders
from lqdsl.runtime.samplers.base import Info, Sampler

Step = Callable[[Any, Any, Any], tuple[Any, Info]]


@dataclass(frozen=True, eq=False)
class Block:
    """What `draws` draws from number `first` (negative in warm-up) gave.

    series: name to [draw, ..., chain]; info: name to [draw, ..., chain]; configurations: field name to
    [saved, component, x..., chain] with the draw numbers `saved`.
    """

    first: int
    draws: int
    series: dict[str, np.ndarray]
    info: dict[str, np.ndarray]
    configurations: dict[str, np.ndarray]
    saved: np.ndarray


def slots(capacity: int, save: int) -> int:
    """Places for the configurations of `capacity` draws of which the last of every `save` is kept."""
    return (capacity - 1) // save + 2


def saved_draws(first: int, count: int, save: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw numbers kept in [first, first + count) and their slots."""
    draws = np.arange(first, first + count)
    kept = draws[draws % save == save - 1] if save else draws[:0]
    return kept, kept // max(save, 1) - first // max(save, 1)


def run_steps(step: Step, words: Array, number: Array, thin: int, state: Any, parameters: Any) -> tuple[Any, Info]:
    """Draw `number`: `thin` steps, the mean of their infos. Step m of the chain has the key fold(words, m)."""
    if thin == 1:
        return step(random.fold(words, number), state, parameters)

    def body(index: Array, carry: tuple[Any, Info]) -> tuple[Any, Info]:
        state, total = carry
        state, info = step(random.fold(words, number * thin + index), state, parameters)
        return state, jax.tree.map(jnp.add, total, info)

    _, shapes = jax.eval_shape(step, words, state, parameters)
    zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
    state, total = jax.lax.fori_loop(0, thin, body, (state, zeros))
    return state, jax.tree.map(lambda leaf: leaf / thin, total)


def run_block(
    sampler: Sampler,
    words: Array,
    state: Any,
    parameters: Any,
    first: Array,
    count: Array,
    *,
    capacity: int,
    thin: int = 1,
    save: int = 0,
    warmup: bool = False,
) -> tuple[Any, dict[str, Any]]:
    """Draws first ... first + count - 1 (count <= capacity, both may be traced) as one loop, to be jitted by the caller.

    Returns the state and buffers {"info": {name: [capacity, ..., chain]}, "series": {name: [capacity, ..., chain]},
    "configurations": Fields of [slot, component, x..., chain]}; entries past `count` are zero. Warm-up measures nothing.
    """
    step = sampler.warmup_step if warmup else sampler.step

    def draw(number: Array, state: Any) -> tuple[Any, dict[str, Any]]:
        state, info = run_steps(step, words, number, thin, state, parameters)
        if warmup:
            return state, {"info": info}
        with jax.named_scope("observables"), borders(number >= 0):
            return state, {"info": info, "series": sampler.model.observables(state.fields, parameters)}

    def empty(rows: int, tree: Any) -> Any:
        return jax.tree.map(lambda leaf: jnp.zeros((rows, *leaf.shape), leaf.dtype), tree)

    def put(buffers: Any, index: Array, values: Any) -> Any:
        return jax.tree.map(lambda b, v: jax.lax.dynamic_update_index_in_dim(b, v, index, 0), buffers, values)

    def body(index: Array, carry: tuple[Any, dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
        state, buffers = carry
        kept = buffers.pop("configurations", None)
        state, record = draw(first + index, state)
        buffers = put(buffers, index, record)
        if kept is not None:
            buffers["configurations"] = put(kept, (first + index) // save - first // save, state.fields)
        return state, buffers

    _, shapes = jax.eval_shape(draw, jnp.asarray(first, jnp.int32), state)
    buffers = empty(capacity, shapes)
    if save and not warmup:
        buffers["configurations"] = empty(slots(capacity, save), state.fields)
    return jax.lax.fori_loop(0, count, body, (state, buffers))


class StepProgram:
    """Blocks of up to `capacity` draws of a step sampler, compiled once for warm-up and once for production."""

    def __init__(self, sampler: Sampler, capacity: int, thin: int, save: int) -> None:
        self.sampler, self.capacity = sampler, capacity
        self.warmup, self.remedy = sampler.warmup, sampler.remedy
        self._end_warmup = jax.jit(sampler.end_warmup)
        block = partial(run_block, sampler, capacity=capacity, thin=thin, save=save)
        self._programs = {warm: jax.jit(partial(block, warmup=warm)) for warm in (True, False)}
        self._init = jax.jit(sampler.init)

    def init(self, words: Array, parameters: Any, weights: Any) -> Any:
        """The state of the sampler before the first draw."""
        return self._init(words, parameters)

    def end_warmup(self, state: Any) -> Any:
        """What warm-up found is fixed."""
        return self._end_warmup(state)

    def limit(self, first: int) -> int:
        """Most draws of the block that begins at `first`."""
        return self.capacity

    def block(self, words: Array, state: Any, parameters: Any, weights: Any, first: Any, count: Any, warm: bool) -> Any:
        """`run_block` of these draws."""
        return self._programs[warm](words, state, parameters, first, count)
