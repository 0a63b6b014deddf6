"""No chain stays where it began: stiff starts, trajectories and tempering; and what a run says where one does."""

from dataclasses import replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from runtime.models import phi4

from lqdsl.cli.tables import results_text
from lqdsl.runtime.analysis import Estimate, gamma_method, longest_rejection
from lqdsl.runtime.campaign.judging import warnings
from lqdsl.runtime.campaign.measuring import sampler_results
from lqdsl.runtime.campaign.records import block_records
from lqdsl.runtime.samplers import HMC, Block, FlowMetropolis, Runner, Tempering, Trajectories
from lqdsl.runtime.samplers.stragglers import (
    HALVINGS,
    count_rejections,
    judged_acceptance,
    patience,
    shortening,
    start_rejections,
)
from lqdsl.runtime.train import TrainOptions

STIFF = phi4((6, 6), lam=20.0)
SECONDS = {"draws": 1.0, "warmup": 1.0, "compile": 1.0}
FAR = HMC(chains=64, draws=100, warmup=200, start="hot", integrator="leapfrog")


def drawn(options: HMC | Tempering) -> tuple[Block, Block]:
    """Warm-up and draws of the stiff theory."""
    runner = Runner(STIFF, options, jax.random.key(2))
    state, warm = runner.run(runner.init(), options.warmup)
    return warm, runner.run(state, options.draws)[1]


@cache
def of_cold_starts() -> Estimate:
    """<phi^2> of the stiff theory."""
    return phi2(drawn(HMC(chains=64, draws=100, warmup=100))[1])


def phi2(block: Block) -> Estimate:
    return gamma_method(np.moveaxis(block.series["phi2"], -1, 0))


def results(options: HMC | Tempering, block: Block) -> dict[str, Any]:
    """What `results.json` says of the sampler."""
    stored = {name: np.moveaxis(values, -1, 0) for name, values in block_records(block)[0].items()}
    return sampler_results(stored, options, SECONDS)


@pytest.mark.parametrize(
    "options",
    [
        FAR,
        replace(FAR, steps=11),
        pytest.param(replace(FAR, warmup=100, thin=2), marks=pytest.mark.slow),
        Tempering(chains=32, draws=100, warmup=200, ladder=2, lowest=0.9, update=Trajectories(integrator="leapfrog")),
    ],
    ids=["adapted", "given", "thinned", "tempering"],
)
def test_every_chain_leaves_a_stiff_start(options: HMC | Tempering) -> None:
    """Some of these chains begin where the step of the others is unstable. None rejects 25 trajectories in a row after
    warm-up; the mean is that of cold starts within 4 errors, its error that of 3,000 to 6,400 configurations."""
    warm, block = drawn(options)
    accepted = np.moveaxis(block.info["accepted"], -1, 0)
    assert np.all(accepted.any(axis=1)) and longest_rejection(accepted) < 25
    if options == replace(FAR, steps=11):
        assert np.all(warm.info["steps"] == 11)
    first, second = phi2(block), of_cold_starts()
    assert abs(first.mean - second.mean) < 4 * np.hypot(first.error, second.error)
    assert first.error < 2 * second.error
    assert "warnings" not in results(options, block)


def test_the_step_does_not_depend_on_the_chain_after_warm_up() -> None:
    """Rejections that warm-up counted change no draw."""
    runner = Runner(STIFF, HMC(chains=4, draws=5, warmup=0, steps=20), jax.random.key(0))
    state = runner.init()
    behind = state._replace(chains=state.chains._replace(rejections=jnp.full(4, 20, jnp.int32)))
    first, second = (runner.run(s, 5)[1].series["phi2"] for s in (state, behind))
    assert np.ptp(first) > 0 and first.tobytes() == second.tobytes()


