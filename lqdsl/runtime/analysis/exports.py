"""Series for other packages, imported only when asked for."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lqdsl.runtime.analysis.gamma import as_series
from lqdsl.runtime.errors import RuntimeInputError


def to_pyerrors(series: np.ndarray, ensemble: str) -> Any:
    """A `pyerrors.Obs` of [chain, draw], or an array of them over the components; chain i is `ensemble|r<i>`."""
    try:
        import pyerrors
    except ImportError as error:
        raise RuntimeInputError("to_pyerrors needs the package pyerrors: pip install pyerrors") from error
    series = as_series(series)
    names = [f"{ensemble}|r{number:04d}" for number in range(len(series))]
    flat = series.reshape(*series.shape[:2], -1)
    found = [pyerrors.Obs([np.ascontiguousarray(chain) for chain in flat[..., i]], names) for i in range(flat.shape[-1])]
    return np.array(found, dtype=object).reshape(series.shape[2:]) if series.ndim > 2 else found[0]


def to_arviz(series: Mapping[str, np.ndarray]) -> Any:
    """ArviZ's container with group `posterior` of arrays [chain, draw, ...], for arviz 0.x and 1.x."""
    try:
        import arviz
    except ImportError as error:
        raise RuntimeInputError("to_arviz needs the package arviz: pip install arviz") from error
    groups = {"posterior": {name: as_series(values) for name, values in series.items()}}
    if int(arviz.__version__.split(".")[0]) >= 1:
        return arviz.from_dict(groups)
    return arviz.from_dict(**groups)
