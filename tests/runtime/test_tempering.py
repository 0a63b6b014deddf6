"""Parallel tempering: the swaps, the ladder, and means where one chain stays in one well; 3.5 Gamma-method errors."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import module
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.analysis import gamma_method, ladder_log_z, pull
from lqdsl.runtime.campaign.measuring import sampler_results
from lqdsl.runtime.campaign.records import block_records
from lqdsl.runtime.samplers import HMC, Block, Runner, Tempering
from lqdsl.runtime.samplers.bridges import adapt_bridges, bridge_facts, freeze_bridges, start_bridges
from lqdsl.runtime.samplers.ladder import count_round_trips, exchanged, rung_weights, start_ladder
from lqdsl.runtime.samplers.ladder import draw_swaps as _draw_swaps

LIMIT = 3.5
draw_swaps = jax.jit(_draw_swaps)
WORDS = random.key_words(jax.random.key(3))
WEIGHTS = jnp.array([1.0, 0.6, 0.3, 0.1])
DOUBLE_WELL = """lattice [1]
param h = 0.3
field phi : real
action = sum[x]( 12*(phi(x)^2 - 1)^2 + h*phi(x) )
observable phi1 = mean[x]( phi(x) )
observable phi2 = mean[x]( phi(x)^2 )
"""
XY = """lattice [6, 6]
field t : angle
action = -2*sum[x, mu]( cos(t(x) - t(x + mu)) )
"""
HANDS = """index k = 0..2
field t[k] : angle
action = -6*sum[k]( cos(2*t[k]) ) - 0.5*cos(t[0] - t[1]) - 0.7*cos(t[1] - t[2]) - 0.3*cos(t[0])
observable aligned = cos(t[0] - t[2])
observable up = cos(t[1])
observable near = cos(2*t[0] - 2*t[1])
"""


def swapped_one(actions: Any, pair: int) -> Any:
    """The actions [rung, chain] after a swap of one pair."""
    return actions.at[pair].set(actions[pair + 1]).at[pair + 1].set(actions[pair])


def test_swaps_obey_detailed_balance() -> None:
    """Of both directions, the probabilities are in the ratio of the joint weights exp(-sum_i b_i S_i)."""
    actions = 3 * random.normal(WORDS, (4, 64), jnp.float64)
    for pair in range(3):
        after = swapped_one(actions, pair)
        there, back = (draw_swaps(WORDS, jnp.int32(pair), WEIGHTS, s).probability[pair] for s in (actions, after))
        log_ratio = -jnp.sum(WEIGHTS[:, None] * (after - actions), axis=0)
        np.testing.assert_allclose(jnp.log(there / back), log_ratio, rtol=1e-12, atol=1e-12)
        assert np.min(there) < 0.2 and np.max(there) == 1


def test_swaps_move_pairs_and_alternate() -> None:
    values = jnp.arange(4 * 500.0)
    for turn in (0, 1, 2):
        swaps = draw_swaps(WORDS, jnp.int32(turn), WEIGHTS, jnp.zeros((4, 500)))
        assert swaps.tried.tolist() == [turn % 2 == 0, turn % 2 == 1, turn % 2 == 0]
        moved = exchanged(swaps, values).reshape(4, 500)
        assert np.all(swaps.probability == 1)
        order = [1, 0, 3, 2] if turn % 2 == 0 else [0, 2, 1, 3]
        np.testing.assert_array_equal(moved, values.reshape(4, 500)[jnp.array(order)])


def test_swaps_leave_every_rung_in_equilibrium() -> None:
    """Independent Gaussians of variance 1/b at each rung keep <x^2> and <x^4> while swaps alone act on them."""
    chains = 50000
    spread = 1 / jnp.sqrt(jnp.repeat(WEIGHTS, chains))
    x = spread * random.normal(WORDS, (4 * chains,), jnp.float64)
    total = 0.0
    for turn in range(6):
        actions = (0.5 * x * x).reshape(4, chains)
        swaps = draw_swaps(random.fold(WORDS, turn), jnp.int32(turn), WEIGHTS, actions)
        x = jax.jit(exchanged)(swaps, x)
        total += float(jnp.mean(swaps.with_next))
    scaled = np.asarray(x / spread).reshape(4, chains)
    assert total > 1
    assert np.all(np.abs(np.mean(scaled**2, axis=1) - 1) < 4 * np.sqrt(2 / chains))
    assert np.all(np.abs(np.mean(scaled**4, axis=1) - 3) < 4 * np.sqrt(96 / chains))


def test_two_rungs_swap_at_every_turn() -> None:
    for turn in (0, 1):
        assert draw_swaps(WORDS, jnp.int32(turn), WEIGHTS[:2], jnp.zeros((2, 3))).tried.tolist() == [True]


def test_round_trips_are_counted_once() -> None:
    """One replica up and down between two ends: it counts when it is back at rung 0."""
    marks, trips = count_round_trips(jnp.zeros(3, jnp.int32), 1)
    assert marks.tolist() == [1, 0, -1] and not trips[0]
    marks, trips = count_round_trips(marks[jnp.array([2, 1, 0])], 1)
    assert trips[0] and marks.tolist() == [1, 0, -1]
    marks, trips = count_round_trips(marks[jnp.array([1, 0, 2])], 1)
    assert not trips[0] and marks.tolist() == [1, 1, -1]


def test_ladder_begins_evenly() -> None:
    weights = rung_weights(start_ladder(5, jnp.float64), 0.01)
    np.testing.assert_allclose(weights, 0.01 ** np.linspace(0, 1, 5), rtol=1e-12)
    to_zero = rung_weights(start_ladder(5, jnp.float64), 0)
    np.testing.assert_allclose(to_zero, np.linspace(1, 0, 5) ** 2, rtol=1e-12)
    assert rung_weights(start_ladder(2, jnp.float64), 0).tolist() == [1, 0]


def gaussian_actions(draws: int, chains: int) -> Array:
    """Of independent vectors of R^3 with S = x^2 / 2 - 40 at each rung, [draw, rung, chain]."""
    x = random.normal(WORDS, (3, draws, 4, chains), jnp.float64) / jnp.sqrt(WEIGHTS)[:, None]
    return 0.5 * jnp.sum(x * x, axis=0) - 40


@pytest.mark.parametrize("shift", [0.0, -1.5, 4.0])
def test_ratios_of_z_for_any_middle_action(shift: float) -> None:
    """log Z(1) - log Z(0.1) = 3/2 log 0.1 + 40 (1 - 0.1), beside what a search finds and away from it."""
    actions = gaussian_actions(200, 64)
    found = start_bridges(3, jnp.float64)
    for sample in actions[:50]:
        found = adapt_bridges(found, WEIGHTS, sample)
    bridges = freeze_bridges(found)
    bridges = bridges._replace(action=bridges.action + shift)
    facts = jax.vmap(lambda sample: bridge_facts(bridges, WEIGHTS, sample))(actions)
    estimate = ladder_log_z(*(np.asarray(facts[f"bridge_{name}"]).mean(axis=-1) for name in ("up", "down", "offset")))
    assert abs(estimate.mean - 1.5 * np.log(0.1) - 36) < LIMIT * estimate.error < 0.1
    x = np.linspace(0.001, 16, 4001)
    upper, lower = (x**2 * np.exp(-b * x**2 / 2) * b**1.5 for b in (0.3, 0.1))
    overlap = np.sum(2 * upper * lower / (upper + lower)) / np.sum(upper)
    assert estimate.overlap == pytest.approx(overlap, abs=0.01) if shift == 0 else estimate.overlap < overlap


def test_rungs_that_never_meet_have_no_ratio() -> None:
    nothing, all_ = np.zeros((10, 2)), np.ones((10, 2))
    assert np.isnan(ladder_log_z(nothing, all_, all_).mean) and ladder_log_z(nothing, all_, all_).overlap == 0


def test_warm_up_makes_all_pairs_swap_equally_often() -> None:
    """Of spins, whose action says little at small b, where an even ladder has too many rungs; production keeps the gaps."""
    model = module(XY).MODEL
    options = Tempering(chains=32, draws=100, warmup=300, ladder=5, lowest=0.02)
    runner = Runner(model, options, jax.random.key(2))
    state, _ = runner.run(runner.init(), 300)
    after, block = runner.run(state, 100)

    def rates(weights: Any) -> np.ndarray:
        """Mean swap probability of each pair, over all pairs of chains at the end."""
        actions = model.action(after.chains.replicas, model.parameters).reshape(5, 32)
        columns = (jnp.repeat(actions[:-1], 32, axis=1), jnp.tile(actions[1:], 32))
        pairs = (jnp.stack([upper, lower]) for upper, lower in zip(*columns, strict=True))
        found = (draw_swaps(WORDS, jnp.int32(0), weights[n : n + 2], s).probability for n, s in enumerate(pairs))
        return np.array([float(jnp.mean(probability)) for probability in found])

    np.testing.assert_array_equal(state.chains.ladder.logarithm, after.chains.ladder.logarithm)
    found = rates(rung_weights(after.chains.ladder, options.lowest))
    assert found.max() - found.min() < 0.1 and block.info["swap_acceptance"].mean() == pytest.approx(
        found.mean(), abs=0.05
    )
    even = rates(rung_weights(start_ladder(5, jnp.float64), options.lowest))
    assert np.ptp(even) > 2 * np.ptp(found)
    assert block.info["round_trips"].sum() > 0


def series(text: str, options: Any) -> dict[str, np.ndarray]:
    model = module(text).MODEL
    runner = Runner(model, options, jax.random.key(1))
    state, _ = runner.run(runner.init(), options.warmup)
    return {name: np.moveaxis(values, -1, 0) for name, values in runner.run(state, options.draws)[1].series.items()}


def reported(block: Block, options: Tempering) -> dict[str, Any]:
    """The entries of `results.json` on the sampler."""
    stored = {name: np.moveaxis(values, -1, 0) for name, values in block_records(block)[0].items()}
    return sampler_results(stored, options, {"draws": 1.0, "warmup": 1.0, "compile": 1.0})


@pytest.mark.slow
def test_log_z_of_a_ring_of_spins() -> None:
    """sum_n I_n(1)^16, in the normalised measure; any split of the draws records the same bytes."""
    model = module("lattice [16]\nfield t : angle\naction = -sum[x]( cos(t(x) - t(x + e[0])) )").MODEL
    options = Tempering(chains=64, draws=600, warmup=150, ladder=4, lowest=0)
    runner = Runner(model, options, jax.random.key(8))
    state, _ = runner.run(runner.init(), 150)
    block = runner.run(state, 600)[1]
    found = reported(block, options)
    assert abs(found["log_z"] - 3.7746347072) < LIMIT * found["log_z_error"] < 0.05
    assert 0.5 < found["overlap"] < 1 and found["round_trips"] > 100 and "lowest" not in found
    other = Runner(model, options, jax.random.key(8), capacity=7)
    middle, first = other.run(other.place(state), 11)
    second = other.run(middle, 9)[1]
    for name, values in block.info.items():
        assert np.concatenate([first.info[name], second.info[name]]).tobytes() == values[:20].tobytes(), name


@pytest.mark.slow
def test_log_z_of_a_flat_field_is_a_difference() -> None:
    """Against trapezoids at both ends of the ladder."""
    x = np.linspace(-6, 6, 12001)
    ends = (np.log(np.sum(np.exp(-b * (12 * (x**2 - 1) ** 2 + 0.3 * x)))) for b in (1, 0.05))
    options = Tempering(chains=32, draws=800, warmup=150, ladder=5, lowest=0.05, thin=2)
    runner = Runner(module(DOUBLE_WELL).MODEL, options, jax.random.key(1))
    state, _ = runner.run(runner.init(), 150)
    found = reported(runner.run(state, 800)[1], options)
    assert abs(found["log_z_difference"] - next(ends) + next(ends)) < LIMIT * found["log_z_difference_error"] < 0.05
    assert found["lowest"] == 0.05 and "log_z" not in found


def double_well() -> dict[str, float]:
    x = np.linspace(-3, 3, 6001)
    weight = np.exp(-12 * (x**2 - 1) ** 2 - 0.3 * x)
    return {f"phi{k}": float(np.sum(weight * x**k) / np.sum(weight)) for k in (1, 2)}


def hands() -> dict[str, float]:
    """Trapezoids on the torus, which converge exponentially."""
    angles = np.arange(48) * 2 * np.pi / 48
    a, b, c = np.meshgrid(angles, angles, angles, indexing="ij")
    wells = 6 * (np.cos(2 * a) + np.cos(2 * b) + np.cos(2 * c))
    weight = np.exp(wells + 0.5 * np.cos(a - b) + 0.7 * np.cos(b - c) + 0.3 * np.cos(a))
    means = {"aligned": np.cos(a - c), "up": np.cos(b), "near": np.cos(2 * a - 2 * b)}
    return {name: float(np.sum(weight * values) / np.sum(weight)) for name, values in means.items()}


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        pytest.param(DOUBLE_WELL, double_well(), id="well"),
        pytest.param(HANDS, hands(), id="hands", marks=pytest.mark.slow),
    ],
)
def test_tempering_crosses_where_hmc_is_stuck(text: str, exact: dict[str, float]) -> None:
    common = {"chains": 32, "draws": 1000, "warmup": 200}
    tempered, stuck = series(text, Tempering(**common, ladder=6, lowest=0.05)), series(text, HMC(**common, start="hot"))
    for name, value in exact.items():
        estimate = gamma_method(tempered[name])
        assert estimate.error < 0.03
        assert abs(pull(estimate, value)) < LIMIT, name
    slow = next(iter(exact))
    assert gamma_method(stuck[slow]).tau_int > 10 * gamma_method(tempered[slow]).tau_int
