"""Samples of the target for training by forward KL, taken from the configurations of another run."""

from pathlib import Path
from typing import Any

import numpy as np

from lqdsl.runtime.campaign.records import Arrays
from lqdsl.runtime.campaign.shards import MANIFEST, Shards
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.model import Model
from lqdsl.runtime.storage import read_arrays


def read_configurations(folder: Path) -> Arrays:
    """Fields by name, [component, x..., sample], of all draws and chains in a folder `configurations/<sampler>`."""
    if not (folder / MANIFEST).is_file():
        raise RuntimeInputError(f"{folder} holds no configurations: give the folder configurations/SAMPLER of a run")
    stored = Shards(folder, "cfg").read()
    return {name: _last(values) for name, values in stored.items() if name != "draw"}


def _last(values: np.ndarray) -> np.ndarray:
    """[draw, ..., chain] to [..., sample]."""
    moved = np.moveaxis(values, 0, -1)
    return np.ascontiguousarray(moved.reshape(*moved.shape[:-2], -1))


def load_samples(file: Path, model: Model) -> Any:
    """`Fields` of samples from a file of `read_configurations`; raises RuntimeInputError where they do not fit."""
    return as_fields(read_arrays(file), model, str(file))


def as_fields(arrays: Arrays, model: Model, place: str) -> Any:
    """`Fields` of named arrays [component, x..., sample]; raises RuntimeInputError where they do not fit."""
    for name, kind in zip(model.fields, model.kinds, strict=True):
        shape, wanted = (arrays[name].shape if name in arrays else None), kind.shape(model.lattice)
        if shape is None or shape[:-1] != wanted or shape[-1] < 1:
            raise RuntimeInputError(
                f"{place}: samples of {name} must be [{', '.join(map(str, wanted))}, n], got {shape}"
            )
    return type(model.kinds)(*(arrays[name].astype(model.dtype) for name in model.fields))
