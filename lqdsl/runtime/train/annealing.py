"""Couplings that move during the training."""

from typing import Any

import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.train.options import TrainOptions


def annealed(parameters: Any, options: TrainOptions, step: Any) -> Any:
    """The parameters that step number `step` is trained at; a function of the step alone, so runs can be resumed."""
    moved = {}
    for rule in options.anneal:
        end = getattr(parameters, rule.parameter)
        part = jnp.minimum(step / (rule.fraction * options.steps), 1.0)
        moved[rule.parameter] = rule.start + (end - rule.start) * part
    return parameters._replace(**moved) if moved else parameters


def check_annealing(parameters: Any, options: TrainOptions) -> None:
    """Raises RuntimeInputError for a parameter that the model does not have."""
    for rule in options.anneal:
        if not hasattr(parameters, rule.parameter):
            raise RuntimeInputError(f"cannot anneal {rule.parameter!r}: the parameters are {parameters._fields}")