def test_trajectories_become_shorter_after_many_rejections() -> None:
    limit = patience(0.8)
    assert limit == 8 and 0.2**limit < 1e-5 < 0.2 ** (limit - 1)
    rejections, accepted = start_rejections(2), jnp.array([0.0, 1.0])
    for _ in range(limit + 3):
        rejections = count_rejections(rejections, accepted, limit)
    assert rejections.tolist() == [limit + 3, 0]
    assert shortening(rejections, limit, jnp.dtype("float32")).tolist() == [0.125, 1.0]
    assert judged_acceptance(rejections, jnp.array([0.9, 0.7]), limit).tolist() == [0.0, 0.7]
    for left in (2, 1, 0, -limit):
        rejections = count_rejections(rejections, jnp.ones(2), limit)
        assert rejections.tolist() == [limit + left, 0]
    for _ in range(limit + HALVINGS + 5):
        rejections = count_rejections(rejections, jnp.zeros(2), limit)
    assert rejections.tolist() == [limit + HALVINGS] * 2


def test_frozen_chains_are_told_of() -> None:
    """Without a warm-up, some chains never move: the results and the table say so, with the remedies that are left."""
    options = replace(FAR, warmup=0, steps=100, draws=40)
    runner = Runner(STIFF, options, jax.random.key(2))
    _, block = runner.run(runner.init(), 40)
    frozen = int(np.sum(~block.info["accepted"].any(axis=0)))
    found = results(options, block)
    assert 0 < frozen < 64
    said = found["warnings"][0]
    assert said.startswith(f"{frozen} of 64 chains accepted nothing in 40 draws: ")
    assert said.endswith("try `start = cold`, a longer `warmup` or more `steps`")
    text = results_text({"observables": {}, "samplers": {"far": found}})
    assert f"warning: far: {said}" in " ".join(text.split())


def series(accepted: Any, energies: Any) -> dict[str, Any]:
    return {"info:accepted": np.asarray(accepted), "info:exp_minus_delta_h": np.asarray(energies)}


def said(options: Any, accepted: Any, energies: Any) -> list[str]:
    return sampler_results(series(accepted, energies), options, SECONDS).get("warnings", [])


def test_what_is_a_warning() -> None:
    """Long rejections, and <exp(-dH)> that is not finite or more than 5 errors from 1; nothing for short runs."""
    rng = np.random.default_rng(1)
    moving, energies = np.ones((4, 200), np.uint8), 1 + 0.1 * rng.normal(size=200)
    energies += 1 - energies.mean()
    options = HMC(chains=4, draws=200)
    assert not said(options, moving, energies)
    waiting = moving.copy()
    waiting[2, 50:80] = 0
    (text,) = said(options, waiting, energies)
    assert "rejected 30 of 200 draws in a row" in text and text.endswith("try a longer `warmup` or a higher `target`")
    waiting[2, 60] = 1
    assert not said(options, waiting, energies)
    assert not said(options, moving, energies + 0.02)
    (text,) = said(options, moving, energies + 0.06)
    assert "more than 5 errors from 1" in text
    (text,) = said(options, moving, np.where(np.arange(200) == 7, np.inf, energies))
    assert "not finite" in text
    assert not said(HMC(chains=4, draws=5), np.zeros((4, 5)), energies[:5] + 3)
    flow = sampler_results({"info:accepted": np.zeros((1, 50))}, FlowMetropolis(draws=50), SECONDS)
    assert "train the flow" in flow["warnings"][0]


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (TrainOptions(), "train it with `loss = mixed(hmc)`"),
        (TrainOptions(loss="mixed", sampler="hmc"), "train longer or with more layers, and see that those of hmc"),
        (TrainOptions(loss="forward_kl"), "train longer or with more layers, and see that the given samples"),
    ],
)
def test_a_flow_that_saw_samples_is_not_told_to(options: TrainOptions, remedy: str) -> None:
    (text,) = warnings(0.9, {"hmc": 0.1}, options)
    assert remedy in text and ("loss = mixed" in text) == (options.loss == "reverse_kl")
