"""Correlators and masses against closed forms, weights against brute force."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from runtime.models import phi4

from lqdsl.runtime.analysis import (
    binder,
    connected,
    correlator,
    default_window,
    derived_estimate,
    effective_mass,
    effective_samples,
    expected_acceptance,
    log_normalisation,
    longest_rejection,
    pole_mass,
    second_moment_mass,
    susceptibility,
    variance,
)
from lqdsl.runtime.analysis.correlator import _by_fft, _by_matrix
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.samplers import HMC, Runner


@pytest.mark.parametrize("boundary", [1, -1])
@pytest.mark.parametrize(("extents", "axis"), [((6, 4), 0), ((4, 5, 3), 1), ((7,), 0)])
def test_correlator_by_definition(extents: tuple[int, ...], axis: int, boundary: int) -> None:
    """(1/V) sum over t0 of slice sums, with a sign for each crossing; three configurations at once."""
    lattice = Lattice(extents)
    values = np.random.default_rng(1).normal(size=(*extents, 3))
    perpendicular = tuple(a for a in range(len(extents)) if a != axis)
    slices, extent = values.sum(axis=perpendicular), extents[axis]
    expected = np.zeros((extent, 3))
    for t in range(extent):
        for t0 in range(extent):
            expected[t] += boundary ** ((t0 + t) // extent) * slices[t0] * slices[(t0 + t) % extent] / lattice.volume
    found = correlator(lattice, jnp.asarray(values), axis, boundary)
    assert np.allclose(found, expected, atol=1e-12)
    one = correlator(lattice, jnp.asarray(values[..., 0]), axis, boundary)
    assert np.allclose(one, expected[:, 0], atol=1e-12)


@pytest.mark.parametrize("period", [6, 7, 64])
def test_both_transforms_agree(period: int) -> None:
    slices = jnp.asarray(np.random.default_rng(2).normal(size=(period, 5)))
    assert np.allclose(_by_matrix(slices, period), _by_fft(slices, period), atol=1e-11)


@pytest.mark.parametrize("mass", [0.05, 0.66, 2.5])
@pytest.mark.parametrize("extent", [6, 9, 32])
@pytest.mark.parametrize("boundary", [1, -1])
def test_masses_of_one_state(mass: float, extent: int, boundary: int) -> None:
    times = np.arange(extent)
    forward, backward = np.exp(-mass * times), np.exp(-mass * (extent - times))
    correlation = 0.3 * (forward + boundary * backward)
    assert pole_mass(correlation, boundary=boundary) == pytest.approx(mass, rel=1e-9)
    assert pole_mass(correlation, (0, extent // 2), boundary) == pytest.approx(mass, rel=1e-9)
    if boundary > 0:
        assert np.allclose(effective_mass(correlation), mass, rtol=1e-6)
        assert len(effective_mass(correlation)) == extent // 2


def test_the_default_window_leaves_out_early_times() -> None:
    """A second state of three times the mass and a tenth of the amplitude moves the default fit by less than 1%."""
    mass, times, extent = 0.4, np.arange(32), 32

    def state(m: float) -> np.ndarray:
        return np.cosh(m * (times - extent / 2)) / np.cosh(m * extent / 2)

    both = state(mass) + 0.1 * state(3 * mass)
    assert default_window(32) == (5, 16) and default_window(6) == (1, 3)
    assert pole_mass(both) == pytest.approx(mass, rel=0.01)
    assert abs(pole_mass(both, (0, 16)) / mass - 1) > 0.02


def test_second_moment_mass_of_the_free_propagator() -> None:
    """1/(phat^2 + m^2) in one dimension has second-moment mass m and pole mass 2 asinh(m/2)."""
    extent, mass = 20, 0.7
    momenta = 2 * np.pi * np.arange(extent) / extent
    correlation = np.fft.ifft(1 / (4 * np.sin(momenta / 2) ** 2 + mass**2)).real
    assert second_moment_mass(correlation) == pytest.approx(mass, rel=1e-12)
    assert pole_mass(correlation) == pytest.approx(2 * np.arcsinh(mass / 2), rel=1e-9)


def test_no_mass_is_nan() -> None:
    rising = np.array([1.0, 2.0, 3.0, 4.0, 3.0, 2.0])
    assert np.isnan(pole_mass(rising)) and np.isnan(pole_mass(np.full(6, np.nan)))
    assert np.isnan(second_moment_mass(-rising))


def test_moments_and_vacuum() -> None:
    values = np.random.default_rng(3).normal(1.5, 2.0, size=400000)
    assert variance(values.mean(), np.mean(values**2)) == pytest.approx(values.var())
    assert susceptibility(values.mean(), np.mean(values**2), 10) == pytest.approx(10 * values.var())
    gauss = values - 1.5
    assert binder(np.mean(gauss**2), np.mean(gauss**4)) == pytest.approx(0, abs=0.01)
    assert binder(4.0, 16.0) == pytest.approx(2 / 3)
    assert np.allclose(connected(np.array([5.0, 4.0]), 0.5, 8), [3.0, 2.0])


def test_pole_mass_of_a_sampled_free_field() -> None:
    """m = 2 asinh(sqrt(m2) / 2) for S = sum (d phi)^2 + m2 phi^2, with errors by linear propagation; 3.5 errors."""
    free = phi4((12, 4), 0.5, 0.0)
    model = replace(free, observables=lambda f, p: {"C": correlator(free.lattice, f.phi, 0)})
    runner = Runner(model, HMC(chains=64, draws=1500, warmup=100, trajectory=1.5), jax.random.key(3))
    state, _ = runner.run(runner.init(), 100)
    _, block = runner.run(state, 1500)
    series = {"C": np.moveaxis(block.series["C"], -1, 0)}
    exact = 2 * np.arcsinh(np.sqrt(0.5) / 2)
    for function in (pole_mass, lambda c: effective_mass(c)[1]):
        estimate = derived_estimate(lambda mean, p, function=function: function(mean("C")), series)
        assert 0 < estimate.error < 0.05 * exact
        assert abs(estimate.mean - exact) < 3.5 * estimate.error


def test_figures_of_weights_by_definition() -> None:
    log_weights = np.random.default_rng(4).normal(100, 1.0, size=300)
    w = np.exp(log_weights - 100)
    assert effective_samples(log_weights) == pytest.approx(w.mean() ** 2 / np.mean(w**2))
    value, error = log_normalisation(log_weights)
    assert value == pytest.approx(100 + np.log(w.mean()))
    assert error == pytest.approx(w.std(ddof=1) / w.mean() / np.sqrt(300))
    brute = np.minimum(w[:, None], w[None, :]).mean() / w.mean()
    assert expected_acceptance(log_weights) == pytest.approx(brute)
    assert expected_acceptance(np.full(50, 7.0)) == pytest.approx(1)
    assert effective_samples(np.array([0.0, np.nan])) == pytest.approx(0.5)


def test_longest_rejection() -> None:
    assert longest_rejection(np.array([[1, 0, 0, 1, 0], [0, 1, 1, 1, 1]])) == 2
    assert longest_rejection(np.zeros((2, 7))) == 7
    assert longest_rejection(np.ones((1, 4))) == 0


def test_sinh_needs_two_times_off_its_zero() -> None:
    """Antiperiodic and four slices long: t = 2 is zero for any mass, and t = 1 alone tells none."""
    times = np.arange(4)
    assert np.isnan(pole_mass(np.sinh(0.7 * (2 - times)), boundary=-1))
    times = np.arange(8)
    assert pole_mass(np.sinh(0.7 * (4 - times)), boundary=-1) == pytest.approx(0.7, rel=1e-6)
