"""Every option that a file may give is one that the runtime takes, and every choice builds."""

import dataclasses

import pytest
from compiled import module

from lqdsl import runtime as rt
from lqdsl.codegen.blocks import _CLASSES as CLASSES
from lqdsl.semantics.blocks import ACTIVATIONS, COUPLE, PRIOR, SAMPLERS, TRAIN

FILE = "lattice [4, 4]\nfield phi : real\naction = sum[x]( phi(x)^2 + phi(x)^4 )\n"
CHOICES = {
    name: table for block in (PRIOR, COUPLE, TRAIN) for spec in block.values() for name, table in spec.choices.items()
}
MASKS = ("checkerboard", "stripes", "random")
LOSSES = ("reverse_kl", "forward_kl")
COMPILER_ONLY = {"schedule", "warmup", "clip", "composition", "backward"}
"""Options of `train` that the generated module hands to the optimizer and to the flow."""


def accepted(runtime_name: str) -> set[str]:
    """Fields of a dataclass of the runtime."""
    return {field.name for field in dataclasses.fields(getattr(rt, runtime_name.removeprefix("rt.")))}


@pytest.mark.parametrize("name", sorted(set(CHOICES) - set(MASKS) - set(LOSSES)))
def test_options_of_a_choice_are_those_of_the_runtime(name: str) -> None:
    assert set(CHOICES[name]) <= accepted(CLASSES[name])


@pytest.mark.parametrize("name", SAMPLERS)
def test_options_of_a_sampler_are_those_of_the_runtime(name: str) -> None:
    assert set(SAMPLERS[name]) <= accepted(CLASSES[name])


def test_options_of_the_training_are_those_of_the_runtime() -> None:
    assert set(TRAIN) - COMPILER_ONLY <= accepted("TrainOptions")
    assert {"schedule", "warmup", "clip"} <= accepted("Adam")
    assert {"composition", "backward"} <= accepted("Flow")


@pytest.mark.parametrize("net", ["cnn", "mlp"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_builds(net: str, activation: str) -> None:
    """An even action has odd nets where the activation allows it, and plain ones elsewhere."""
    built = module(FILE + f"flow {{ couple phi {{ net = {net}(hidden = [4], activation = {activation}) }} }}\n")
    (coupling,) = built.MODEL.flow.couplings
    assert coupling.net.activation == activation
    assert coupling.net.odd == (activation in ("tanh", "isru", "arctan", "arcsinh", "sin"))


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_builds(name: str) -> None:
    built = module(FILE + f"sample mine {{ method = {name}  chains = 2  draws = 5 }}\n")
    assert built.MODEL.samplers["mine"].chains == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", {"batch": rt.TrainOptions().batch}),
        ("batch = 2^6  steps = 1e3", {"batch": 64, "steps": 1000}),
        ("stop when ess > 0.5 or minutes > 2  stop when plateau(100)", {"stop": 3}),
        ("optimizer = adam(rate = 1e-2, b1 = 0.8)  schedule = cosine  clip = 1", {"optimizer": 0.01}),
    ],
)
def test_training_options(options: str, expected: dict[str, float]) -> None:
    train = module(FILE + f"train {{ {options} }}\n").MODEL.train
    seen = {"batch": train.batch, "steps": train.steps, "stop": len(train.stop), "optimizer": train.optimizer.rate}
    assert {key: seen[key] for key in expected} == expected
