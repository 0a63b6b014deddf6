"""The trained flow against the samplers: its weights on their configurations, and what it says of derived quantities."""

from functools import partial
from typing import Any

import jax
import numpy as np

from lqdsl.runtime.analysis import Estimate, derived_estimate
from lqdsl.runtime.analysis.derived import ReweightedMeans
from lqdsl.runtime.analysis.weights import forward_effective_samples
from lqdsl.runtime.campaign.keys import stage_key
from lqdsl.runtime.campaign.samples import as_fields, read_configurations
from lqdsl.runtime.campaign.sampling import is_sampled, read_last
from lqdsl.runtime.drawing import proposals
from lqdsl.runtime.model import Model

SAMPLES = 65536
CONFIGURATIONS = 16384
"""Configurations of a sampler that are looked at, at most, evenly spaced."""
PIECE = 1024
FEWEST = 64
DISAGREEMENT = 0.5
"""A forward ESS below this part of the reverse one is a warning."""


def is_compared(options: Any) -> bool:
    """Whether the flow is judged on what a sampler draws: on what it keeps, or on the last configurations of its chains."""
    return type(options).__name__ != "FlowMetropolis" and (options.save > 0 or options.chains >= FEWEST)


def forward_ess(run: Any, model: Model, weights: Any) -> dict[str, float]:
    """Forward ESS of the flow on at least `FEWEST` configurations of each finished sampler that needs no flow."""
    found = {}
    for name, options in model.samplers.items():
        if not is_compared(options) or not is_sampled(run, name, options):
            continue
        folder = run.configurations(name).folder
        arrays = read_configurations(folder) if options.save else read_last(run, name)
        log_weights = _log_weights(model, weights, as_fields(arrays, model, name))
        if len(log_weights) >= FEWEST:
            found[name] = forward_effective_samples(log_weights)
    return found


def warnings(reverse: float, forward: dict[str, float], train: Any = None) -> list[str]:
    """What to do where the flow looks better on its own samples than on those of the target; `train` are the options of
    its training."""
    return [
        f"the flow has an ESS of {reverse:.3g} on its own samples and of {value:.3g} on those of {name}: it misses a part of the "
        f"distribution, and what it proposes will be biased in any run of finite length; {_remedy(name, train)}"
        for name, value in forward.items()
        if value < DISAGREEMENT * reverse
    ]


def _remedy(name: str, train: Any) -> str:
    """Samples of the target for the training, or where it had them, what else may lack."""
    if train is None or not train.needs_samples:
        return f"train it with `loss = mixed({name})`"
    samples = f"those of {train.sampler} (a longer `warmup`)" if train.sampler else "the given samples"
    return f"train longer or with more layers, and see that {samples} are in equilibrium and not too few"


def reweighted(model: Model, weights: Any, seed: int) -> dict[str, Estimate]:
    """The derived quantities `model.reweighted` from independent samples of the flow and their weights."""
    fields, log_weights = proposals(model, weights, model.parameters, stage_key(seed, "reweight"), SAMPLES)
    observe = jax.jit(model.observables)
    parts = [observe(jax.tree.map(partial(_piece, n), fields), model.parameters) for n in range(SAMPLES // PIECE)]
    series = {
        name: np.moveaxis(np.concatenate([np.asarray(part[name]) for part in parts], axis=-1), -1, 0)[None]
        for name in parts[0]
    }
    means = partial(ReweightedMeans, series, np.asarray(log_weights, np.float64))
    return {name: derived_estimate(model.derived[name], means(), model.parameters) for name in model.reweighted}


def _piece(number: int, values: jax.Array) -> jax.Array:
    return values[..., number * PIECE : (number + 1) * PIECE]


def _log_weights(model: Model, weights: Any, fields: Any) -> np.ndarray:
    """-S - log q, float64 [sample], in pieces of one size; what is left over at the end is not looked at."""
    total = jax.tree.leaves(fields)[0].shape[-1]
    chosen = np.unique(np.linspace(0, total - 1, min(total, CONFIGURATIONS)).astype(int))
    size = min(PIECE, len(chosen))

    @jax.jit
    def one(fields: Any) -> jax.Array:
        return -model.action(fields, model.parameters) - model.flow.log_prob(weights, fields)

    pieces = [chosen[n * size : (n + 1) * size] for n in range(len(chosen) // size)]
    values = [one(jax.tree.map(lambda array, own=own: array[..., own], fields)) for own in pieces]
    return np.concatenate([np.asarray(value, np.float64) for value in values])
