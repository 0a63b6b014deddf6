"""Examples with circles, boxes and spheres against exact numbers: headers, HMC, and flows with a little training.

Estimates have fixed keys and pass within four of their own errors.
"""

import re
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from compiled import example, example_text
from oracles.compact import EXAMPLES as EXACT

from lqdsl.runtime.analysis import gamma_method, ladder_log_z
from lqdsl.runtime.samplers import HMC, Runner
from lqdsl.runtime.train.evaluate import evaluate
from lqdsl.runtime.train.trainer import Trainer

PULL = 4
CONTINUOUS = HMC(chains=64, draws=600, warmup=200)
SLOW = ("box", "ten_angles")
"""Left out of the default tests, which see their samplers elsewhere."""
EFFECTIVE = {
    "box": 0.8,
    "phase_oscillator": 0.9,
    "o3_ring": 0.8,
    "torus": 0.95,
    "robot_arm": 0.8,
    "ten_angles": 0.8,
    "clock": 0.3,
}
"""Least effective sample size of the flow in its own `train` block, or the default one."""


@pytest.mark.parametrize("name", sorted(EXACT))
def test_header_states_the_exact_numbers(name: str) -> None:
    header = "".join(line for line in example_text(name).splitlines() if line.startswith("#"))
    printed = [float(number) for number in re.findall(r"-?\d+\.\d+", header)]
    for key, value in EXACT[name]().items():
        assert min(abs(p - value) for p in printed) < 1e-6, key


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in sorted(EXACT)])
def test_hmc_agrees_with_exact_numbers(name: str) -> None:
    runner = Runner(example(name).MODEL, CONTINUOUS, jax.random.key(5))
    state, _ = runner.run(runner.init(), CONTINUOUS.warmup)
    measured = runner.run(state, CONTINUOUS.draws)[1].series
    for observable, value in EXACT[name]().items():
        if observable in measured:
            found = gamma_method(np.moveaxis(measured[observable], -1, 0))
            assert found.error < 0.02
            assert abs(found.mean - value) < PULL * found.error, (observable, found, value)


@pytest.mark.slow
def test_tempering_knows_log_z() -> None:
    """Of the robot arm, from its own `sample tempering`, shortened."""
    model = example("robot_arm").MODEL
    options = replace(model.samplers["tempering"], draws=800, warmup=200)
    runner = Runner(model, options, jax.random.key(6))
    state, _ = runner.run(runner.init(), options.warmup)
    info = runner.run(state, options.draws)[1].info
    found = ladder_log_z(*(info[f"bridge_{name}"].mean(axis=-1) for name in ("up", "down", "offset")))
    assert abs(found.mean - EXACT["robot_arm"]()["log Z"]) < PULL * found.error < 0.05, found


def samples_for(model: Any) -> Any:
    """Configurations of the sampler that the training names, [x..., sample]."""
    options = model.samplers[model.train.sampler]
    runner = Runner(model, options, jax.random.key(7))
    state, _ = runner.run(runner.init(), options.warmup)
    saved = runner.run(state, options.draws)[1].configurations
    parts = (np.moveaxis(saved[field], 0, -1) for field in model.fields)
    return type(model.kinds)(*(part.reshape(*part.shape[:-2], -1) for part in parts))


def check_flow(name: str, steps: int | None, effective: float) -> None:
    model = example(name).MODEL
    options = replace(model.train, stop=(), steps=steps or model.train.steps)
    trainer = Trainer(model, model.parameters, options, samples_for(model) if options.needs_samples else None)
    state, _ = trainer.run(trainer.init(jax.random.key(2)), trainer.options.steps)
    found = evaluate(model, state.weights, model.parameters, jax.random.key(3))
    assert found.ess > effective
    assert found.log_z_error < 0.01
    assert abs(found.log_z - EXACT[name]()["log Z"]) < PULL * found.log_z_error, found


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(EFFECTIVE))
def test_trained_flow(name: str) -> None:
    check_flow(name, None, EFFECTIVE[name])
