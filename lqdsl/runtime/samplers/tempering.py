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
from lqdsl.runtime.samplers.bridges import Bridges, adapt_bridges, bridge_facts, freeze_bridges, start_bridges
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
from lqdsl.runtime.samplers.stragglers import (
    count_rejections,
    judged_acceptance,
    patience,
    shortening,
    start_rejections,
)

PER_REPLICA = ("acceptance", "accepted", "delta_h", "exp_minus_delta_h", "steps")
"""Facts of the update of which those of rung 0 are kept."""


@dataclass(frozen=True)
class Tempering:
    """Options: each step updates all replicas, then tries to exchange every other pair of neighbouring rungs.

    ladder: rungs, of which the first has b = 1 and is measured, the last b = `lowest`. Warm-up moves those between until
    all pairs swap equally often. At b = 0, which compact fields admit, replicas are independent draws. thin: steps for each draw. colours: as in LocalMetropolis, for `Sweeps`.
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
        if self.ladder < 2 or not 0 <= self.lowest < 1:
            raise RuntimeInputError(f"need ladder >= 2 and 0 <= lowest < 1, got {self.ladder} and {self.lowest}")

    def build(self, model: Model) -> Sampler:
        """The sampler of these options for a model; raises RuntimeInputError where they do not fit it."""
        if not (self.lowest or all(kind.compact for kind in model.kinds)):
            raise RuntimeInputError("lowest = 0 needs compact fields: exp(-0 S) = 1 cannot be normalised for others")
        self.update.check(model, self.colours)
        return tempering(model, self)


class TemperingState(NamedTuple):
    """replicas [component, x..., rung * chain], all chains of rung 0 first; the search for the proposals of the update;
    the search for the gaps; that for the ratios of Z; steps made, int32; which end of the ladder a replica saw last,
    [rung * chain]; its rejections in a row during warm-up, int32 [rung * chain]."""

    replicas: Any
    proposals: Any
    ladder: Scale
    bridges: Bridges
    turn: Array
    marks: Array
    rejections: Array

    @property
    def fields(self) -> Any:
        """The configurations at b = 1, [component, x..., chain]."""
        chains = self.marks.size // (self.ladder.logarithm.size + 1)
        return jax.tree.map(lambda values: values[..., :chains], self.replicas)


def tempering(model: Model, options: Tempering) -> Sampler:
    """(init, step). Info holds what the update says of rung 0, `invalid` (the mean over rungs), `swap_acceptance` (mean
    over the pairs that were tried), `round_trips`: replicas that came to rung 0 after they were at the last one, and
    `bridge_facts`."""
    rungs, chains, update = options.ladder, options.chains, options.update
    updated = rungs if options.lowest else rungs - 1
    limit = patience(update.target)

    def init(words: Array, parameters: Any) -> TemperingState:
        replicas = start_fields(words, model, rungs * chains, options.start, parameters)
        dtype = jnp.dtype(model.dtype)
        ladder, bridges = start_ladder(rungs, dtype), start_bridges(rungs - 1, dtype)
        proposals = update.start(model, rung_weights(ladder, options.lowest)[:updated])
        marks, _ = count_round_trips(jnp.zeros(rungs * chains, jnp.int32), chains)
        rejections = start_rejections(rungs * chains)
        return TemperingState(replicas, proposals, ladder, bridges, jnp.zeros((), jnp.int32), marks, rejections)

    def moved_replicas(
        words: Array, state: TemperingState, weights: Array, parameters: Any, parts: Any
    ) -> tuple[Any, Info]:
        """All replicas at their rungs: those with b > 0 by the update, which info is about, those with b = 0 anew."""
        head = jax.tree.map(lambda values: values[..., : updated * chains], state.replicas)
        arguments = (head, state.proposals, weights[:updated], parameters, parts)
        moved, info = update.move(model, options.colours, random.fold(words, 0), *arguments)
        if updated == rungs:
            return moved, info
        fresh = start_fields(random.fold(words, 2), model, chains, "hot")
        return jax.tree.map(lambda *parts: jnp.concatenate(parts, axis=-1), moved, fresh), info

    def move(words: Array, state: TemperingState, parameters: Any, adapt: bool) -> tuple[TemperingState, Info]:
        weights = rung_weights(state.ladder, options.lowest)
        behind = state.rejections[: updated * chains]
        parts = shortening(behind, limit, weights.dtype) if adapt else 1.0
        with borders(state.turn >= 0):
            replicas, info = moved_replicas(words, state, weights, parameters, parts)
            with jax.named_scope("swaps"):
                actions = model.action(replicas, parameters).reshape(rungs, chains)
        swaps = draw_swaps(random.fold(words, 1), state.turn, weights, actions)
        marks, trips = count_round_trips(exchanged(swaps, state.marks), chains)
        moved = state._replace(replicas=exchanged(swaps, replicas), turn=state.turn + 1, marks=marks)
        if adapt:
            judged = info | {"acceptance": judged_acceptance(behind, info["acceptance"], limit)}
            moved = moved._replace(
                proposals=update.adapt(model, state.proposals, judged, weights[:updated]),
                ladder=adapt_ladder(state.ladder, swaps.probability),
                bridges=adapt_bridges(state.bridges, weights, actions),
                rejections=exchanged(swaps, counted(state.rejections, info)),
            )
        found = bridge_facts(state.bridges, weights, actions)
        return moved, facts(info, swaps.probability, swaps.tried, trips) | found

    def counted(rejections: Array, info: Info) -> Array:
        """Of sweeps, and of replicas that are drawn anew, there is nothing to count."""
        if "accepted" not in info:
            return rejections
        head = count_rejections(rejections[: updated * chains], info["accepted"], limit)
        return jnp.zeros_like(rejections).at[: updated * chains].set(head)

    def facts(info: Info, probability: Array, tried: Array, trips: Array) -> Info:
        dtype = probability.dtype
        return {
            **{name: info[name][:chains] for name in PER_REPLICA if name in info},
            "invalid": jnp.mean(info["invalid"].reshape(updated, chains), axis=0),
            "swap_acceptance": jnp.sum(jnp.where(tried[:, None], probability, 0), axis=0) / jnp.sum(tried),
            "round_trips": trips.astype(dtype),
        }

    def step(words: Array, state: TemperingState, parameters: Any) -> tuple[TemperingState, Info]:
        return move(words, state, parameters, False)

    def warmup_step(words: Array, state: TemperingState, parameters: Any) -> tuple[TemperingState, Info]:
        return move(words, state, parameters, True)

    def end_warmup(state: TemperingState) -> TemperingState:
        frozen = freeze_scale(state.ladder), freeze_bridges(state.bridges)
        return state._replace(proposals=update.freeze(state.proposals), ladder=frozen[0], bridges=frozen[1])

    remedy = "more steps, a shorter trajectory, or a longer warmup from a cold start"
    return Sampler(model, chains, options.warmup, init, step, warmup_step, end_warmup, remedy)
