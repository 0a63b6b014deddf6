"""Every option that a file may give is one that the runtime takes, and every choice builds."""

import dataclasses
import re
from pathlib import Path

import pytest
from compiled import module

from lqdsl import runtime as rt
from lqdsl.codegen.calls import CIRCLE, CLASSES, UPDATES
from lqdsl.ir.kinds import Angle, Group, Kind, Real, Sphere
from lqdsl.semantics.options import Table
from lqdsl.semantics.tables import ACTIVATIONS, SAMPLERS, TRAIN, couple_table, prior_table

FILE = "lattice [4, 4]\nfield phi : real\naction = sum[x]( phi(x)^2 + phi(x)^4 )\n"
LINKS = """lattice [4, 4]
field U : link U(1)
loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
param beta = 2.0
action = -beta * sum[x, mu < nu]( re(tr(P[mu, nu](x))) )
"""
SPINS = "lattice [4, 4]\nfield s : sphere(3)\naction = -sum[x, mu]( dot(s(x), s(x + mu)) )\n"
KINDS = (Real(), Group("U", 1, True), Group("SU", 3, True), Angle(), Sphere(3))
CHOICES = [
    (kind, name, table)
    for kind in KINDS
    for block in (prior_table((kind,)), couple_table(kind), TRAIN)
    for spec in block.values()
    for name, table in spec.choices.items()
]
MASKS = ("checkerboard", "stripes", "random", "autoregressive", "hierarchical")
LOSSES = ("reverse_kl", "forward_kl", "mixed")
COMPILER_ONLY = {"schedule", "warmup", "clip", "composition", "backward"}
"""Options of `train` that the generated module hands to the optimizer and to the flow."""


def accepted(runtime_name: str) -> set[str]:
    """Fields of a dataclass of the runtime."""
    return {field.name for field in dataclasses.fields(getattr(rt, runtime_name.removeprefix("rt.")))}


@pytest.mark.parametrize(("kind", "name", "table"), CHOICES, ids=lambda item: item if isinstance(item, str) else "")
def test_options_of_a_choice_are_those_of_the_runtime(kind: Kind, name: str, table: Table) -> None:
    if name in LOSSES:
        assert set(table) <= accepted("TrainOptions")
    elif name not in MASKS:
        assert set(table) <= accepted((CIRCLE if kind in (KINDS[1], KINDS[3]) else CLASSES)[name])


@pytest.mark.parametrize("name", SAMPLERS)
def test_options_of_a_sampler_are_those_of_the_runtime(name: str) -> None:
    assert set(SAMPLERS[name]) <= accepted(CLASSES[name])


def test_options_of_the_updates_of_tempering_are_those_of_the_runtime() -> None:
    for name, table in SAMPLERS["tempering"]["update"].choices.items():
        assert set(table) <= accepted(UPDATES[name])


def test_updates_of_tempering() -> None:
    """With their own options, and the colours that sweeps need."""
    update = "metropolis(sweeps = 3, hits = 2, target = 0.4)"
    lines = (
        "sample tempering { update = hmc(steps = 7, integrator = leapfrog)  lowest = 0.2 }",
        f"sample swept {{ method = tempering  update = {update} }}",
    )
    built = module(FILE + "\n".join(lines)).MODEL.samplers
    assert built["tempering"] == rt.Tempering(lowest=0.2, update=rt.Trajectories(steps=7, integrator="leapfrog"))
    assert built["swept"].update == rt.Sweeps(3, 2, 0.4) and built["swept"].colours == {"phi": rt.LinearMask((0, 0), 1)}


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
    file = {"heatbath": LINKS, "wolff": SPINS}.get(name, FILE)
    built = module(file + f"sample mine {{ method = {name}  chains = 2  draws = 5 }}\n")
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


def test_annealing_and_loops() -> None:
    built = module(
        LINKS
        + """flow { couple U via P { layers = 16  kernel = moebius(components = 3)  context = [P] } }
train { anneal beta from 0.5 to beta }
"""
    )
    (coupling,) = built.MODEL.flow.couplings
    assert (coupling.layers, coupling.kernel, coupling.context) == (16, rt.Moebius(components=3), ((1, 2, -1, -2),))
    assert built.MODEL.train.anneal == (rt.Anneal("beta", 0.5),)


def test_blocks_of_links_follow_each_other() -> None:
    built = module(LINKS + "flow { couple U { layers = 8 }  couple U { layers = 16  kernel = spline(bins = 4) } }\n")
    assert [coupling.layers for coupling in built.MODEL.flow.couplings] == [8, 16]


@pytest.mark.parametrize("name", sorted({*TRAIN, *(option for table in SAMPLERS.values() for option in table)}))
def test_every_option_of_training_and_samplers_is_documented(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
    assert re.search(rf"\| `{name}` \||\b{name} +=|`{name}`", text)
