"""What every generated module shares. Names are loaded when they are first used, so HMC alone never imports optax."""

from importlib import import_module
from typing import Any

from lqdsl.runtime.xla_flags import set_flags

ABI = 1
set_flags()

_HOME = {
    "Adam": "train.options",
    "Affine": "kernels.affine",
    "Angle": "manifolds",
    "Anneal": "train.options",
    "Axial": "kernels.axial",
    "Box": "boxes",
    "CNN": "nets.cnn",
    "Chain": "kernels.chain",
    "CircularSpline": "kernels.circular",
    "CoarseMask": "masks",
    "Complex": "kinds",
    "Correlator": "analysis",
    "Coupling": "flow.coupling",
    "Data": "data",
    "Element": "groups",
    "Flow": "flow.flow",
    "FlowMetropolis": "samplers",
    "Frame": "flow.frame",
    "FreeField": "priors",
    "HMC": "samplers",
    "Haar": "priors",
    "Heatbath": "samplers",
    "Lattice": "lattice",
    "LinearMask": "masks",
    "LinkUpdate": "flow.loops",
    "Links": "kinds",
    "LocalMetropolis": "samplers",
    "LoopCoupling": "flow.loops",
    "MLP": "nets.mlp",
    "Matrix": "groups",
    "MatrixFrame": "flow.matrix_frame",
    "Mean": "annotations",
    "Model": "model",
    "Mix": "kernels.mix",
    "Moebius": "kernels.moebius",
    "NCP": "kernels.projection",
    "Normal": "priors",
    "Number": "annotations",
    "Overrelaxation": "samplers",
    "Pairs": "model",
    "Radial": "kernels.radial",
    "Real": "kinds",
    "Recursive": "kernels.recursive",
    "Rows": "rows",
    "Runner": "samplers",
    "SU": "groups",
    "Scalar": "analysis",
    "SeamMask": "masks",
    "SiteMask": "masks",
    "Spectral": "kernels.spectral",
    "Sphere": "manifolds",
    "Spline": "kernels.spline",
    "Stop": "train.options",
    "Stout": "gauge",
    "Sweeps": "samplers",
    "TableMask": "masks",
    "Tempering": "samplers",
    "Trajectories": "samplers",
    "TrainOptions": "train.options",
    "Trainer": "train.trainer",
    "U": "groups",
    "U1": "groups",
    "Uniform": "priors",
    "Vector": "kinds",
    "WilsonFlow": "gauge",
    "Wolff": "samplers",
    "all_pairs": "bonds",
    "borders": "groups",
    "correlator": "analysis",
    "effective_mass": "analysis",
    "evaluate": "train.evaluate",
    "flat": "bonds",
    "kept": "groups",
    "link_force": "groups",
    "link_forces": "groups",
    "minimum_image": "boxes",
    "pair_products": "bonds",
    "path": "gauge",
    "pole_mass": "analysis",
    "proposals": "drawing",
    "require": "abi",
    "second_moment_mass": "analysis",
    "site_pairs": "bonds",
    "star": "bonds",
    "steps": "flow.loops",
    "stack_links": "kinds",
    "topological_charge": "gauge",
    "whole_turns": "gauge",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"lqdsl.runtime has no {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(["ABI", *_HOME])
