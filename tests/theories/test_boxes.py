"""Particles in a periodic box against quadrature: HMC, tempering, local Metropolis and trained flows; what a file may leave out."""

from dataclasses import replace
from functools import cache
from typing import Any

import jax
import numpy as np
import pytest
from compiled import module, result

from lqdsl.runtime.analysis import gamma_method, ladder_log_z
from lqdsl.runtime.samplers import HMC, Runner
from lqdsl.runtime.samplers.flow import FlowMetropolis
from lqdsl.runtime.train.evaluate import evaluate
from lqdsl.runtime.train.trainer import Trainer

PAIR = """param L : real = 6.0
param strength : real = 2.0
index p = 0..1
field r[p] : box(L, 4)
let d = r[0] - r[1]
let E = strength * exp(-dot(d, d) / 2) + 0.7 * cos(2*pi*r[0][0]/L)^2
action = E
observable V = E
observable distance = |d|
observable pull = (r[0] - r[1])[1] * sin(2*pi*(r[0][1] - r[1][1])/4)
flow {
    couple r {
        layers = 4
        mask   = autoregressive
        kernel = KERNEL
        net    = mlp(hidden = [32], activation = silu)
    }
}
train { optimizer = adam(5e-3)  schedule = cosine  batch = 256  steps = 250 }
sample hmc { draws = 1500  warmup = 200  trajectory = 2.0 }
sample tempering { chains = 16  draws = 1500  warmup = 200  ladder = 3  lowest = 0 }
"""
KERNELS = ["ncp(components = 4)", "moebius(components = 4)", "spline(bins = 8)"]
SIDES = (6.0, 4.0)
PULL = 3


