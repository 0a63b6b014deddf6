"""What is asked of weights and samples that a run is to begin with, before anything of it is written."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.campaign.campaign import Campaign
from lqdsl.runtime.campaign.initial import wanted_weights
from lqdsl.runtime.campaign.module import load_module
from lqdsl.runtime.campaign.records import Arrays
from lqdsl.runtime.campaign.samples import as_fields, read_configurations
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow import Flow
from lqdsl.runtime.model import Model

Leaf = tuple[str, tuple[int, ...]]
"""Type and shape."""
_RESULTS = ("even", "even_bias", "odd", "odd_bias")
"""Weights of the last layer of a net [layer, parameter of the kernel, ...]."""
_FRAMES = ("frame", "sides", "views")
LAYERS = "number of layers"


def model_of(name: str, module: str) -> Model:
    """The model of a generated module that is not stored yet."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.py"
        file.write_text(module, encoding="utf-8")
        model: Model = load_module(file).MODEL
        return model


def fitting_weights(folder: Path, model: Model) -> Any:
    """The weights of the run in `folder`; raises RuntimeInputError where it has none, or they do not fit the model."""
    if model.flow is None:
        raise RuntimeInputError(f"{model.name} has no flow that could start from the weights of {folder}")
    weights = Campaign(folder).weights()
    fresh = jax.eval_shape(lambda key: model.flow.init(key, jnp.dtype(model.dtype)), jax.random.key(0))
    wanted = wanted_weights(model.flow, fresh, len(weights["couplings"]))
    fault = f"the weights of {folder} do not fit the flow of {model.name}"
    types = [{kind for kind, _ in _leaves(tree).values()} for tree in (weights, wanted)]
    if all(types) and types[0] != types[1]:
        have, want = (" and ".join(sorted(names)) for names in types)
        raise RuntimeInputError(f"{fault}: they are {have}, not {want}; take the same --dtype for both runs")
    difference = next(_differences(weights, wanted, model.flow), None)
    if difference is not None:
        raise RuntimeInputError(
            f"{fault}: {difference}; take the fields and the `flow` block of {folder}: "
            "only parameters and, for convolutional nets, the extents may differ"
        )
    return weights


def fitting_samples(folder: Path, model: Model) -> Arrays:
    """Configurations of another run, `configurations/SAMPLER`; raises RuntimeInputError where they do not fit the model."""
    samples = read_configurations(folder)
    as_fields(samples, model, str(folder))
    return samples


def _differences(there: Any, here: Any, flow: Flow) -> Iterator[str]:
    """Ways in which weights are not those `here`, which the flow can start from."""
    if found := _parts(there["prior"], here["prior"], is_prior=True):
        yield f"the prior differs ({found['prior']})"
    counts = len(there["couplings"]), len(here["couplings"])
    if counts[0] != counts[1]:
        yield f"the number of coupling blocks differs ({counts[0]} there, {counts[1]} here)"
    first = len(flow.couplings) - counts[1]  # coarse scales that the weights lack come before
    for number, (own, other) in enumerate(zip(there["couplings"], here["couplings"], strict=False), first):
        if found := _parts(own, other):
            words = " and ".join(f"the {part} ({shown})" for part, shown in found.items())
            block = max(number, 0)  # those that the flow lacks are like its coarsest
            yield f"in coupling block {block + 1}, of `{flow.couplings[block].field}`, they differ in {words}"


def _parts(there: Any, here: Any, is_prior: bool = False) -> dict[str, str]:
    """Each part that differs, with the weights that show it."""
    own, other = _leaves(there), _leaves(here)
    found: dict[str, str] = {}
    for name in dict.fromkeys((*other, *own)):
        pair = own.get(name), other.get(name)
        if pair[0] != pair[1]:
            part = "prior" if is_prior else _part(name.split("."), *pair)
            shown = [_shown(leaf, part) for leaf in pair]
            found.setdefault(part, f"{'' if part == LAYERS else f'`{name}` is '}{shown[0]} there, {shown[1]} here")
    return found


def _shown(leaf: Leaf | None, part: str) -> str:
    if leaf is None:
        return "absent"
    kind, shape = leaf
    return str(shape[0]) if part == LAYERS else f"{kind}{list(shape)}"


def _part(names: list[str], there: Leaf | None, here: Leaf | None) -> str:
    """What of a coupling block decides on weights of this name and these shapes."""
    if there and here and there[1][0] != here[1][0]:
        return LAYERS
    if there and here and names[-1] in _RESULTS and there[1][1] != here[1][1]:
        return "kernel"
    return "frame" if names[0] in _FRAMES else "net"


def _leaves(tree: Any) -> Mapping[str, Leaf]:
    """Types and shapes by the names of the weights, `net.even` and the like."""
    pairs = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {
        jax.tree_util.keystr(place, simple=True, separator="."): (leaf.dtype.name, leaf.shape) for place, leaf in pairs
    }
