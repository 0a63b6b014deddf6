"""Every gauge theory among the examples against known numbers: its header, and all of its samplers.

All draws have fixed keys. An estimate passes within four of its own Gamma-method errors: over the about fifty estimates
of this file that is a false alarm with a probability of a third of a per cent; a changed key or machine draws anew.
"""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest
from compiled import example, example_text, module
from oracles.gauge import u1_charge2, wilson_torus
from oracles.gauge_examples import ERRORS, EXAMPLES, SETTINGS
from oracles.gauge_small import rectangles_u1
from scipy.special import iv

from lqdsl.runtime.analysis import gamma_method, ladder_log_z
from lqdsl.runtime.campaign.initial import initial_weights
from lqdsl.runtime.samplers import Runner, Sweeps, Tempering, Trajectories
from lqdsl.runtime.storage import save_tree

PULL = 4
HEADER_DIGITS = 2e-5
DRAWS = {"symanzik_su3": 60, "su3": 80, "su3_4d": 60}
QUICK = (("higgs", "hmc"),)
"""Runs of the default tests; the others carry the marker `slow`."""
RUNS = [
    pytest.param(name, sampler, marks=() if (name, sampler) in QUICK else pytest.mark.slow)
    for name in EXAMPLES
    for sampler in ("hmc", "heatbath", "metropolis")
    if f"sample {sampler}" in example_text(name)
]

