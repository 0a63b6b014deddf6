"""Where a training broke: at which step, and which part of the computation was the first that is not finite."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.train import Trainer, TrainingDiverged

SAMPLES = 1024


def locate(error: TrainingDiverged, trainer: Trainer, state: Any, checkpoints: Path) -> TrainingDiverged:
    """The same error, with the first part that is not finite in the step that failed, as far as it can be reproduced.

    `state` is the last good one; the steps up to the failure are made again.
    """
    first = "the parts could not be examined"
    try:
        before = error.step - int(state.step)
        if before > 0:
            state, _ = trainer.run(state, before)
        first = next((text for finite, text in _parts(trainer, state) if not finite), "")
        first = first or "prior, flow and action are finite on fresh samples: only the gradient broke"
    except ArithmeticError:
        pass
    error.args = (f"{error}\n{first}\nthe state of step {int(state.step)} or before is kept in {checkpoints}",)
    return error


def _parts(trainer: Trainer, state: Any) -> Iterator[tuple[bool, str]]:
    """(finite, description) along the computation of the loss: weights, samples of the flow, terms of the action."""
    model, parameters = trainer.model, trainer.parameters
    for path, leaf in jax.tree_util.tree_leaves_with_path(state.weights):
        yield _finite(leaf), f"the weights {jax.tree_util.keystr(path)} are not finite before the step"
    key = jax.random.fold_in(jax.random.fold_in(jax.random.fold_in(state.key, 0), state.step), 0)
    fields, log_q = model.flow.sample(state.weights, key, min(SAMPLES, trainer.options.piece))
    for name, values in zip(model.fields, fields, strict=True):
        yield _finite(values), f"the flow ({_place(model, 'flow')}) makes samples of {name} that are not finite"
    largest = max(float(jnp.max(jnp.abs(leaf))) for leaf in jax.tree.leaves(fields))
    yield _finite(log_q), f"log q of the flow ({_place(model, 'flow')}) is not finite; largest field {largest:g}"
    terms = getattr(model, "action_terms", None)
    if terms is not None:
        for place, values in terms(fields, parameters).items():
            yield _finite(values), f"the term {place} of the action is not finite; largest field {largest:g}"
    action = model.action(fields, parameters)
    yield _finite(action), f"the action ({_place(model, 'action')}) is not finite; largest field {largest:g}"


def _finite(values: Any) -> bool:
    return bool(np.all(np.isfinite(np.asarray(values))))


def _place(model: Any, part: str) -> str:
    places = getattr(model, "places", {})
    return places.get(part, model.source)
