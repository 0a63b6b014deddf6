"""Couplings as the compiled functions take them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import NumericalError
from lqdsl.runtime.model import Model


def check_parameters(model: Model, parameters: Any) -> None:
    """Raises NumericalError for a coupling that the dtype of the model cannot hold."""
    largest = float(jnp.finfo(model.dtype).max)
    typed = {name: written for written, name in model.parameter_names.items()}
    for name, values in parameters._asdict().items():
        for value in np.ravel(np.asarray(values, np.float64)):
            if not abs(value) <= largest:
                remedy = "; compile for float64, `--dtype float64`" if model.dtype == "float32" else ""
                raise NumericalError(
                    f"{typed.get(name, name)} = {value:g} is more than {model.dtype} can hold, {largest:.2g}{remedy}"
                )


def cast_parameters(model: Model, parameters: Any) -> Any:
    """Couplings as arrays, real ones in the dtype of the model. Raises NumericalError for those that it cannot hold."""
    check_parameters(model, parameters)
    return jax.tree.map(lambda v: jnp.asarray(v, None if isinstance(v, int) else model.dtype), parameters)
