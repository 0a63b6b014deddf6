"""All samplers reproduce exact expectation values; 3.5 Gamma-method errors, false alarm 5e-4 for each number."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from runtime.models import NormalFlow, complex_and_real, phi4

from lqdsl.runtime.analysis import derived_estimate, gamma_method, log_normalisation, longest_rejection, pull
from lqdsl.runtime.masks import LinearMask
from lqdsl.runtime.samplers import HMC, FlowMetropolis, LocalMetropolis, Overrelaxation, Runner

LIMIT = 3.5
ONE_SITE = phi4((1,), -4.0, 8.0)
RING = phi4((16,), -1.0, 1.0)
FREE = phi4((8, 8), 1.0, 0.0)
E1 = phi4((6, 6), -4.0, 6.975)
PAIR = complex_and_real((4, 4))

# Quadrature, transfer matrix, momentum sum, tensor renormalisation.
EXACT = {
    "one_site": (ONE_SITE, {"phi2": 0.2233662424, "phi4": 0.0870915606}),
    "ring": (RING, {"phi2": 0.3448987441, "phi4": 0.2564927909}),
    "free": (FREE, {"phi2": 0.127086998845, "chi2": 0.5}),
    "E1": (E1, {"phi2": 0.16138658, "phi4": 0.05257284, "chi2": 1.0630699, "hop2": 4 * (0.16138658 - 0.05834777)}),
}


def colours(model):
    if model.lattice.volume == 1:
        return {"phi": LinearMask((0,), 1)}
    if len(model.fields) == 2:
        return {"phi": LinearMask((1,) * model.lattice.ndim, 2), "chi": LinearMask((0,) * model.lattice.ndim, 1)}
    return {"phi": LinearMask((1,) * model.lattice.ndim, 2)}


SAMPLERS = {
    "leapfrog": lambda m, draws: HMC(draws=draws, warmup=200, integrator="leapfrog"),
    "omelyan": lambda m, draws: HMC(draws=draws, warmup=200, start="hot"),
    "omf4": lambda m, draws: HMC(draws=draws, warmup=100, integrator="omf4", steps=3, jitter=0.3, thin=2),
    "metropolis": lambda m, draws: LocalMetropolis(draws=draws, warmup=200, sweeps=2, colours=colours(m)),
    "overrelaxation": lambda m, draws: Overrelaxation(draws=draws, warmup=200, ratio=2, colours=colours(m)),
}


def run(model, options, seed=11, weights=None):
    runner = Runner(model, options, jax.random.key(seed), weights=weights)
    state = runner.init()
    if options.warmup:
        state, _ = runner.run(state, options.warmup)
    state, block = runner.run(state, options.draws)
    return state, block, {name: np.moveaxis(values, -1, 0) for name, values in block.series.items()}


@pytest.mark.parametrize(
    ("theory", "sampler"),
    [
        ("one_site", "omelyan"),
        ("one_site", "metropolis"),
        ("one_site", "overrelaxation"),
        ("ring", "leapfrog"),
        ("ring", "omf4"),
        ("free", "omelyan"),
        ("free", "metropolis"),
    ],
)
def test_exact_moments(theory: str, sampler: str) -> None:
    model, exact = EXACT[theory]
    _, block, series = run(model, SAMPLERS[sampler](model, 500))
    assert 0.3 < block.info["acceptance"].mean() <= 1
    for name, value in exact.items():
        estimate = gamma_method(series[name])
        assert estimate.error < 0.04 * value
        assert abs(pull(estimate, value)) < LIMIT, name


@pytest.mark.parametrize("sampler", ["omelyan", pytest.param("overrelaxation", marks=pytest.mark.slow)])
def test_e1(sampler: str) -> None:
    """Tensor-network values and the Schwinger-Dyson identity 2 sum_mu (d phi)^2 + 2 m2 phi^2 + 4 lambda phi^4 = 1."""
    _, block, series = run(E1, SAMPLERS[sampler](E1, 1000))
    for name, value in EXACT["E1"][1].items():
        assert abs(pull(gamma_method(series[name]), value)) < LIMIT, name
    identity = derived_estimate(
        lambda mean, p: 2 * mean("hop2") + 2 * p.m2 * mean("phi2") + 4 * p.lambda_ * mean("phi4"), series, E1.parameters
    )
    assert identity.error < 0.02
    assert abs(pull(identity, 1.0)) < LIMIT
    if "exp_minus_delta_h" in block.info:
        assert abs(pull(gamma_method(block.info["exp_minus_delta_h"].T), 1.0)) < LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_e1_precisely(sampler: str) -> None:
    _, _, series = run(E1, SAMPLERS[sampler](E1, 10000))
    for name, value in EXACT["E1"][1].items():
        estimate = gamma_method(series[name])
        assert estimate.error < 0.01 * value
        assert abs(pull(estimate, value)) < LIMIT, name


@pytest.mark.parametrize(
    "samplers",
    [("omelyan", "metropolis"), pytest.param(("leapfrog", "overrelaxation"), marks=pytest.mark.slow)],
)
def test_several_fields_with_components_agree(samplers: tuple[str, ...]) -> None:
    """Complex and real field, no density given: two samplers agree, and <chi dS/dchi> = 1."""
    results = {name: run(PAIR, SAMPLERS[name](PAIR, 200))[2] for name in samplers}
    for name in ("phi2", "chi2", "mixed"):
        estimates = [gamma_method(series[name]) for series in results.values()]
        assert max(abs(pull(estimates[0], other)) for other in estimates[1:]) < LIMIT
    for series in results.values():
        identity = derived_estimate(
            lambda mean, p: 2 * p.m2 * mean("chi2") + 2 * mean("mixed"), series, PAIR.parameters
        )
        assert abs(pull(identity, 1.0)) < LIMIT


def test_reflections_of_a_gaussian_are_always_accepted() -> None:
    """Free field: the centre that warm-up finds is -1/V'' up to its noise, so nearly every reflection is accepted."""
    state, block, _ = run(FREE, SAMPLERS["overrelaxation"](FREE, 50))
    moments = state.chains.moments.phi
    assert float(moments.product / moments.square) == pytest.approx(-1 / 10, rel=0.02)
    assert block.info["acceptance"].mean() > 0.98


def test_a_chain_in_equilibrium_stays_there() -> None:
    """S = phi^2 / 2, started from exact samples with no warm-up: <phi^2> = 1 and <phi^4> = 3 at every draw."""
    model = phi4((1,), 0.5, 0.0)
    for options in (
        HMC(chains=20000, draws=5, warmup=0, steps=2, trajectory=1.5, integrator="leapfrog"),
        LocalMetropolis(chains=20000, draws=5, warmup=0, width=1.5, colours=colours(model)),
        Overrelaxation(chains=20000, draws=5, warmup=0, width=1.5, colours=colours(model)),
    ):
        runner = Runner(model, options, jax.random.key(3))
        state = runner.init()
        exact = jax.random.normal(jax.random.key(4), (1, 20000), "float64")
        fields = type(model.kinds)(exact)
        state, block = runner.run(state._replace(chains=state.chains._replace(fields=fields)), 5)
        assert np.all(np.abs(block.series["phi2"].mean(axis=1) - 1) < 4 * np.sqrt(2 / 20000))
        assert np.all(np.abs(block.series["phi4"].mean(axis=1) - 3) < 4 * np.sqrt(96 / 20000))


def test_flow_that_is_the_target_is_always_accepted() -> None:
    model = phi4((1,), 0.5, 0.0)
    model = replace(model, flow=NormalFlow(model.lattice, 1.0))
    state, block, _ = run(model, FlowMetropolis(chains=4, draws=500, batch=64))
    assert np.all(block.info["accepted"] == 1) and np.all(block.info["acceptance"] > 1 - 1e-12)
    assert int(state.chains.longest.max()) == 0


def test_flow_metropolis_is_exact() -> None:
    """A broad proposal for one site: moments, log Z = 0.7337486873 from the weights, and the longest rejection."""
    model = replace(ONE_SITE, flow=NormalFlow(ONE_SITE.lattice, 0.7))
    state, block, series = run(model, FlowMetropolis(chains=4, draws=20000, batch=4096))
    assert 0.3 < block.info["accepted"].mean() < 0.9
    for name, value in EXACT["one_site"][1].items():
        assert abs(pull(gamma_method(series[name]), value)) < LIMIT
    log_z, error = log_normalisation(block.info["log_weight"].ravel())
    assert error < 0.01 and abs(log_z - 0.7337486873) < LIMIT * error
    assert int(state.chains.longest.max()) == longest_rejection(block.info["accepted"].T) > 3
