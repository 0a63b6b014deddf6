"""Independence Metropolis with the flow as proposal (Albergo, Kanwar, Shanahan, arXiv:1904.12072, eq. (14))."""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.drawing import proposals
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.base import require_common
from lqdsl.runtime.samplers.block import slots


@dataclass(frozen=True)
class FlowMetropolis:
    """Options: each draw of each chain proposes one independent sample of the flow.

    batch: samples drawn at a time, shared by the chains; a number of draws that is fixed by `batch` and `chains` has a
    key of its own. The first configurations are resampled from one batch by their weights.
    """

    chains: int = 1
    draws: int = 100000
    batch: int = 1024
    warmup: int = 0
    save: int = 0

    def __post_init__(self) -> None:
        require_common(self.draws, self.chains, self.warmup, 1, "cold", self.save)
        if self.batch < self.chains:
            raise RuntimeInputError(f"batch must be at least the number of chains {self.chains}, got {self.batch}")

    @property
    def thin(self) -> int:
        """Proposals for each draw."""
        return 1

    @property
    def group(self) -> int:
        """Draws of each chain that one batch serves."""
        return self.batch // self.chains


class FlowState(NamedTuple):
    """fields [component, x..., chain]; log p - log q of them, rejections since they were accepted, most ever; [chain]."""

    fields: Any
    log_weight: Array
    run: Array
    longest: Array


class FlowProgram:
    """Blocks of draws from one batch of proposals each; info holds acceptance, accepted, log_weight and invalid."""

    remedy = "training the flow longer or with a smaller learning rate"

    def __init__(self, model: Model, options: FlowMetropolis) -> None:
        if model.flow is None:
            raise RuntimeInputError(f"{model.name} declares no flow, so it has no flow_mh sampler")
        self.model, self.options = model, options
        self.warmup = options.warmup
        self._key = jax.jit(lambda words, number: random.typed_key(random.fold(words, number)))
        self._init = jax.jit(partial(first_state, options))
        self._block = jax.jit(partial(run_group, model, options))

    def init(self, words: Array, parameters: Any, weights: Any) -> FlowState:
        """Equilibrium but for the finite batch."""
        drawn = proposals(self.model, weights, parameters, random.typed_key(words), self.options.batch)
        return self._init(words, *drawn)

    def limit(self, first: int) -> int:
        """Draws from `first` that the batch of draw `first` still serves."""
        return self.options.group - first % self.options.group

    def block(self, words: Array, state: Any, parameters: Any, weights: Any, first: Any, count: Any, warm: bool) -> Any:
        """State after draws first ... first + count - 1 and their buffers, as `run_block`."""
        group = self.options.group
        key = self._key(words, np.int32(first) // np.int32(group))
        drawn = proposals(self.model, weights, parameters, key, group * self.options.chains)
        return self._block(words, state, parameters, drawn, first, count)

    def end_warmup(self, state: FlowState) -> FlowState:
        """Nothing is tuned."""
        return state


def first_state(options: FlowMetropolis, words: Array, fields: Any, log_weight: Array) -> FlowState:
    """One of a batch for each chain, chosen with probability proportional to its weight."""
    log_weight = jnp.where(jnp.isnan(log_weight), -jnp.inf, log_weight)
    uniform = random.uniform(random.fold(words, 1), (options.batch, options.chains), log_weight.dtype)
    chosen = jnp.argmax(log_weight[:, None] - jnp.log(-jnp.log(uniform)), axis=0)
    zeros = jnp.zeros(options.chains, jnp.int32)
    return FlowState(jax.tree.map(lambda leaf: leaf[..., chosen], fields), log_weight[chosen], zeros, zeros)


class Link(NamedTuple):
    """What the accept/reject chain carries: place of the current configuration in [proposals, start], and the rest."""

    place: Array
    log_weight: Array
    run: Array
    longest: Array


def run_group(
    model: Model,
    options: FlowMetropolis,
    words: Array,
    state: FlowState,
    parameters: Any,
    drawn: tuple[Any, Array],
    first: Array,
    count: Array,
) -> tuple[FlowState, dict[str, Any]]:
    """Draws first ... first + count - 1 from the proposals `drawn` for their group, as from `proposals`; buffers have
    `group` rows as those of `run_block`."""
    group, chains = options.group, options.chains
    words = random.fold(words, first // group)
    fields, log_weight = drawn
    uniforms = random.uniform(random.fold(words, 1), (group, chains), log_weight.dtype)
    begin = first % group
    places = jnp.arange(group * chains, dtype=jnp.int32).reshape(group, chains)
    inputs = (jnp.arange(group), places, log_weight.reshape(group, chains), uniforms)

    def draw(link: Link, proposal: tuple[Array, ...]) -> tuple[Link, tuple[Array, Array, Array]]:
        row, place, log_weight, uniform = proposal
        ratio = log_weight - link.log_weight
        probability = jnp.where(jnp.isnan(ratio), 0, jnp.exp(jnp.minimum(ratio, 0)))
        active = (row >= begin) & (row < begin + count)
        accepted = active & (uniform < probability)
        run = jnp.where(active, jnp.where(accepted, 0, link.run + 1), link.run)
        place, log_weight = jnp.where(accepted, place, link.place), jnp.where(accepted, log_weight, link.log_weight)
        link = Link(place, log_weight, run, jnp.maximum(link.longest, run))
        return link, (place, probability, accepted.astype(ratio.dtype))

    start = Link(group * chains + jnp.arange(chains, dtype=jnp.int32), state.log_weight, state.run, state.longest)
    link, (places, probability, accepted) = jax.lax.scan(draw, start, inputs)

    def rows(table: Array) -> Array:
        return table[jnp.minimum(begin + jnp.arange(group), group - 1)]

    pool = jax.tree.map(lambda a, b: jnp.concatenate([a, b], axis=-1), fields, state.fields)
    with jax.named_scope("observables"):
        measured = model.observables(pool, parameters)
    log_weights = inputs[2]
    info = {
        "acceptance": probability,
        "accepted": accepted,
        "log_weight": log_weights,
        "invalid": jnp.isnan(log_weights).astype(log_weights.dtype),
    }
    buffers: dict[str, Any] = {
        "info": {name: rows(table) for name, table in info.items()},
        "series": {name: jnp.moveaxis(values[..., rows(places)], -2, 0) for name, values in measured.items()},
    }
    if options.save:
        save = options.save
        numbers = (first // save + jnp.arange(slots(group, save))) * save + save - 1
        kept = places[jnp.clip(numbers - first + begin, 0, group - 1)]
        buffers["configurations"] = jax.tree.map(lambda leaf: jnp.moveaxis(leaf[..., kept], -2, 0), pool)
    fields = jax.tree.map(lambda leaf: leaf[..., link.place], pool)
    return FlowState(fields, link.log_weight, link.run, link.longest), buffers