@cache
def exact(strength: float = 2.0) -> dict[str, float]:
    """Over the difference by Gauss-Legendre rules, and over the first coordinate of one particle, which is independent."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    (x, y), (a, b) = ([side / 2 * nodes for side in SIDES], [weights / 2] * 2)
    potential = strength * np.exp(-(x[:, None] ** 2 + y**2) / 2)
    weight = a[:, None] * b * np.exp(-potential)
    wave = 0.7 * np.cos(2 * np.pi * np.arange(64) / 64) ** 2
    z, alone = weight.sum(), np.mean(np.exp(-wave))
    pull = y * np.sin(2 * np.pi * y / SIDES[1])
    return {
        "log Z": np.log(z) + np.log(alone),
        "V": np.sum(weight * potential) / z + np.mean(wave * np.exp(-wave)) / alone,
        "distance": np.sum(weight * np.hypot(x[:, None], y)) / z,
        "pull": np.sum(weight * pull) / z,
    }


def text(kernel: str = KERNELS[0]) -> str:
    return PAIR.replace("KERNEL", kernel)


def measured(model: Any, options: Any, seed: int, weights: Any = None) -> Any:
    runner = Runner(model, options, jax.random.key(seed), weights=weights)
    state = runner.init()
    if warmup := getattr(options, "warmup", 0):
        state, _ = runner.run(state, warmup)
    return runner.run(state, options.draws)[1]


def check(series: dict[str, np.ndarray], wanted: dict[str, float]) -> None:
    """Within three errors of the Gamma method: with fixed keys, a false alarm in four hundred keys for each number."""
    for name, values in series.items():
        found = gamma_method(np.moveaxis(values, -1, 0))
        assert abs(found.mean - wanted[name]) < PULL * found.error < 0.05, (name, found, wanted[name])


@pytest.mark.parametrize("integrator", ["omelyan", pytest.param("leapfrog", marks=pytest.mark.slow)])
def test_hmc(integrator: str) -> None:
    model = module(text()).MODEL
    block = measured(model, replace(model.samplers["hmc"], integrator=integrator), 3)
    check(block.series, exact())
    estimate = gamma_method(block.info["exp_minus_delta_h"].T)
    assert abs(estimate.mean - 1) < PULL * estimate.error


@pytest.mark.slow
def test_log_z_by_tempering() -> None:
    """From the uniform measure up, so that log Z is that of the flow."""
    model = module(text()).MODEL
    block = measured(model, model.samplers["tempering"], 5)
    check(block.series, exact())
    found = ladder_log_z(*(block.info[f"bridge_{name}"].mean(axis=-1) for name in ("up", "down", "offset")))
    assert abs(found.mean - exact()["log Z"]) < PULL * found.error < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("kernel", KERNELS)
def test_trained_flow(kernel: str) -> None:
    """log Z and, with independence Metropolis, all means."""
    model = module(text(kernel)).MODEL
    trainer = Trainer(model, model.parameters, model.train)
    state, _ = trainer.run(trainer.init(jax.random.key(2)), model.train.steps)
    found = evaluate(model, state.weights, model.parameters, jax.random.key(3))
    assert found.ess > 0.8
    assert abs(found.log_z - exact()["log Z"]) < PULL * found.log_z_error < 0.02, found
    check(measured(model, FlowMetropolis(chains=4, draws=4000), 4, state.weights).series, exact())


def test_lengths_are_set_when_a_theory_is_compiled() -> None:
    """No argument of the functions, but of `--set`; couplings are arguments."""
    small = module(text()).MODEL
    large = module(text(), (("L", 9.0),)).MODEL
    assert small.parameters._fields == ("strength",)
    assert small.kinds.r.lengths == (6.0, 4.0) and large.kinds.r.lengths == (9.0, 4.0)
    assert "rt.minimum_image(r_0[0] - r_0[1], 9)" in result(text(), (("L", 9.0),)).module


@pytest.mark.parametrize("method", ["metropolis", pytest.param("overrelaxation", marks=pytest.mark.slow)])
def test_local_samplers_on_a_lattice(method: str) -> None:
    """A chain of two points is the pair with every difference twice."""
    chain = (
        "lattice [2]\nfield r : box(6.0, 4)\naction = sum[x]( exp(-|r(x) - r(x + e[0])|^2 / 2) )\n"
        "observable V = sum[x]( exp(-|r(x) - r(x + e[0])|^2 / 2) )\n"
        f"sample {method} {{ draws = 4000  warmup = 300 }}\n"
    )
    model = module(chain).MODEL
    nodes, weights = np.polynomial.legendre.leggauss(200)
    potential = 2 * np.exp(-((3 * nodes[:, None]) ** 2 + (2 * nodes) ** 2) / 2)
    weight = weights[:, None] * weights * np.exp(-potential)
    exact_mean = np.sum(weight * potential) / np.sum(weight)
    check(measured(model, model.samplers[method], 6).series, {"V": exact_mean})
    positions = measured(model, replace(model.samplers[method], draws=200, save=1), 7).configurations["r"]
    assert np.all(np.abs(positions) <= np.reshape(SIDES, (1, 2, 1, 1)) / 2)


def test_what_is_handed_out_lies_in_the_box() -> None:
    model = module(text()).MODEL
    runner = Runner(model, HMC(chains=8, draws=50, warmup=0, save=1, steps=4, trajectory=9.0), jax.random.key(1))
    _, block = runner.run(runner.init(), 50)
    positions = block.configurations["r"]
    assert np.all(np.abs(positions) <= np.reshape(SIDES, (1, 2, 1, 1)) / 2)
    assert np.max(np.abs(positions[:, 0])) > 2.5


def test_a_file_with_only_an_action() -> None:
    """Particles start all over the box, the flow moves them, and the structure factor of a gas without forces is 1."""
    gas = "index p = 0..15\nfield r[p] : box(5.0, 4.0)\naction = sum[p < q]( 1e-9 / |r[p] - r[q]|^2 )\n"
    compiled = result(gas)
    assert 'start="grid"' in compiled.module and "rt.CircularSpline(bins=8)" in compiled.module
    model = module(gas).MODEL
    block = measured(model, HMC(chains=64, draws=300, warmup=50, trajectory=3.0, start="grid"), 2)
    check(block.series, {"S_r": 1.0})
