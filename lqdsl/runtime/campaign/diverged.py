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
    error.args = (f"{error}\n{first}\nthe last good state is kept in {checkpoints}",)
    return error


def _parts(trainer: Trainer, state: Any) -> Iterator[tuple[bool, str]]:
    """(finite, description) along the computation of the loss: weights, samples of the flow, terms of the action."""
    model, parameters = trainer.model, trainer.parameters
    for path, leaf in jax.tree_util.tree_leaves_with_path(state.weights):
        yield _finite(leaf), f"the weights {jax.tree_util.keystr(path)} are not finite before the step"
    key = trainer.sample_key(state)
    fields, log_q = model.flow.sample(state.weights, key, min(SAMPLES, trainer.piece))
    for name, values in zip(model.fields, fields, strict=True):
        yield _finite(values), f"the flow makes samples of {name} that are not finite"
    largest = f"the largest field is {max(float(jnp.max(jnp.abs(leaf))) for leaf in jax.tree.leaves(fields)):g}"
    yield _finite(log_q), f"log q of the flow is not finite; {largest}"
    terms = {} if model.action_terms is None else model.action_terms(fields, parameters)
    for place, values in terms.items():
        yield _finite(values), f"{place}: this term of the action is not finite; {largest}"
    yield _finite(model.action(fields, parameters)), f"{model.source}: the action is not finite; {largest}"


def _finite(values: Any) -> bool:
    return bool(np.all(np.isfinite(np.asarray(values))))