LONG = ("symanzik_u1", "u1_anisotropic_3d")
"""Examples whose numbers take long."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in EXAMPLES],
)
def test_header_states_the_numbers(name: str) -> None:
    header = "".join(line for line in example_text(name).splitlines() if line.startswith("#"))
    printed = [float(number) for number in re.findall(r"-?\d+\.\d+", header)]
    for key, value in EXAMPLES[name]().items():
        assert min(abs(p - value) for p in printed) < HEADER_DIGITS * max(1, abs(value)), key


@cache
def series(name: str, sampler: str) -> dict[str, np.ndarray]:
    """Name of the observable to [draw, ..., chain]."""
    model = example(name, SETTINGS.get(name, ())).MODEL
    options = replace(model.samplers[sampler], warmup=100)
    runner = Runner(model, options, jax.random.key(3))
    state, _ = runner.run(runner.init(), options.warmup)
    return runner.run(state, DRAWS.get(name, 250))[1].series


@pytest.mark.parametrize(("name", "sampler"), RUNS)
def test_sampler_agrees_with_known_numbers(name: str, sampler: str) -> None:
    measured = series(name, sampler)
    for observable, value in EXAMPLES[name]().items():
        if observable == "log Z":
            continue
        found = gamma_method(np.moveaxis(measured[observable], -1, 0))
        error = np.hypot(found.error, ERRORS.get(name, {}).get(observable, 0.0))
        assert abs(found.mean - value) < PULL * error, (observable, found, value)
        assert error < 0.02 * abs(value) or observable == "Q2"


@pytest.mark.slow
@pytest.mark.parametrize("update", [Trajectories(steps=8), Sweeps(hits=2)], ids=["hmc", "metropolis"])
@pytest.mark.parametrize("name", ["u1", "su2"])
def test_tempering_of_links(name: str, update: Trajectories | Sweeps) -> None:
    """On 4x4: the plaquette, and for U(1) the charge, which a ladder unfreezes."""
    group, special, beta = (1, False, 4.0) if name == "u1" else (2, True, 2.2)
    torus = wilson_torus(group, special, beta, 16)
    text = example_text(name) + "\nsample sweeps { method = metropolis }\n"
    model = module(text, (("L", 4), ("beta", beta)), name=f"{name}.lqt").MODEL
    colours = model.samplers["sweeps"].colours
    options = Tempering(chains=32, draws=2000, warmup=200, ladder=4, lowest=0.25, update=update, colours=colours)
    runner = Runner(model, options, jax.random.key(3))
    state, _ = runner.run(runner.init(), options.warmup)
    measured = runner.run(state, options.draws)[1]
    exact = {"plaquette": torus.wilson(1)} | ({"Q2": u1_charge2(beta, 16)} if name == "u1" else {})
    for observable, value in exact.items():
        found = gamma_method(np.moveaxis(measured.series[observable], -1, 0))
        assert abs(found.mean - value) < PULL * found.error, (observable, found, value)
    assert measured.info["round_trips"].sum() > 50


@pytest.mark.slow
@pytest.mark.parametrize("name", ["u1", "su2"])
def test_tempering_of_links_knows_log_z(name: str) -> None:
    """On 4x4, from the Haar measure up."""
    group, special, beta = (1, False, 2.0) if name == "u1" else (2, True, 2.2)
    model = module(example_text(name), (("L", 4), ("beta", beta)), name=f"{name}.lqt").MODEL
    options = Tempering(chains=32, draws=300, warmup=100, ladder=5, lowest=0, update=Trajectories(steps=6))
    runner = Runner(model, options, jax.random.key(4))
    state, _ = runner.run(runner.init(), options.warmup)
    info = runner.run(state, options.draws)[1].info
    found = ladder_log_z(*(info[f"bridge_{name}"].mean(axis=-1) for name in ("up", "down", "offset")))
    assert abs(found.mean - wilson_torus(group, special, beta, 16).log_z) < PULL * found.error < 0.2, found


def test_dual_integers_agree_with_characters() -> None:
    """Without 2x1 loops in the action, on 8 x 4."""
    found, torus = rectangles_u1(8, 2.0, 0.0, 1), wilson_torus(1, False, 2.0, 32)
    expected = [torus.wilson(1), torus.wilson(2), torus.log_z]
    assert [found.plaquette, found.rectangle, found.log_z] == pytest.approx(expected, rel=1e-10)


def test_weights_of_a_flow_fit_every_volume() -> None:
    """Weights may come from another extent and coupling, with layers of plaquettes or as many scales."""
    text = example_text("u1")
    for layers in ("layers = 16", "scales = 3"):
        pair = ((("L", 8), ("beta", 2.0)), (("L", 16), ("beta", 4.0)))
        small, large = (module(text.replace("scales = 16", layers), settings).MODEL.flow for settings in pair)
        shapes = [jax.eval_shape(flow.init, jax.random.key(0)) for flow in (small, large)]
        assert shapes[0] == shapes[1]


def test_weights_of_fine_scales_go_over(tmp_path: Path) -> None:
    """`--init DIR` from a smaller lattice leaves the coarse scales at the identity, from a larger one leaves them out."""
    models = [module(example_text("u1"), (("L", extent),)).MODEL for extent in (4, 8)]
    small, large = (model.flow.init(jax.random.key(n)) for n, model in enumerate(models))
    for name, tree in (("small", small), ("large", large)):
        save_tree(tmp_path / name, tree)
    grown = initial_weights(tmp_path / "small", models[1].flow, large)
    assert jax.tree.structure(grown) == jax.tree.structure(large)
    extra = len(large["couplings"]) - len(small["couplings"])
    assert extra == 2
    same = jax.tree.map(np.array_equal, grown["couplings"], (*large["couplings"][:extra], *small["couplings"]))
    assert all(jax.tree.leaves(same))
    shrunk = initial_weights(tmp_path / "large", models[0].flow, small)
    assert all(jax.tree.leaves(jax.tree.map(np.array_equal, shrunk["couplings"], large["couplings"][extra:])))


@pytest.mark.slow
def test_tempering_of_links_beside_numbers() -> None:
    """Single links and sites: <Re U> = I_1(1) / I_0(1), <s^2> = 1/2. Eight chains and three rungs once ended the compiler."""
    text = (
        "lattice [3, 3]\nfield U : link U(1)\nfield s : real\n"
        "action = -sum[x, mu]( re(tr(U[mu](x))) ) + sum[x]( s(x)^2 )\n"
        "observable c = mean[x, mu]( re(tr(U[mu](x))) )\nobservable s2 = mean[x]( s(x)^2 )\n"
    )
    options = Tempering(chains=8, draws=600, warmup=100, ladder=3, update=Trajectories(steps=6))
    runner = Runner(module(text, dtype="float32").MODEL, options, jax.random.key(6))
    state, _ = runner.run(runner.init(), options.warmup)
    measured = runner.run(state, options.draws)[1].series
    for observable, value in {"c": iv(1, 1) / iv(0, 1), "s2": 0.5}.items():
        found = gamma_method(np.moveaxis(measured[observable], -1, 0))
        assert abs(found.mean - value) < PULL * found.error < 0.1, (observable, found)
