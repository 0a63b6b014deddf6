"""Parallel tempering: the swaps, the ladder, and means where one chain stays in one well; 3.5 Gamma-method errors."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import module

from lqdsl.runtime import random
from lqdsl.runtime.analysis import gamma_method, pull
from lqdsl.runtime.samplers import HMC, Runner, Tempering
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
    assert even.max() - even.min() > 0.3
    assert block.info["round_trips"].sum() > 0


def series(text: str, options: Any) -> dict[str, np.ndarray]:
    model = module(text).MODEL
    runner = Runner(model, options, jax.random.key(1))
    state, _ = runner.run(runner.init(), options.warmup)
    return {name: np.moveaxis(values, -1, 0) for name, values in runner.run(state, options.draws)[1].series.items()}


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


@pytest.mark.parametrize(("text", "exact"), [(DOUBLE_WELL, double_well()), (HANDS, hands())], ids=["well", "hands"])
def test_tempering_crosses_where_hmc_is_stuck(text: str, exact: dict[str, float]) -> None:
    common = {"chains": 32, "draws": 1000, "warmup": 200}
    tempered, stuck = series(text, Tempering(**common, ladder=6, lowest=0.05)), series(text, HMC(**common, start="hot"))
    for name, value in exact.items():
        estimate = gamma_method(tempered[name])
        assert estimate.error < 0.03
        assert abs(pull(estimate, value)) < LIMIT, name
    slow = next(iter(exact))
    assert gamma_method(stuck[slow]).tau_int > 10 * gamma_method(tempered[slow]).tau_int
