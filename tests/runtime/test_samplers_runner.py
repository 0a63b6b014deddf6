"""Blocks, keys, resume, adaptation, devices and the errors of the runner."""

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from runtime.models import NormalFlow, complex_and_real, phi4

from lqdsl.runtime.errors import NumericalError, RuntimeInputError
from lqdsl.runtime.masks import LinearMask
from lqdsl.runtime.model import Pairs
from lqdsl.runtime.samplers import (
    HMC,
    FlowMetropolis,
    LocalMetropolis,
    Overrelaxation,
    Runner,
    Sweeps,
    Tempering,
    Wolff,
)
from lqdsl.runtime.storage import load_tree, save_tree

PAIRS = Pairs(((1, 0), (0, 1)), lambda fields, p: (2.0, 2.0))
MODEL = replace(phi4((4, 4)), pairs={"phi": PAIRS})
FLOW_MODEL = replace(MODEL, flow=NormalFlow(MODEL.lattice, 0.5))
SLOW = pytest.mark.slow
COLOURS = {"phi": LinearMask((1, 1), 2)}
OPTIONS = {
    "hmc": HMC(chains=4, draws=40, warmup=12, save=3, thin=2),
    "metropolis": LocalMetropolis(chains=4, draws=40, warmup=12, save=3, colours=COLOURS),
    "overrelaxation": Overrelaxation(chains=4, draws=40, warmup=12, save=1, colours=COLOURS),
    "tempering": Tempering(chains=4, draws=40, warmup=12, save=3, ladder=3),
    "tempered sweeps": Tempering(chains=4, draws=40, warmup=12, save=3, thin=2, update=Sweeps(2), colours=COLOURS),
    "wolff": Wolff(chains=4, draws=40, warmup=12, save=3, clusters=2, colours=COLOURS),
    "flow": FlowMetropolis(chains=3, draws=40, batch=22, save=3),
}


def runner_of(name: str, seed: int = 5, **options) -> Runner:
    model = FLOW_MODEL if name == "flow" else MODEL
    return Runner(model, OPTIONS[name], jax.random.key(seed), **options)


def test_couplings_that_the_dtype_cannot_hold_are_named() -> None:
    """Before anything is computed, so that nobody else warns."""
    model = replace(phi4((4, 4), m2=1e60, dtype="float32"), parameter_names={"mass": "m2"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(NumericalError, match=r"mass = 1e\+60 is more than float32 can hold.*--dtype float64"):
            Runner(model, OPTIONS["hmc"], jax.random.key(0))
    Runner(replace(model, dtype="float64"), OPTIONS["hmc"], jax.random.key(0))


def blocks(runner: Runner, state, sizes):
    parts = []
    for size in sizes:
        state, block = runner.run(state, size)
        parts.append(block)
    return state, parts


def same(first, second) -> bool:
    pairs = zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True)
    return all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in pairs)


@pytest.mark.parametrize(
    "name",
    [
        "hmc",
        *(
            pytest.param(n, marks=SLOW)
            for n in ("tempering", "flow", "metropolis", "overrelaxation", "tempered sweeps", "wolff")
        ),
    ],
)
def test_any_split_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    """40 draws at once; in uneven blocks with another capacity and a checkpoint between."""
    warmup = OPTIONS[name].warmup
    whole = runner_of(name)
    end, parts = blocks(whole, whole.init(), ([warmup] if warmup else []) + [40])
    block = parts[-1]
    split = runner_of(name, capacity=7)
    state, _ = blocks(split, split.init(), [5, warmup - 5] if warmup else [])
    state, first = blocks(split, state, [1, 10, 2])
    save_tree(tmp_path / "state.npz", state)
    loaded = load_tree(tmp_path / "state.npz", split.init())
    assert same(loaded, state)
    final, last = blocks(split, split.place(loaded), [27])
    assert same(final, end)
    for kind in ("series", "info", "configurations"):
        for key, values in getattr(block, kind).items():
            assert same(np.concatenate([getattr(p, kind)[key] for p in first + last]), values), (kind, key)
    saved = np.concatenate([p.saved for p in first + last])
    assert saved.tolist() == block.saved.tolist() == list(range(OPTIONS[name].save - 1, 40, OPTIONS[name].save))
    configurations = block.configurations["phi"]
    assert configurations.shape == (len(saved), 4, 4, OPTIONS[name].chains)
    assert np.allclose((configurations**2).mean(axis=(1, 2)), block.series["phi2"][saved], rtol=1e-12)


def test_another_key_gives_other_draws() -> None:
    first, second = (runner_of("hmc", seed) for seed in (5, 6))
    assert not np.array_equal(first.init().chains.fields.phi, second.init().chains.fields.phi)


def test_warm_up_finds_the_step_and_production_keeps_it() -> None:
    model = phi4((8, 8))
    options = HMC(chains=16, draws=100, warmup=200, integrator="leapfrog", target=0.9)
    runner = Runner(model, options, jax.random.key(1))
    state, warm = runner.run(runner.init(), 200)
    assert len(np.unique(warm.info["steps"])) > 1 and not warm.series
    after, block = runner.run(state, 100)
    assert np.unique(block.info["steps"]).tolist() == [int(state.chains.steps)] == [int(after.chains.steps)]
    acceptance = block.info["acceptance"].mean()
    assert 0.85 < acceptance < 0.99


