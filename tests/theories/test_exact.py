"""Every example against exact numbers: its header, HMC, and local Metropolis where the action is one sum over sites.

All draws have fixed keys. An estimate passes within four of its own Gamma-method errors: over the about ninety
estimates of this file that is a false alarm with a probability of half a per cent; a changed key or machine draws anew.
"""

import re
from collections.abc import Callable
from functools import cache

import jax
import numpy as np
import pytest
from compiled import EXAMPLES, example, example_text, result
from oracles.compact import EXAMPLES as COMPACT
from oracles.examples import CORRELATORS
from oracles.examples import EXAMPLES as EXACT
from oracles.gauge_examples import EXAMPLES as GAUGE
from oracles.spin_examples import EXAMPLES as SPINS

from lqdsl.runtime.analysis import Estimate, derived_estimate, gamma_method, pole_mass
from lqdsl.runtime.masks import LinearMask
from lqdsl.runtime.samplers import HMC, LocalMetropolis, Runner

GENERAL = ("double_well", "o4_field", "particles")
"""Examples with a test file of their own."""
PULL = 4
HEADER_DIGITS = 2e-5
CONTINUOUS = HMC(chains=64, draws=600, warmup=60, trajectory=1.5, steps=8)
LOCAL = {"chains": 64, "draws": 1500, "warmup": 200}
METROPOLIS = ("complex_nnn", "phi6_anisotropic", "two_fields")
RUNS = [
    *((name, "hmc") for name in sorted(set(EXACT) - {"phi4", "minimal"})),
    *((name, "metropolis") for name in METROPOLIS),
]
ENSEMBLES = {  # arXiv:1904.12072: L, lambda, <phi^2>, <phi^4>, chi_2, <phi phi_nn>, m_p L with error as printed there
    "E1": (6, 6.975, 0.16138658, 0.05257284, 1.0630699, 0.05834777, 3.96, 0.03),
    "E3": (10, 5.550, 0.199012, 0.076969, 2.9075, 0.08859, 4.00, 0.04),
    "E5": (14, 5.113, 0.21841, 0.09068, 5.362, 0.10683, 4.03, 0.06),
}


@cache
def series(name: str, sampler: str, settings: tuple[tuple[str, float], ...] = ()) -> dict[str, np.ndarray]:
    """Name of the observable to [draw, ..., chain]."""
    module = example(name, settings)
    options = CONTINUOUS
    if sampler == "metropolis":
        options = LocalMetropolis(**LOCAL, colours=colours(name))
    runner = Runner(module.MODEL, options, jax.random.key(5))
    state, _ = runner.run(runner.init(), options.warmup)
    return runner.run(state, options.draws)[1].series


def colours(name: str) -> dict[str, LinearMask]:
    """The pattern that the compiler derives for each field."""
    masks = result(example_text(name), (), "float64", f"{name}.lqt").compiled.colours
    return {field: LinearMask(form=mask.form, modulus=mask.modulus) for field, mask in masks.items()}


def estimate(values: np.ndarray) -> Estimate:
    return gamma_method(np.moveaxis(values, -1, 0))


def test_every_example_has_exact_numbers() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.lqt")} == {*EXACT, *GAUGE, *SPINS, *GENERAL, *COMPACT}


@pytest.mark.parametrize("name", sorted(set(EXACT) - {"phi4"}))
def test_header_states_the_exact_numbers(name: str) -> None:
    header = "".join(line for line in example_text(name).splitlines() if line.startswith("#"))
    printed = [float(number) for number in re.findall(r"-?\d+\.\d+", header)]
    wanted = {key: value for key, value in EXACT[name]().items() if key not in ("nn", "chi2", "chi", "chi_phi")}
    if name == "minimal":
        wanted.pop("phi4")
    for key, value in wanted.items():
        assert min(abs(p - value) for p in printed) < HEADER_DIGITS * max(1, abs(value)), key


@pytest.mark.parametrize(("name", "sampler"), RUNS)
def test_sampler_agrees_with_exact_numbers(name: str, sampler: str) -> None:
    measured = series(name, sampler)
    for observable, value in EXACT[name]().items():
        if observable in measured:
            found = estimate(measured[observable])
            assert abs(found.mean - value) < PULL * found.error, (observable, found, value)
    phi2 = estimate(measured["phi2"])
    assert phi2.error < 0.01 * phi2.mean


@pytest.mark.parametrize("name", sorted(CORRELATORS))
def test_pole_mass_agrees_with_the_exact_correlator(name: str) -> None:
    module = example(name)
    found = derived(module.MODEL.derived["gap"], series(name, "hmc"))
    exact = pole_mass(CORRELATORS[name]())
    assert abs(found.mean - exact) < PULL * found.error
    assert exact == pytest.approx(EXACT[name]()["gap"], rel=0.01)  # excited states in the window of the fit


def derived(function: Callable[..., float], measured: dict[str, np.ndarray]) -> Estimate:
    return derived_estimate(function, {key: np.moveaxis(values, -1, 0) for key, values in measured.items()}, ())


def check_ensemble(label: str, draws: int) -> None:
    extent, coupling, phi2, phi4, chi2, neighbours, mass, mass_error = ENSEMBLES[label]
    module = example("phi4", (("L", extent), ("lambda", coupling)))
    options = HMC(chains=64, draws=draws, warmup=200, trajectory=1.5, steps=10)
    runner = Runner(module.MODEL, options, jax.random.key(11))
    state, _ = runner.run(runner.init(), options.warmup)
    measured = runner.run(state, draws)[1].series
    for observable, value in {"phi2": phi2, "phi4": phi4, "chi2": chi2, "nn": neighbours}.items():
        found = estimate(measured[observable])
        assert abs(found.mean - value) < PULL * found.error, (label, observable, found, value)
    assert estimate(measured["phi2"]).error < 0.01 * phi2
    found = derived(module.MODEL.derived["m_p"], measured)
    assert abs(extent * found.mean - mass) < PULL * np.hypot(extent * found.error, mass_error)


def test_e1() -> None:
    check_ensemble("E1", 800)


@pytest.mark.slow
@pytest.mark.parametrize("label", ["E3", "E5"])
def test_larger_ensembles(label: str) -> None:
    check_ensemble(label, 4000)
