"""Heatbath and overrelaxation of links; site fields of the same theory move by local Metropolis."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups import Element
from lqdsl.runtime.kinds import Links
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.base import Info, Sampler, require_common, require_width
from lqdsl.runtime.samplers.link_updates import heatbath, overrelaxation
from lqdsl.runtime.samplers.links import at_sites, of_direction, sweep_links
from lqdsl.runtime.samplers.local import LocalState, local_sampler, metropolis_sweep
from lqdsl.runtime.samplers.site import Colours, require_colours


@dataclass(frozen=True)
class Heatbath:
    """Options: each step is one heatbath sweep over all links, then `overrelaxation` sweeps of reflections, each sweep
    followed by one of local Metropolis over the site fields, if there are any.

    sweeps: steps for each draw. colours: link field to one partition a direction, site field to its partition. width and
    target: of the Metropolis tests of site fields, as in LocalMetropolis.
    """

    chains: int = 64
    draws: int = 10000
    warmup: int = 1000
    sweeps: int = 1
    overrelaxation: int = 3
    width: float | None = None
    target: float = 0.5
    start: str = "cold"
    save: int = 0
    colours: Mapping[str, Colours] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_common(self.draws, self.chains, self.warmup, self.sweeps, self.start, self.save)
        require_width(self.width, self.target)
        if not isinstance(self.overrelaxation, int) or self.overrelaxation < 0:
            raise RuntimeInputError(f"overrelaxation must be a number of sweeps, got {self.overrelaxation!r}")

    @property
    def thin(self) -> int:
        """Steps for each draw."""
        return self.sweeps

    def build(self, model: Model) -> Sampler:
        """The sampler of these options for a model."""
        return heatbath_sampler(model, self)


def heatbath_sampler(model: Model, options: Heatbath) -> Sampler:
    """(init, step); acceptance is that of the heatbath trials and of the Metropolis tests."""
    require_colours(model, options.colours, model.staples, "staples (an action linear in each link)")

    colours: Mapping[str, Any] = options.colours

    def links(name: str, is_first: Array, words: Array, fields: Any, parameters: Any) -> tuple[Any, Info]:
        def update(words: Array, links: Element, mu: Array, sites: Array, fields: Any) -> tuple[Element, Array, Array]:
            staple = at_sites(of_direction(mu, model.staples[name], fields, parameters), sites)
            link = at_sites(links, sites)
            draw, reflect = partial(heatbath, words, link, staple), partial(overrelaxation, words, link, staple)
            new, fraction = jax.lax.cond(is_first, draw, reflect) if options.overrelaxation else draw()
            return new, fraction, jnp.isnan(new.parts[0]).astype(fraction.dtype)

        return sweep_links(model, name, colours[name], update, words, fields)

    def sweep(words: Array, state: LocalState, parameters: Any) -> tuple[Any, list[Info]]:
        """All fields once by heatbath, then by reflections; the mean info of each field."""

        def one(number: Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            fields, totals = carry
            infos = []
            for index, (name, kind) in enumerate(zip(model.fields, model.kinds, strict=True)):
                stream = random.fold(random.fold(words, number), index)
                if isinstance(kind, Links):
                    fields, info = links(name, number == 0, stream, fields, parameters)
                else:
                    local = state._replace(fields=fields)
                    fields, info = metropolis_sweep(model, name, colours[name], stream, local, parameters)
                infos.append(info)
            return fields, jax.tree.map(lambda total, new: total + new / sweeps, totals, infos)

        sweeps = 1 + options.overrelaxation
        zero = jnp.zeros(options.chains, jnp.dtype(model.dtype))
        start = [{"acceptance": zero, "invalid": zero} for _ in model.fields]
        fields, infos = jax.lax.fori_loop(0, sweeps, one, (state.fields, start))
        return fields, infos

    return local_sampler(model, options, sweep)
