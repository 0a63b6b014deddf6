"""Hybrid Monte Carlo (Duane, Kennedy, Pendleton, Roweth, Phys. Lett. B 195 (1987) 216) for all fields of a model."""

from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups import borders, computed_once
from lqdsl.runtime.kinds import Links
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.adaptation import Scale, adapt_scale, freeze_scale, start_scale
from lqdsl.runtime.samplers.base import Info, Sampler, require_common, require_counts
from lqdsl.runtime.samplers.chains import (
    chain_sum,
    metropolis,
    normal_momenta,
    select,
    start_fields,
)
from lqdsl.runtime.samplers.integrators import INTEGRATORS, Integrator, Phase, integrate
from lqdsl.runtime.samplers.stragglers import (
    count_rejections,
    judged_acceptance,
    patience,
    shortening,
    start_rejections,
)

DEFAULT_STEPS = 10
MAXIMUM_STEPS = 1000


@dataclass(frozen=True)
class HMC:
    """Options of HMC with H = sum p^2 / 2 + S, momenta drawn afresh for every trajectory.

    trajectory: length of molecular dynamics time, kept as given.
    steps: integrator steps; None (or adapt=True) finds, during warm-up only, the step size eps at which the mean of
        min(1, exp(-dH)) is `target`, and then keeps ceil(trajectory / eps) steps. A number with adapt=None stays.
        Chains that do not move take shorter trajectories meanwhile, see `stragglers`.
    jitter: each trajectory of each chain is longer by a factor uniform in [1 - jitter, 1 + jitter], at equal steps.
    thin: trajectories for each draw. save: keep every save-th configuration (0: none).
    """

    chains: int = 64
    draws: int = 10000
    warmup: int = 1000
    trajectory: float = 1.0
    steps: int | None = None
    integrator: str = "omelyan"
    jitter: float = 0.1
    adapt: bool | None = None
    target: float = 0.8
    thin: int = 1
    start: str = "cold"
    save: int = 0

    def __post_init__(self) -> None:
        require_common(self.draws, self.chains, self.warmup, self.thin, self.start, self.save)
        require_trajectory(self)

    @property
    def adapts(self) -> bool:
        """Whether warm-up chooses the number of steps."""
        return self.steps is None if self.adapt is None else self.adapt

    def build(self, model: Model) -> Sampler:
        """The sampler of these options for a model."""
        return hmc(model, self)


def require_trajectory(options: Any) -> None:
    """Checks of the options that all samplers with trajectories share; raises RuntimeInputError."""
    require_counts(steps=DEFAULT_STEPS if options.steps is None else options.steps)
    if options.integrator not in INTEGRATORS:
        raise RuntimeInputError(f"integrator must be one of {', '.join(INTEGRATORS)}, got {options.integrator!r}")
    if not (options.trajectory > 0 and 0 <= options.jitter < 1 and 0 < options.target < 1):
        raise RuntimeInputError(f"need trajectory > 0, 0 <= jitter < 1 and 0 < target < 1, got {options}")


class HMCState(NamedTuple):
    """fields [component, x..., chain]; the search for the step size; steps of a trajectory, int32; rejections in a row
    during warm-up, int32 [chain]."""

    fields: Any
    scale: Scale
    steps: Array
    rejections: Array


def along(model: Model, fields: Any, vectors: Any) -> Any:
    """Momenta or forces as tangent vectors at the fields."""
    parts = zip(model.kinds, fields, vectors, strict=True)
    return type(model.kinds)(*(kind.tangent(values, part) for kind, values, part in parts))


def moves(model: Model, parameters: Any) -> tuple[Any, Any]:
    """(kick, drift) of H = sum p^2 / 2 + S on (fields, momenta)."""

    def kick(phase: Phase, time: Any) -> Phase:
        fields, momenta = phase
        force = along(model, fields, model.force(fields, parameters))
        return fields, jax.tree.map(lambda p, f: p + time * f, momenta, force)

    def drift(phase: Phase, time: Any) -> Phase:
        moved = [kind.move(q, p, time) for kind, q, p in zip(model.kinds, *phase, strict=True)]
        fields, momenta = zip(*moved, strict=True)
        return type(model.kinds)(*fields), type(model.kinds)(*momenta)

    return kick, drift


def energy_difference(model: Model, new: Phase, old: Phase, parameters: Any) -> Array:
    """H(new) - H(old) [chain], kinetic part as (p' - p)(p' + p) / 2.

    With a density both parts are added at each site before the sum over sites: what the momenta lose the fields gain, so
    in float32 the rounding error is that of the small difference.
    """
    pairs = zip(model.kinds, new[1], old[1], strict=True)
    parts = [kind.per_site(0.5 * (p - q) * (p + q)) for kind, p, q in pairs]
    kinetic = reduce(jnp.add, parts)
    if model.density is None:
        return model.action(new[0], parameters) - model.action(old[0], parameters) + chain_sum(kinetic)
    after, before = _densities(model, new[0], old[0], parameters)
    return chain_sum(after - before + kinetic)