def test_given_steps_are_not_adapted() -> None:
    runner = Runner(MODEL, HMC(chains=4, draws=10, warmup=50, steps=7), jax.random.key(1))
    _, warm = runner.run(runner.init(), 50)
    assert np.all(warm.info["steps"] == 7)
    assert HMC(steps=7, adapt=True).adapts and HMC().adapts and not HMC(steps=7).adapts


def test_local_widths_reach_the_target() -> None:
    model = complex_and_real((4, 4))
    colours = {"phi": LinearMask((1, 1), 2), "chi": LinearMask((0, 0), 1)}
    options = LocalMetropolis(chains=16, draws=50, warmup=300, target=0.6, colours=colours)
    runner = Runner(model, options, jax.random.key(1))
    state, _ = runner.run(runner.init(), 300)
    _, block = runner.run(state, 50)
    assert block.info["acceptance"].mean() == pytest.approx(0.6, abs=0.03)
    widths = state.chains.widths
    assert float(widths.phi.logarithm) != float(widths.chi.logarithm)


def test_parameters_are_run_time_arguments() -> None:
    heavy = Runner(MODEL, HMC(chains=64, draws=100, warmup=50), jax.random.key(1), MODEL.parameters._replace(m2=50.0))
    _, parts = blocks(heavy, heavy.init(), [50, 100])
    assert parts[1].series["phi2"].mean() == pytest.approx(1 / (2 * 54), rel=0.1)


def test_blocks_end_where_warm_up_ends() -> None:
    runner = runner_of("hmc")
    with pytest.raises(RuntimeInputError, match="warm-up ends at 0"):
        runner.run(runner.init(), 13)


def test_nan_forces_are_an_error_with_a_remedy() -> None:
    broken = replace(MODEL, force=lambda fields, p: type(fields)(jnp.full_like(fields.phi, jnp.nan)))
    runner = Runner(broken, HMC(chains=4, draws=10, warmup=0, steps=5), jax.random.key(1))
    with pytest.raises(NumericalError, match="draws 0 to 9 of phi4: 100% .* NaN; try more steps"):
        runner.run(runner.init(), 10)


def test_rare_nan_is_a_rejection() -> None:
    """A NaN in one chain of 16 rejects there and leaves the others alone."""

    def density(fields, p):
        poison = jnp.where(jnp.arange(16) == 3, jnp.nan, 0.0)
        return MODEL.density(fields, p) + poison

    model = replace(MODEL, density=density)
    runner = Runner(model, HMC(chains=16, draws=10, warmup=0, steps=5), jax.random.key(1))
    _, block = runner.run(runner.init(), 10)
    assert np.all(block.info["accepted"][:, 3] == 0) and np.all(block.info["invalid"][:, 3] == 1)
    assert np.delete(block.info["accepted"], 3, axis=1).mean() > 0.5


def test_a_start_without_finite_action_is_an_error() -> None:
    model = replace(MODEL, action=lambda fields, p: jnp.full(fields.phi.shape[-1:], jnp.inf))
    with pytest.raises(NumericalError, match="not finite at the start"):
        Runner(model, HMC(chains=4, warmup=0), jax.random.key(1)).init()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HMC(chains=0), "chains must be"),
        (lambda: HMC(integrator="euler"), "leapfrog, omelyan, omf4"),
        (lambda: HMC(trajectory=-1.0), "trajectory > 0"),
        (lambda: HMC(start="lukewarm"), "lukewarm"),
        (lambda: FlowMetropolis(chains=64, batch=8), "batch must be"),
        (lambda: Overrelaxation(ratio=0), "ratio must be"),
        (lambda: LocalMetropolis(width=0.0), "width > 0"),
        (lambda: LocalMetropolis().build(MODEL), "no local update"),
        (lambda: Tempering(ladder=1), "ladder >= 2"),
        (lambda: Tempering(lowest=1.0), "0 <= lowest < 1"),
        (lambda: Tempering(lowest=0).build(MODEL), "compact fields"),
        (lambda: Tempering(update=Sweeps()).build(MODEL), "no local update"),
        (lambda: LocalMetropolis(colours={"phi": LinearMask((1, 2), 4)}).build(phi4((3, 3))), None),
        (lambda: Runner(MODEL, FlowMetropolis(), jax.random.key(0)), "declares no flow"),
    ],
)
def test_options_are_checked(make, message: str | None) -> None:
    if message is None:
        make()
        return
    with pytest.raises(RuntimeInputError, match=message):
        make()


SHARDED = """
import jax
jax.config.update("jax_num_cpu_devices", 2)
import numpy as np
from runtime.models import phi4
from lqdsl.runtime.samplers import HMC, Runner, Tempering
for options in (HMC(chains=6, draws=8, warmup=0), Tempering(chains=6, draws=8, warmup=0, ladder=3)):
    results = []
    for devices in (jax.devices(), jax.devices()[:1]):
        runner = Runner(phi4((4, 4)), options, jax.random.key(1), devices=devices)
        state, block = runner.run(runner.init(), 8)
        results.append(block.series["phi2"])
        print(len(jax.tree.leaves(state.chains)[0].sharding.device_set))
    assert np.allclose(*results, rtol=1e-9), results
"""


def test_chains_over_two_devices_give_the_same_numbers() -> None:
    here = Path(__file__).resolve()
    paths = os.pathsep.join(str(path) for path in (here.parents[1], here.parents[2]))
    environment = {**os.environ, "PYTHONPATH": paths, "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SHARDED], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2", "1"] * 2
