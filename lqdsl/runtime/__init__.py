"""What every generated module shares. Names are loaded when they are first used, so HMC alone never imports optax."""

from importlib import import_module
from typing import Any

ABI = 1

_HOME = {
    "Adam": "train.options",
    "Affine": "kernels.affine",
    "CNN": "nets.cnn",
    "Complex": "kinds",
    "Correlator": "analysis",
    "Coupling": "flow.coupling",
    "Flow": "flow.flow",
    "FlowMetropolis": "samplers",
    "FreeField": "priors",
    "HMC": "samplers",
    "Lattice": "lattice",
    "LinearMask": "masks",
    "LocalMetropolis": "samplers",
    "MLP": "nets.mlp",
    "Mean": "annotations",
    "Model": "model",
    "Normal": "priors",
    "Number": "annotations",
    "Overrelaxation": "samplers",
    "Real": "kinds",
    "Runner": "samplers",
    "Scalar": "analysis",
    "Spline": "kernels.spline",
    "Stop": "train.options",
    "TableMask": "masks",
    "TrainOptions": "train.options",
    "Trainer": "train.trainer",
    "Vector": "kinds",
    "correlator": "analysis",
    "effective_mass": "analysis",
    "evaluate": "train.evaluate",
    "pole_mass": "analysis",
    "proposals": "drawing",
    "require": "abi",
    "second_moment_mass": "analysis",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"lqdsl.runtime has no {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(["ABI", *_HOME])
