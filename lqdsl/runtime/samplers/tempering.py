"""Parallel tempering: replicas with weights exp(-b S), updated at fixed b and exchanged between neighbouring b.

Swendsen and Wang, Phys. Rev. Lett. 57 (1986) 2607; Hukushima and Nemoto, J. Phys. Soc. Jpn. 65 (1996) 1604.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups import borders
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.adaptation import Scale, freeze_scale
from lqdsl.runtime.samplers.base import Info, Sampler, require_common, require_counts
from lqdsl.runtime.samplers.chains import start_fields
from lqdsl.runtime.samplers.ladder import (
    adapt_ladder,
    count_round_trips,
    draw_swaps,
    exchanged,
    rung_weights,
    start_ladder,
)
from lqdsl.runtime.samplers.replicas import Sweeps, Trajectories
from lqdsl.runtime.samplers.site import Colours

PER_REPLICA = ("acceptance", "accepted", "delta_h", "steps")
"""Facts of the update of which those of rung 0 are kept."""


@dataclass(frozen=True)
class Tempering:
    """Options: each step updates all replicas, then tries to exchange every other pair of neighbouring rungs.

    ladder: rungs, of which the first has b = 1 and is measured, the last b = `lowest`. Warm-up moves those between until
    all pairs swap equally often. thin: steps for each draw. colours: as in LocalMetropolis, for `Sweeps`.
    """

    chains: int = 64
    draws: int = 10000
    warmup: int = 1000
    ladder: int = 8
    lowest: float = 0.1
    update: Trajectories | Sweeps = field(default_factory=Trajectories)
    thin: int = 1
    start: str = "hot"
    save: int = 0
    colours: Mapping[str, Colours] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_common(self.draws, self.chains, self.warmup, self.thin, self.start, self.save)
        require_counts(ladder=self.ladder)
        if self.ladder < 2 or not 0 < self.lowest < 1:
            raise RuntimeInputError(f"need ladder >= 2 and 0 < lowest < 1, got {self.ladder} and {self.lowest}")

    def build(self, model: Model) -> Sampler:
        """The sampler of these options for a model."""
        return tempering(model, self)


class TemperingState(NamedTuple):
    """replicas [component, x..., rung * chain], all chains of rung 0 first; the search for the proposals of the update;
    the search for the gaps; steps made, int32; which end of the ladder a replica saw last, [rung * chain]."""

    replicas: Any
    proposals: Any
    ladder: Scale
    turn: Array
    marks: Array

    @property
    def fields(self) -> Any:
        """The configurations at b = 1, [component, x..., chain]."""
        chains = self.marks.size // (self.ladder.logarithm.size + 1)
        return jax.tree.map(lambda values: values[..., :chains], self.replicas)


def tempering(model: Model, options: Tempering) -> Sampler:
    """(init, step). Info holds what the update says of rung 0, `invalid` (the mean over rungs), `swap_acceptance` (mean
    over the pairs that were tried) and `round_trips`: replicas that came to rung 0 after they were at the last one."""
    options.update.check(model, options.colours)
    rungs, chains, update = options.ladder, options.chains, options.update

    def init(words: Array, parameters: Any) -> TemperingState:
        replicas = start_fields(words, model, rungs * chains, options.start, parameters)
        ladder = start_ladder(rungs, jnp.dtype(model.dtype))
        proposals = update.start(model, rung_weights(ladder, options.lowest))
        marks, _ = count_round_trips(jnp.zeros(rungs * chains, jnp.int32), chains)
        return TemperingState(replicas, proposals, ladder, jnp.zeros((), jnp.int32), marks)

    def move(words: Array, state: TemperingState, parameters: Any, adapt: bool) -> tuple[TemperingState, Info]:
        weights = rung_weights(state.ladder, options.lowest)
        arguments = (random.fold(words, 0), state.replicas, state.proposals, weights, parameters)
        with borders(state.turn >= 0):
            replicas, info = update.move(model, options.colours, *arguments)
            with jax.named_scope("swaps"):
                actions = model.action(replicas, parameters).reshape(rungs, chains)
        swaps = draw_swaps(random.fold(words, 1), state.turn, weights, actions)
        marks, trips = count_round_trips(exchanged(swaps, state.marks), chains)
        moved = TemperingState(exchanged(swaps, replicas), state.proposals, state.ladder, state.turn + 1, marks)
        if adapt:
            proposals = update.adapt(model, state.proposals, info, weights)
            moved = moved._replace(proposals=proposals, ladder=adapt_ladder(state.ladder, swaps.probability))
        return moved, facts(info, swaps.probability, swaps.tried, trips)

    def facts(info: Info, probability: Array, tried: Array, trips: Array) -> Info:
        dtype = probability.dtype
        return {
            **{name: info[name][:chains] for name in PER_REPLICA if name in info},
            "invalid": jnp.mean(info["invalid"].reshape(rungs, chains), axis=0),
            "swap_acceptance": jnp.sum(jnp.where(tried[:, None], probability, 0), axis=0) / jnp.sum(tried),
            "round_trips": trips.astype(dtype),
        }

    def step(words: Array, state: TemperingState, parameters: Any) -> tuple[TemperingState, Info]:
        return move(words, state, parameters, False)

    def warmup_step(words: Array, state: TemperingState, parameters: Any) -> tuple[TemperingState, Info]:
        return move(words, state, parameters, True)

    def end_warmup(state: TemperingState) -> TemperingState:
        return state._replace(proposals=update.freeze(state.proposals), ladder=freeze_scale(state.ladder))

    remedy = "more steps, a shorter trajectory, or a longer warmup from a cold start"
    return Sampler(model, chains, options.warmup, init, step, warmup_step, end_warmup, remedy)
