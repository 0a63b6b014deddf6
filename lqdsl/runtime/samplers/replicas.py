"""What moves the replicas of parallel tempering at their rungs: trajectories of HMC, or sweeps of local Metropolis."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.adaptation import Scale, adapt_scale, freeze_scale, start_scale
from lqdsl.runtime.samplers.base import Info, require_counts
from lqdsl.runtime.samplers.hmc import DEFAULT_STEPS, MAXIMUM_STEPS, require_trajectory, trajectory
from lqdsl.runtime.samplers.integrators import INTEGRATORS
from lqdsl.runtime.samplers.ladder import weighted
from lqdsl.runtime.samplers.local import DEFAULT_WIDTH, LocalState, mean_info, metropolis_sweeps
from lqdsl.runtime.samplers.site import Colours, require_colours


@dataclass(frozen=True)
class Trajectories:
    """One trajectory of HMC for each replica, with as many steps at all rungs and a step size for each.

    trajectory: length at b = 1; at other rungs it is at most trajectory / sqrt(b). Warm-up looks at each rung for the step
    size at which the mean of min(1, exp(-dH)) is `target`. steps: their number, None for ceil(trajectory / step size).
    integrator, jitter: as in HMC.
    """

    trajectory: float = 1.0
    steps: int | None = None
    integrator: str = "omelyan"
    jitter: float = 0.1
    target: float = 0.8

    def __post_init__(self) -> None:
        require_trajectory(self)

    def check(self, model: Model, colours: Mapping[str, Colours]) -> None:
        """Every theory has trajectories."""

    def start(self, model: Model, weights: Array) -> Scale:
        """Step sizes [rung]."""
        first = start_scale(self.trajectory / (self.steps or DEFAULT_STEPS), weights.dtype)
        sizes = first.logarithm - 0.5 * jnp.log(weights)
        return Scale(sizes, sizes, first.updates)

    def move(
        self,
        model: Model,
        colours: Any,
        words: Array,
        replicas: Any,
        sizes: Scale,
        weights: Array,
        parameters: Any,
        parts: Any = 1.0,
    ) -> tuple[Any, Info]:
        """Replicas [..., rung * chain] after a trajectory each, or after `parts` of one, a number or [rung * chain]; info
        [rung * chain]."""
        chains = jax.tree.leaves(replicas)[0].shape[-1] // len(weights)
        size = jnp.exp(sizes.logarithm)
        wanted = jnp.clip(jnp.ceil(self.trajectory / size[0]), 1, MAXIMUM_STEPS)
        steps = (wanted if self.steps is None else jnp.asarray(self.steps)).astype(jnp.int32)
        length = jnp.minimum(size * steps.astype(size.dtype), self.trajectory / jnp.sqrt(weights))
        theory, rule = weighted(model, jnp.repeat(weights, chains)), INTEGRATORS[self.integrator]
        length = jnp.repeat(length, chains) * parts
        return trajectory(theory, rule, words, replicas, parameters, length, steps, self.jitter)

    def adapt(self, model: Model, sizes: Scale, info: Info, weights: Array) -> Scale:
        """Step sizes after a step of warm-up, at most the length of a trajectory."""
        found = adapt_scale(sizes, rung_means(info["acceptance"], len(weights)), self.target)
        longest = log(self.trajectory) - 0.5 * jnp.log(weights)
        return found._replace(logarithm=jnp.minimum(found.logarithm, longest))

    def freeze(self, sizes: Scale) -> Scale:
        """The averages become the sizes in use."""
        return freeze_scale(sizes)


@dataclass(frozen=True)
class Sweeps:
    """`sweeps` sweeps of local Metropolis for each replica, with a width for each field and rung that warm-up finds.

    hits, target: as in LocalMetropolis.
    """

    sweeps: int = 1
    hits: int = 1
    target: float = 0.5

    def __post_init__(self) -> None:
        require_counts(sweeps=self.sweeps, hits=self.hits)
        if not 0 < self.target < 1:
            raise RuntimeInputError(f"need 0 < target < 1, got {self.target}")

    def check(self, model: Model, colours: Mapping[str, Colours]) -> None:
        """Raise RuntimeInputError where a field has no local update."""
        require_colours(model, colours, model.link_actions, "link actions")

    def start(self, model: Model, weights: Array) -> Any:
        """Fields of widths [rung]."""
        one = start_scale(DEFAULT_WIDTH, weights.dtype)
        rungs = jnp.full_like(weights, one.logarithm)
        return type(model.kinds)(*(Scale(rungs, rungs, one.updates) for _ in model.fields))

    def move(
        self,
        model: Model,
        colours: Any,
        words: Array,
        replicas: Any,
        widths: Any,
        weights: Array,
        parameters: Any,
        parts: Any = 1.0,
    ) -> tuple[Any, Info]:
        """Replicas [..., rung * chain] after the sweeps, of which there are no `parts`; info [rung * chain], the acceptance
        of each field beside it."""
        chains = jax.tree.leaves(replicas)[0].shape[-1] // len(weights)
        theory = weighted(model, jnp.repeat(weights, chains))
        spread = type(model.kinds)(*(w._replace(logarithm=jnp.repeat(w.logarithm, chains)) for w in widths))

        def sweep(number: Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            state, stream = LocalState(carry[0], spread), random.fold(words, number)
            fields, infos = metropolis_sweeps(theory, colours, self.hits, stream, state, parameters)
            return fields, jax.tree.map(lambda total, new: total + new / self.sweeps, carry[1], infos)

        zero = jnp.zeros(len(weights) * chains, weights.dtype)
        start = [{"acceptance": zero, "invalid": zero} for _ in model.fields]
        replicas, infos = jax.lax.fori_loop(0, self.sweeps, sweep, (replicas, start))
        kinds = zip(model.kinds, replicas, strict=True)
        fields = type(model.kinds)(*(kind.restored(values) for kind, values in kinds))
        found = {f"acceptance_{name}": info["acceptance"] for name, info in zip(model.fields, infos, strict=True)}
        return fields, {**mean_info(infos), **found}

    def adapt(self, model: Model, widths: Any, info: Info, weights: Array) -> Any:
        """Widths after a step of warm-up."""
        rates = (rung_means(info[f"acceptance_{name}"], len(weights)) for name in widths._fields)
        found = zip(widths, rates, model.kinds, strict=True)
        return type(widths)(*(adapt_scale(w, rate, self.target, kind.widest) for w, rate, kind in found))

    def freeze(self, widths: Any) -> Any:
        """The averages become the widths in use."""
        return type(widths)(*map(freeze_scale, widths))


def rung_means(values: Array, rungs: int) -> Array:
    """Mean over chains [rung] of [rung * chain]."""
    return jnp.mean(values.reshape(rungs, -1), axis=1)