def _densities(model: Model, new: Any, old: Any, parameters: Any) -> tuple[Array, Array]:
    """Action per site of both; with links as two turns of a loop, which halves the code to compile."""
    density = model.density
    assert density is not None
    if not any(isinstance(kind, Links) for kind in model.kinds):
        return density(new, parameters), density(old, parameters)
    both = jax.lax.map(lambda fields: density(fields, parameters), jax.tree.map(lambda *f: jnp.stack(f), new, old))
    return both[0], both[1]


def trajectory(
    model: Model, rule: Integrator, words: Array, fields: Any, parameters: Any, length: Any, steps: Array, jitter: float
) -> tuple[Any, Info]:
    """Fields after one trajectory and its test; info holds acceptance, accepted, delta_h,
    exp_minus_delta_h, of mean 1 in equilibrium, invalid and steps, all [chain].

    `length` is a number or [chain]; each chain makes it longer by a factor uniform in [1 - jitter, 1 + jitter].
    """
    dtype, chains = jnp.dtype(model.dtype), jax.tree.leaves(fields)[0].shape[-1]
    with jax.named_scope("hmc"):
        always = steps > 0
        momenta = computed_once(always, lambda: normal_momenta(words, model, chains))
        old = (fields, along(model, fields, momenta))
        stream = random.fold(words, len(model.fields))
        uniforms = computed_once(always, lambda: random.uniform(stream, (2, chains), dtype))
        size = length * (1 + jitter * (2 * uniforms[0] - 1)) / steps.astype(dtype)
        with borders(always):
            new = integrate(rule, *moves(model, parameters), old, size, steps)
            delta = energy_difference(model, new, old, parameters)
        accepted, probability = computed_once(always, lambda: metropolis(uniforms[1], delta))
        with borders(always):
            chosen = zip(model.kinds, select(accepted, new[0], old[0]), strict=True)
            fields = type(model.kinds)(*(kind.restored(values) for kind, values in chosen))
    return fields, {
        "acceptance": probability,
        "accepted": accepted.astype(dtype),
        "delta_h": delta,
        "exp_minus_delta_h": jnp.exp(-delta),
        "invalid": jnp.isnan(delta).astype(dtype),
        "steps": jnp.broadcast_to(steps.astype(dtype), (chains,)),
    }


def hmc(model: Model, options: HMC) -> Sampler:
    """(init, step) of HMC; info as of `trajectory`."""
    rule: Integrator = INTEGRATORS[options.integrator]
    dtype = jnp.dtype(model.dtype)
    steps, limit = options.steps or DEFAULT_STEPS, patience(options.target)

    def init(words: Array, parameters: Any) -> HMCState:
        fields = start_fields(words, model, options.chains, options.start, parameters)
        scale = start_scale(options.trajectory / steps, dtype)
        return HMCState(fields, scale, jnp.asarray(steps, jnp.int32), start_rejections(options.chains))

    def move(words: Array, state: HMCState, parameters: Any, length: Any) -> tuple[HMCState, Info]:
        arguments = (state.fields, parameters, length, state.steps, options.jitter)
        fields, info = trajectory(model, rule, words, *arguments)
        return state._replace(fields=fields), info

    def step(words: Array, state: HMCState, parameters: Any) -> tuple[HMCState, Info]:
        return move(words, state, parameters, options.trajectory)

    def with_scale(state: HMCState, scale: Scale) -> HMCState:
        wanted = jnp.ceil(options.trajectory * jnp.exp(-scale.logarithm))
        return state._replace(scale=scale, steps=jnp.clip(wanted, 1, MAXIMUM_STEPS).astype(jnp.int32))

    def warmup_step(words: Array, state: HMCState, parameters: Any) -> tuple[HMCState, Info]:
        before = state.rejections
        state, info = move(words, state, parameters, options.trajectory * shortening(before, limit, dtype))
        state = state._replace(rejections=count_rejections(before, info["accepted"], limit))
        if not options.adapts:
            return state, info
        acceptance = jnp.mean(judged_acceptance(before, info["acceptance"], limit))
        return with_scale(state, adapt_scale(state.scale, acceptance, options.target)), info

    def end_warmup(state: HMCState) -> HMCState:
        return with_scale(state, freeze_scale(state.scale)) if options.adapts else state

    remedy = "more steps, a shorter trajectory, or a longer warmup from a cold start"
    return Sampler(model, options.chains, options.warmup, init, step, warmup_step, end_warmup, remedy)
