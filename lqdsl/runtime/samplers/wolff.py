"""Cluster updates by the reflections of Wolff, with all clusters of Swendsen and Wang in every update.

All clusters of all chains are found at once, so every one is reflected with probability 1/2, rather than the one of a
random site alone, which leaves more behind at nearly the same cost (docs/performance.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kinds import Links
from lqdsl.runtime.manifolds import Angle, Sphere
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.adaptation import adapt_scale
from lqdsl.runtime.samplers.base import Info, Sampler, require_common, require_counts, require_width
from lqdsl.runtime.samplers.clusters import reflect_clusters
from lqdsl.runtime.samplers.hmc import HMC, HMCState, hmc
from lqdsl.runtime.samplers.local import LocalState, local_start, mean_info, metropolis_of, metropolis_sampler
from lqdsl.runtime.samplers.site import Colours, require_colours


@dataclass(frozen=True)
class Wolff:
    """Options: each step reflects clusters of every field that has couplings of pairs once. Fields whose length is free,
    which no reflection changes, and those without such couplings have a sweep of local Metropolis; where the action is not
    one sum over sites, a trajectory of HMC of length 1 with the steps that warm-up finds.

    clusters: steps for each draw. width, target, colours: of the sweeps, as in LocalMetropolis.
    """

    chains: int = 64
    draws: int = 10000
    warmup: int = 1000
    clusters: int = 1
    width: float | None = None
    target: float = 0.5
    start: str = "cold"
    save: int = 0
    colours: Mapping[str, Colours] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_counts(clusters=self.clusters)
        require_common(self.draws, self.chains, self.warmup, self.clusters, self.start, self.save)
        require_width(self.width, self.target)

    @property
    def thin(self) -> int:
        """Steps for each draw."""
        return self.clusters

    def build(self, model: Model) -> Sampler:
        """The sampler of these options for a model."""
        return wolff(model, self)


def wolff(model: Model, options: Wolff) -> Sampler:
    """(init, step); info holds the number of `clusters`, `invalid`, and where there are sweeps their acceptance, or all of
    `trajectory`."""
    if not model.pairs:
        raise RuntimeInputError(f"no field of {model.name} has couplings of pairs, which clusters need")
    kinds = zip(model.fields, model.kinds, strict=True)
    swept = tuple(
        name for name, kind in kinds if name not in model.pairs or not isinstance(kind, Links | Angle | Sphere)
    )
    if swept and model.density is None:
        return _beside_trajectories(model, options)
    if swept:
        require_colours(model, options.colours, model.link_actions, "link actions")
    colours: Mapping[str, Any] = options.colours
    zero = jnp.zeros(options.chains, jnp.dtype(model.dtype))

    def move(words: Array, state: LocalState, parameters: Any, adapt: bool) -> tuple[LocalState, Info]:
        counts, tests = zero, {}
        for number, name in enumerate(model.fields):
            stream = random.fold(words, number)
            if name in model.pairs:
                fields, count = reflect_clusters(model, name, random.fold(stream, 0), state.fields, parameters)
                state, counts = state._replace(fields=fields), counts + count
            if name in swept:
                stream = random.fold(stream, 1)
                fields, tests[name] = metropolis_of(model, name, colours[name], 1, stream, state, parameters)
                values = getattr(model.kinds, name).restored(getattr(fields, name))
                state = state._replace(fields=fields._replace(**{name: values}))
        if adapt and tests:
            state = state._replace(widths=tuned(state.widths, tests))
        info = mean_info(list(tests.values())) if tests else {"invalid": zero}
        return state, {**info, "clusters": counts / len(model.pairs)}

    def tuned(widths: Any, tests: dict[str, Info]) -> Any:
        rates = {name: jnp.mean(test["acceptance"]) for name, test in tests.items()}
        new = {
            name: adapt_scale(getattr(widths, name), rate, options.target, getattr(model.kinds, name).widest)
            for name, rate in rates.items()
        }
        return widths._replace(**new)

    return metropolis_sampler(model, options, local_start(model, options), move, options.width is None)


def _beside_trajectories(model: Model, options: Wolff) -> Sampler:
    """Clusters of all fields that have them, then a trajectory of all fields, with the state and the info of HMC."""
    inner = hmc(model, HMC(chains=options.chains, warmup=options.warmup, start=options.start))
    named = [(number, name) for number, name in enumerate(model.fields) if name in model.pairs]

    def before(step: Callable[..., tuple[HMCState, Info]]) -> Callable[..., tuple[HMCState, Info]]:
        def move(words: Array, state: HMCState, parameters: Any) -> tuple[HMCState, Info]:
            fields, counts = state.fields, jnp.zeros(options.chains, jnp.dtype(model.dtype))
            for number, name in named:
                fields, count = reflect_clusters(model, name, random.fold(words, number), fields, parameters)
                counts = counts + count
            stream = random.fold(words, len(model.fields))
            state, info = step(stream, state._replace(fields=fields), parameters)
            return state, {**info, "clusters": counts / len(named)}

        return move

    return replace(inner, step=before(inner.step), warmup_step=before(inner.warmup_step))
