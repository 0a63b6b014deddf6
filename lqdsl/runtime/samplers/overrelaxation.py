"""Overrelaxation (Adler, Phys. Rev. D 23 (1981) 2901; Creutz, Phys. Rev. D 36 (1987) 515) for any local action.

With V the action of a site and f = V'(0), a function of its neighbours only, the site proposes the reflection
phi' = 2 c f - phi about the point c f and accepts it with min(1, exp(V(phi) - V(phi'))). For fixed c this is an involution
of unit Jacobian, so it is exact; for V = a phi^2 + f phi and c = -1/(2a) it is microcanonical and always accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.masks import Mask
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.adaptation import adapt_scale
from lqdsl.runtime.samplers.base import Info, Sampler, require_common, require_counts, require_width
from lqdsl.runtime.samplers.chains import start_fields
from lqdsl.runtime.samplers.local import LocalState, mean_info, metropolis_sampler, metropolis_sweep, start_widths
from lqdsl.runtime.samplers.site import require_colours, sweep

MEMORY = 50
"""Warm-up steps over which the moments behind c are averaged."""


@dataclass(frozen=True)
class Overrelaxation:
    """Options: each step is `ratio` reflections of every site and one Metropolis sweep, which makes it ergodic.

    sweeps: steps for each draw. The centre c = <f phi> / <f^2> (the regression of phi on f) and the Metropolis widths
    are found during warm-up and then fixed. Other options as in LocalMetropolis.
    """

    chains: int = 64
    draws: int = 10000
    warmup: int = 1000
    ratio: int = 3
    sweeps: int = 1
    width: float | None = None
    target: float = 0.5
    start: str = "cold"
    save: int = 0
    colours: Mapping[str, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_common(self.draws, self.chains, self.warmup, self.sweeps, self.start, self.save)
        require_width(self.width, self.target)
        require_counts(ratio=self.ratio)

    @property
    def thin(self) -> int:
        """Steps for each draw."""
        return self.sweeps

    def build(self, model: Model) -> Sampler:
        """The sampler of these options for a model."""
        return overrelaxation(model, self)


class Moments(NamedTuple):
    """Running means of f^2 and f phi over sites and chains; scalars."""

    square: Array
    product: Array


class OverrelaxationState(NamedTuple):
    """fields [component, x..., chain]; for each field the Metropolis Scale and the Moments; warm-up steps made."""

    fields: Any
    widths: Any
    moments: Any
    tuned: Array


def linear_term(model: Model, name: str, fields: Any, parameters: Any) -> Array:
    """f = dV/dphi at phi = 0, [component, x..., chain]."""
    zero = jnp.zeros_like(getattr(fields, name))
    return jax.grad(lambda values: jnp.sum(model.site_actions[name](values, fields, parameters)))(zero)


def centre(moments: Moments) -> Array:
    """c = <f phi> / <f^2>; 0 (reflection about 0) where f vanishes."""
    return jnp.where(moments.square > 0, moments.product / jnp.where(moments.square > 0, moments.square, 1), 0)


def overrelaxation(model: Model, options: Overrelaxation) -> Sampler:
    """(init, step); info holds acceptance (of reflections), metropolis_acceptance and invalid, [chain]."""
    require_colours(model, options.colours, {}, "the sampler heatbath, which has overrelaxation of links,")
    dtype = jnp.dtype(model.dtype)
    fields_type = type(model.kinds)

    def init(words: Array, parameters: Any) -> OverrelaxationState:
        fields = start_fields(words, model, options.chains, options.start)
        moments = fields_type(*(Moments(jnp.zeros((), dtype), jnp.zeros((), dtype)) for _ in fields))
        return OverrelaxationState(fields, start_widths(model, options.width), moments, jnp.zeros((), jnp.int32))

    def reflect(words: Array, state: OverrelaxationState, fields: Any, parameters: Any) -> tuple[Any, Info]:
        infos = []
        for number, name in enumerate(model.fields):
            point = 2 * centre(getattr(state.moments, name))

            def propose(values: Array, fields: Any, name: str = name, point: Array = point) -> Array:
                return point * linear_term(model, name, fields, parameters) - values

            with jax.named_scope(f"reflect_{name}"):
                stream = random.fold(words, number)
                fields, info = sweep(model, name, options.colours[name], propose, stream, fields, parameters)
            infos.append(info)
        return fields, mean_info(infos)

    def reflections(words: Array, state: OverrelaxationState, parameters: Any) -> tuple[Any, Info]:
        """`ratio` reflections of all fields, and the mean of their infos."""

        def body(repeat: Array, carry: tuple[Any, Info]) -> tuple[Any, Info]:
            fields, info = reflect(random.fold(words, 2 + repeat), state, carry[0], parameters)
            return fields, jax.tree.map(lambda total, new: total + new / options.ratio, carry[1], info)

        zero = jnp.zeros(options.chains, dtype)
        return jax.lax.fori_loop(0, options.ratio, body, (state.fields, {"acceptance": zero, "invalid": zero}))

    def move(words: Array, state: OverrelaxationState, parameters: Any, adapt: bool) -> tuple[Any, Info]:
        fields, info = reflections(words, state, parameters)
        state, tests = state._replace(fields=fields), []
        for number, name in enumerate(model.fields):
            stream, local = random.fold(random.fold(words, 1), number), LocalState(state.fields, state.widths)
            fields, test = metropolis_sweep(model, name, options.colours[name], stream, local, parameters)
            state = state._replace(fields=fields)
            tests.append(test)
        kept = zip(model.kinds, state.fields, strict=True)
        state = state._replace(fields=fields_type(*(kind.restored(values) for kind, values in kept)))
        if adapt:
            state = tune(state, tests, parameters)
        tested = mean_info(tests)
        invalid = (info["invalid"] + tested["invalid"]) / 2
        return state, {**info, "invalid": invalid, "metropolis_acceptance": tested["acceptance"]}

    def tune(state: OverrelaxationState, tests: list[Info], parameters: Any) -> OverrelaxationState:
        rate = 1 / jnp.minimum(state.tuned + 1, MEMORY).astype(dtype)
        moments, widths = [], []
        for name, info, old, width in zip(model.fields, tests, state.moments, state.widths, strict=True):
            force, values = linear_term(model, name, state.fields, parameters), getattr(state.fields, name)
            new = Moments(jnp.mean(force * force), jnp.mean(force * values))
            moments.append(jax.tree.map(lambda a, b: a + rate * (b - a), old, new))
            adapted = adapt_scale(
                width, jnp.mean(info["acceptance"]), options.target, getattr(model.kinds, name).widest
            )
            widths.append(adapted if options.width is None else width)
        return state._replace(moments=fields_type(*moments), widths=fields_type(*widths), tuned=state.tuned + 1)

    return metropolis_sampler(model, options, init, move, True)
