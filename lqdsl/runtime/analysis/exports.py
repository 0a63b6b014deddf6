"""Series for other packages, imported only when asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from lqdsl.runtime.analysis.gamma import as_series
from lqdsl.runtime.errors import RuntimeInputError


def to_pyerrors(series: np.ndarray, ensemble: str) -> Any:
    """A `pyerrors.Obs` of [chain, draw], or an array of them over the components; chain i is `ensemble|r<i>`."""
    pyerrors = _package("pyerrors")
    series = as_series(series)
    names = [f"{ensemble}|r{number:04d}" for number in range(len(series))]
    flat = series.reshape(*series.shape[:2], -1)
    found = [
        pyerrors.Obs([np.ascontiguousarray(chain) for chain in flat[..., i]], names) for i in range(flat.shape[-1])
    ]
    return np.array(found, dtype=object).reshape(series.shape[2:]) if series.ndim > 2 else found[0]


def to_arviz(series: Mapping[str, np.ndarray]) -> Any:
    """ArviZ's container with group `posterior` of arrays [chain, draw, ...], for arviz 0.x and 1.x."""
    arviz = _package("arviz")
    groups = {"posterior": {name: as_series(values) for name, values in series.items()}}
    if int(arviz.__version__.split(".")[0]) >= 1:
        return arviz.from_dict(groups)
    return arviz.from_dict(**groups)


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise RuntimeInputError(f"this needs the package {name}: pip install {name}") from error
