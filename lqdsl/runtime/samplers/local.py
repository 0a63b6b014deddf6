"""Local Metropolis (Metropolis et al., J. Chem. Phys. 21 (1953) 1087) with site-parallel sweeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.masks import Mask
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.adaptation import adapt_scale, freeze_scale, start_scale
from lqdsl.runtime.samplers.base import Info, Sampler, require_common
from lqdsl.runtime.samplers.chains import start_fields
from lqdsl.runtime.samplers.site import require_colours, sweep

DEFAULT_WIDTH = 0.5


@dataclass(frozen=True)
class LocalMetropolis:
    """Options: each site of each field proposes values + width * uniform(-1, 1) for all its components.

    sweeps: sweeps over all fields for each draw. width: fixed half width; None adapts one width for each field to the
    acceptance `target` during warm-up only. colours: field name to the partition whose classes are updated together.
    """

    chains: int = 64
    draws: int = 10000
    warmup: int = 1000
    sweeps: int = 1
    width: float | None = None
    target: float = 0.5
    start: str = "cold"
    save: int = 0
    colours: Mapping[str, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_common(self.draws, self.chains, self.warmup, self.sweeps, self.start, self.save)
        if not (0 < self.target < 1 and (self.width is None or self.width > 0)):
            raise RuntimeInputError(f"need 0 < target < 1 and width > 0, got {self.target} and {self.width}")

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
    """One sweep over one field with symmetric proposals; returns (fields, info)."""
    values = getattr(state.fields, name)
    uniforms = random.uniform(random.fold(words, 0), values.shape, values.dtype)
    move = jnp.exp(getattr(state.widths, name).logarithm) * (2 * uniforms - 1)
    return sweep(model, name, mask, lambda v, _: v + move, random.fold(words, 1), state.fields, parameters)


def local_metropolis(model: Model, options: LocalMetropolis) -> Sampler:
    """(init, step); a step is one sweep over all fields in order."""
    require_colours(model, options.colours)
    fields_type = type(model.kinds)

    def init(words: Array, parameters: Any) -> LocalState:
        fields = start_fields(words, model, options.chains, options.start)
        return LocalState(fields, start_widths(model, options.width))

    def move(words: Array, state: LocalState, parameters: Any, adapt: bool) -> tuple[LocalState, Info]:
        infos = []
        for number, name in enumerate(model.fields):
            with jax.named_scope(f"metropolis_{name}"):
                stream, mask = random.fold(words, number), options.colours[name]
                fields, info = metropolis_sweep(model, name, mask, stream, state, parameters)
            state = LocalState(fields, state.widths)
            if adapt:
                width = adapt_scale(getattr(state.widths, name), jnp.mean(info["acceptance"]), options.target)
                state = state._replace(widths=state.widths._replace(**{name: width}))
            infos.append(info)
        return state, mean_info(infos)

    def end_warmup(state: LocalState) -> LocalState:
        return state._replace(widths=fields_type(*map(freeze_scale, state.widths)))

    def step(words: Array, state: LocalState, parameters: Any) -> tuple[LocalState, Info]:
        return move(words, state, parameters, False)

    def warmup_step(words: Array, state: LocalState, parameters: Any) -> tuple[LocalState, Info]:
        return move(words, state, parameters, options.width is None)

    remedy = "a smaller width or a cold start"
    return Sampler(model, options.chains, options.warmup, init, step, warmup_step, end_warmup, remedy)


def start_widths(model: Model, width: float | None) -> Any:
    """Fields of Scale."""
    scale = start_scale(width or DEFAULT_WIDTH, jnp.dtype(model.dtype))
    return type(model.kinds)(*(scale for _ in model.fields))


def mean_info(infos: list[Info]) -> Info:
    """Mean of several infos with the same names."""
    return {name: sum(info[name] for info in infos) / len(infos) for name in infos[0]}
