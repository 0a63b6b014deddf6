"""Local Metropolis (Metropolis et al., J. Chem. Phys. 21 (1953) 1087) with site-parallel sweeps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.groups import borders
from lqdsl.runtime.kinds import Links
from lqdsl.runtime.masks import Mask
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.adaptation import adapt_scale, freeze_scale, start_scale
from lqdsl.runtime.samplers.base import Info, Sampler, require_common, require_counts, require_width
from lqdsl.runtime.samplers.chains import start_fields
from lqdsl.runtime.samplers.links import metropolis_links
from lqdsl.runtime.samplers.site import Colours, require_colours, sweep

DEFAULT_WIDTH = 0.5


@dataclass(frozen=True)
class LocalMetropolis:
    """Options: each site of each field proposes values + width * uniform(-1, 1) for all its components, a unit vector s the
    direction of s + width * normal(0, 1); each link proposes exp(r_a T_a) U, r_a the same uniform numbers, `hits` times
    before its neighbours move.

    sweeps: sweeps over all fields for each draw. width: fixed half width; None adapts one width for each field to the
    acceptance `target` during warm-up only. colours: field name to the partition whose classes are updated together,
    link field to one partition a direction.
    """

    chains: int = 64
    draws: int = 10000
    warmup: int = 1000
    sweeps: int = 1
    hits: int = 1
    width: float | None = None
    target: float = 0.5
    start: str = "cold"
    save: int = 0
    colours: Mapping[str, Colours] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_common(self.draws, self.chains, self.warmup, self.sweeps, self.start, self.save)
        require_width(self.width, self.target)
        require_counts(hits=self.hits)

    @property
    def thin(self) -> int:
        """Steps for each draw."""
        return self.sweeps

    def build(self, model: Model) -> Sampler:
        """The sampler of these options for a model."""
        return local_metropolis(model, self)


class LocalState(NamedTuple):
    """fields [component, x..., chain]; one Scale (width) for each field."""

    fields: Any
    widths: Any


def metropolis_sweep(model: Model, name: str, mask: Mask, words: Array, state: LocalState, parameters: Any) -> Any:
    """One sweep over one site field with symmetric proposals; returns (fields, info)."""
    kind, values = getattr(model.kinds, name), getattr(state.fields, name)
    width = jnp.exp(getattr(state.widths, name).logarithm)
    move = width * kind.noise(random.fold(words, 0), values.shape, values.dtype)
    return sweep(model, name, mask, lambda v, _: kind.stepped(v, move), random.fold(words, 1), state.fields, parameters)


def metropolis_sweeps(
    model: Model, colours: Mapping[str, Any], hits: int, words: Array, state: LocalState, parameters: Any
) -> tuple[Any, list[Info]]:
    """One sweep over all fields in order; returns (fields, info of each field)."""
    infos = []
    for number, name in enumerate(model.fields):
        stream = random.fold(words, number)
        fields, info = metropolis_of(model, name, colours[name], hits, stream, state, parameters)
        state = state._replace(fields=fields)
        infos.append(info)
    return state.fields, infos


def metropolis_of(
    model: Model, name: str, colours: Any, hits: int, words: Array, state: LocalState, parameters: Any
) -> tuple[Any, Info]:
    """One sweep over one field, of sites or links; returns (fields, info)."""
    with jax.named_scope(f"metropolis_{name}"):
        if not isinstance(getattr(model.kinds, name), Links):
            return metropolis_sweep(model, name, colours, words, state, parameters)
        width = jnp.exp(getattr(state.widths, name).logarithm)
        return metropolis_links(model, name, colours, hits, width, words, state.fields, parameters)


def local_metropolis(model: Model, options: LocalMetropolis) -> Sampler:
    """(init, step); a step is one sweep over all fields in order."""
    require_colours(model, options.colours, model.link_actions, "link actions")

    def sweeps(words: Array, state: LocalState, parameters: Any) -> tuple[Any, list[Info]]:
        return metropolis_sweeps(model, options.colours, options.hits, words, state, parameters)

    return local_sampler(model, options, sweeps)


def local_sampler(model: Model, options: Any, sweeps: Callable[[Array, LocalState, Any], Any]) -> Sampler:
    """The sampler whose step is `sweeps(words, state, parameters)` -> (fields, info of each field); widths are adapted
    during warm-up."""
    fields_type = type(model.kinds)

    def move(words: Array, state: LocalState, parameters: Any, adapt: bool) -> tuple[LocalState, Info]:
        with borders(state.widths[0].updates >= 0):
            fields, infos = sweeps(words, state, parameters)
            fields = fields_type(*(kind.restored(values) for kind, values in zip(model.kinds, fields, strict=True)))
        widths = state.widths
        if adapt:
            rates = (jnp.mean(info["acceptance"]) for info in infos)
            found = zip(state.widths, rates, model.kinds, strict=True)
            widths = fields_type(*(adapt_scale(w, rate, options.target, kind.widest) for w, rate, kind in found))
        return LocalState(fields, widths), mean_info(infos)

    return metropolis_sampler(model, options, local_start(model, options), move, options.width is None)


def local_start(model: Model, options: Any) -> Callable[[Array, Any], LocalState]:
    """init(words, parameters) -> state."""

    def init(words: Array, parameters: Any) -> LocalState:
        fields = start_fields(words, model, options.chains, options.start)
        return LocalState(fields, start_widths(model, options.width))

    return init


def metropolis_sampler(
    model: Model, options: Any, init: Callable[..., Any], move: Callable[..., Any], adapts: bool
) -> Sampler:
    """The sampler whose step is `move(words, state, parameters, adapt)` -> (state, info); `adapt` is set during warm-up if
    the sampler `adapts` anything, and the `widths` of the state are fixed at its end."""

    def step(words: Array, state: Any, parameters: Any) -> tuple[Any, Info]:
        return move(words, state, parameters, False)

    def warmup_step(words: Array, state: Any, parameters: Any) -> tuple[Any, Info]:
        return move(words, state, parameters, adapts)

    def end_warmup(state: Any) -> Any:
        return state._replace(widths=type(model.kinds)(*map(freeze_scale, state.widths)))

    remedy = "a smaller width or a cold start"
    return Sampler(model, options.chains, options.warmup, init, step, warmup_step, end_warmup, remedy)


def start_widths(model: Model, width: float | None) -> Any:
    """Fields of Scale."""
    scale = start_scale(width or DEFAULT_WIDTH, jnp.dtype(model.dtype))
    return type(model.kinds)(*(scale for _ in model.fields))


def mean_info(infos: list[Info]) -> Info:
    """Mean of several infos with the same names."""
    return {name: sum(info[name] for info in infos) / len(infos) for name in infos[0]}
