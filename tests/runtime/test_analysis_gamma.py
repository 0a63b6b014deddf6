"""The Gamma method against known processes and against pyerrors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyerrors
import pytest

from lqdsl.runtime.analysis import Estimate, derived_estimate, gamma_method, pull, to_pyerrors
from lqdsl.runtime.analysis.gamma import autocovariance
from lqdsl.runtime.errors import RuntimeInputError


def autoregressive(coefficient: float, chains: int, draws: int, seed: int) -> np.ndarray:
    """x' = a x + sqrt(1 - a^2) noise: unit variance, rho(t) = a^t, tau_int = (1 + a) / (2 (1 - a)); [chain, draw]."""
    noise = np.random.default_rng(seed).normal(size=(draws, chains))
    series = np.empty((draws, chains))
    series[0] = noise[0]
    for draw in range(1, draws):
        series[draw] = coefficient * series[draw - 1] + np.sqrt(1 - coefficient**2) * noise[draw]
    return series.T


@pytest.mark.parametrize("coefficient", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("chains", [1, 16])
def test_autoregressive(coefficient: float, chains: int) -> None:
    exact = 0.5 * (1 + coefficient) / (1 - coefficient)
    estimate = gamma_method(autoregressive(coefficient, chains, 80000 // chains, 1))
    assert abs(estimate.tau_int - exact) < 4 * estimate.tau_int_error + 0.05 * exact * (coefficient > 0)
    assert estimate.error == pytest.approx(np.sqrt(2 * exact / 80000), rel=0.1)
    assert abs(pull(estimate, 0.0)) < 4
    assert estimate.n == 80000
    assert estimate.n_effective == pytest.approx(80000 / (2 * exact), rel=0.2)
    assert estimate.cost(40.0) == pytest.approx(40 * 2 * estimate.tau_int / 80000)


def test_anticorrelated_series_have_small_errors() -> None:
    estimate = gamma_method(autoregressive(-0.4, 4, 20000, 2))
    assert estimate.tau_int == pytest.approx(0.5 * 0.6 / 1.4, abs=0.02)


def test_pulls_have_unit_width() -> None:
    """400 series of 500 draws with tau_int 1.5: the variance of the pull is 1 within 4 of its errors."""
    pulls = [pull(gamma_method(autoregressive(0.5, 2, 250, seed)), 0.0) for seed in range(400)]
    assert abs(np.mean(np.square(pulls)) - 1) < 4 * np.sqrt(2 / 400) + 0.05
    assert abs(np.mean(pulls)) < 4 / np.sqrt(400)


@pytest.mark.parametrize(("chains", "draws"), [(1, 4000), (3, 1500)])
def test_agrees_with_pyerrors(chains: int, draws: int) -> None:
    """Same mean; errors and tau_int to the difference of the two automatic windows."""
    series = 2 + autoregressive(0.7, chains, draws, 5)
    found, other = gamma_method(series), to_pyerrors(series, "test")
    other.gamma_method(S=1.5)
    assert found.mean == pytest.approx(other.value, rel=1e-12)
    assert found.error == pytest.approx(other.dvalue, rel=0.05)
    assert found.tau_int == pytest.approx(other.e_tauint["test"], rel=0.1)
    assert found.tau_int_error == pytest.approx(other.e_dtauint["test"], rel=0.3)


def test_derived_agrees_with_pyerrors() -> None:
    """exp(a)/b of two correlated series."""
    first = autoregressive(0.6, 2, 3000, 6)
    second = 3 + 0.5 * first + autoregressive(0.2, 2, 3000, 7)
    found = derived_estimate(lambda mean, p: np.exp(mean("a")) / mean("b"), {"a": first, "b": second})
    obs = [to_pyerrors(series, "test") for series in (first, second)]
    other = pyerrors.derived_observable(lambda x, **_: np.exp(x[0]) / x[1], obs, num_grad=True)
    other.gamma_method(S=1.5)
    assert found.mean == pytest.approx(other.value, rel=1e-12)
    assert found.error == pytest.approx(other.dvalue, rel=0.05)
    assert found.tau_int == pytest.approx(other.e_tauint["test"], rel=0.1)


def test_linear_functions_have_the_errors_of_their_series() -> None:
    series = autoregressive(0.5, 4, 1000, 8)
    scaled = derived_estimate(lambda mean, p: p * mean("a") + 1, {"a": series}, 3.0)
    plain = gamma_method(series)
    assert scaled.mean == pytest.approx(3 * plain.mean + 1)
    assert scaled.error == pytest.approx(3 * plain.error) and scaled.tau_int == pytest.approx(plain.tau_int)


def test_powers_and_vectors() -> None:
    """mean(name, 2) is the mean of the square; array results come with an array of errors."""
    series = np.stack([autoregressive(0.3, 2, 2000, seed) for seed in (1, 2)], axis=-1)
    square = derived_estimate(lambda mean, p: mean("a", 2) - mean("a") ** 2, {"a": series})
    assert square.mean == pytest.approx(series.var(axis=(0, 1)))
    assert square.error.shape == (2,) and np.all(np.abs(square.mean - 1) < 4 * square.error)
    ratio = derived_estimate(lambda mean, p: mean("a", 2)[1] / mean("a", 2)[0], {"a": series})
    assert isinstance(ratio.error, float) and abs(pull(ratio, 1.0)) < 4
    components = gamma_method(series)
    assert components.error[1] == pytest.approx(gamma_method(series[..., 1]).error)


def test_constant_series_have_no_error() -> None:
    estimate = gamma_method(np.full((3, 100), 0.1))
    assert (estimate.mean, estimate.error, estimate.tau_int) == (pytest.approx(0.1), 0.0, 0.5)
    derived = derived_estimate(lambda mean, p: mean("a") ** 2, {"a": np.full((3, 100), 0.1)})
    assert derived.error == 0.0


def test_a_function_that_fails_gives_nan() -> None:
    estimate = derived_estimate(lambda mean, p: float("nan") * mean("a"), {"a": autoregressive(0.1, 1, 100, 1)})
    assert np.isnan(estimate.mean) and np.isnan(estimate.error)


@pytest.mark.parametrize(
    "function",
    [
        lambda mean, p: 1 / mean("zero"),
        lambda mean, p: 1 - mean("zero", 4) / 3 / mean("zero", 2) ** 2,
        lambda mean, p: p**3 * mean("a"),
        lambda mean, p: mean("a") / (p - p) ** 2,
        lambda mean, p: (-p) ** 0.5 * mean("a"),
        lambda mean, p: (mean("a") - 100) ** 0.5,
    ],
)
def test_what_is_not_defined_has_no_finite_mean(function: Callable[[Any, float], Any]) -> None:
    series = {"a": autoregressive(0.1, 1, 100, 1), "zero": np.zeros((1, 100))}
    estimate = derived_estimate(function, series, 1e200)
    assert not np.isfinite(estimate.mean) and np.isnan(estimate.error)
    assert estimate.n == 100


def test_a_constant_has_no_error() -> None:
    estimate = derived_estimate(lambda mean, p: p / p, {"a": autoregressive(0.1, 1, 100, 1)}, 2.0)
    assert (estimate.mean, estimate.error, estimate.n) == (1.0, 0.0, 100)


def test_autocovariance_by_definition() -> None:
    series = autoregressive(0.5, 3, 57, 9)
    found = autocovariance(series, 20)
    for lag in range(21):
        pairs = series[:, : 57 - lag] * series[:, lag:]
        assert found[lag] == pytest.approx(pairs.sum() / (3 * (57 - lag)), rel=1e-10)


def test_pull_of_two_estimates() -> None:
    first, second = Estimate(1.0, 0.3, 0.5, 0.0, 10), Estimate(2.0, 0.4, 0.5, 0.0, 10)
    assert pull(first, second) == pytest.approx(-2) and pull(first, 0.4) == pytest.approx(2)


@pytest.mark.parametrize(
    ("series", "message"),
    [(np.ones((2, 3)), "at least 4 draws"), (np.array([[1.0, np.nan, 1, 1]]), "NaN"), (np.float64(1), "axes")],
)
def test_unfit_series(series: np.ndarray, message: str) -> None:
    with pytest.raises(RuntimeInputError, match=message):
        gamma_method(series)


def test_unknown_observables_are_named() -> None:
    with pytest.raises(RuntimeInputError, match="no observable 'c'; there are a, b"):
        derived_estimate(lambda mean, p: mean("c"), {"a": np.ones((1, 9)), "b": np.ones((1, 9))})
