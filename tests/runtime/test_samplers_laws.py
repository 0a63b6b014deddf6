"""Laws that hold to rounding: random numbers, integrators, energy differences."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from runtime.models import complex_and_real, phi4

from lqdsl.runtime import random
from lqdsl.runtime.samplers import HMC, INTEGRATORS, Runner
from lqdsl.runtime.samplers.chains import chain_sum, normal_momenta
from lqdsl.runtime.samplers.hmc import energy_difference, moves
from lqdsl.runtime.samplers.integrators import integrate

MODELS = {"phi4": phi4((4, 4)), "complex_and_real": complex_and_real((4, 4))}
RULES = sorted(INTEGRATORS)


def start(model, chains: int = 3, seed: int = 7):
    words = random.key_words(jax.random.key(seed))
    fields = jax.tree.map(lambda p: 0.5 * p, normal_momenta(words, model, chains))
    return fields, normal_momenta(random.fold(words, 99), model, chains)


def flow(model, rule: str, phase, size: float, steps: int):
    kick, drift = moves(model, model.parameters)
    return integrate(INTEGRATORS[rule], kick, drift, phase, jnp.asarray(size), steps)


def test_threefry_known_answers() -> None:
    """Known answers of the Random123 distribution for threefry2x32-20."""
    cases = [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ]
    for key, counter, expected in cases:
        words = jnp.array(key, jnp.uint32)
        found = random.threefry(words, jnp.uint32(counter[0]), jnp.uint32(counter[1]))
        assert tuple(int(value) for value in found) == expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_numbers(dtype: str) -> None:
    """Moments of 3 million numbers within 4 standard errors; streams of neighbouring keys are uncorrelated."""
    words = random.key_words(jax.random.key(1))
    first, second = (np.asarray(random.normal(random.fold(words, n), (1001, 3001), dtype), np.float64) for n in (0, 1))
    count = first.size
    assert first.shape == (1001, 3001)
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)):
        assert abs(np.mean(first**power) - mean) < 4 * np.sqrt(variance / count)
    assert abs(np.mean(first * second)) < 4 / np.sqrt(count)
    assert abs(np.mean(first[1:] * first[:-1])) < 4 / np.sqrt(count)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniform_numbers_exclude_the_ends(dtype: str) -> None:
    values = np.asarray(random.uniform(random.key_words(jax.random.key(2)), (999, 999), dtype), np.float64)
    assert 0 < values.min() < 1e-5 and 1 - 1e-5 < values.max() < 1
    assert abs(values.mean() - 0.5) < 4 * np.sqrt(1 / 12 / values.size)
    counts = np.histogram(values, 64, (0, 1))[0]
    assert np.sum((counts - values.size / 64) ** 2) / (values.size / 64) < 63 + 4 * np.sqrt(2 * 63)


@pytest.mark.parametrize("rule", RULES)
def test_coefficients(rule: str) -> None:
    """Drifts and kicks of a step add up to 1 each, and the step is its own mirror image."""
    stages = INTEGRATORS[rule].stages
    assert stages == stages[::-1]
    assert sum(stages[::2]) == pytest.approx(1, abs=1e-14) and sum(stages[1::2]) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", MODELS)
def test_reversible(name: str, rule: str) -> None:
    model = MODELS[name]
    fields, momenta = start(model)
    end, turned = flow(model, rule, (fields, momenta), 0.1, 7)
    back, _ = flow(model, rule, (end, jax.tree.map(jnp.negative, turned)), 0.1, 7)
    for a, b, c in zip(fields, back, end, strict=True):
        assert np.max(np.abs(a - b)) < 1e-10
        assert np.max(np.abs(a - c)) > 0.1


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", MODELS)
def test_energy_error_has_the_order_of_the_integrator(name: str, rule: str) -> None:
    """|dH| at fixed length falls by 2^order per halving of the step."""
    model = MODELS[name]
    phase = start(model, chains=16)
    errors = [
        np.sqrt(
            np.mean(np.square(energy_difference(model, flow(model, rule, phase, 1 / n, n), phase, model.parameters)))
        )
        for n in (40, 80)
    ]
    order = np.log2(errors[0] / errors[1])
    assert order == pytest.approx(INTEGRATORS[rule].order, abs=0.25)


def test_omelyan_beats_leapfrog_at_equal_cost() -> None:
    model = MODELS["phi4"]
    phase = start(model, chains=64)

    def error(rule: str, steps: int) -> float:
        delta = energy_difference(model, flow(model, rule, phase, 1 / steps, steps), phase, model.parameters)
        return float(np.sqrt(np.mean(delta**2)))

    assert INTEGRATORS["leapfrog"].forces(20) == INTEGRATORS["omelyan"].forces(10) == 20
    assert error("omelyan", 10) < 0.5 * error("leapfrog", 20)


@pytest.mark.parametrize("rule", RULES)
def test_forces_are_counted_as_stated(rule: str) -> None:
    """Kicks of a run of 4 steps, counted by running the moves without a compiler."""
    calls = []
    integrator = INTEGRATORS[rule]
    with jax.disable_jit():
        integrate(integrator, lambda s, c: (calls.append(float(c)), s)[1], lambda s, c: s, (0.0, 0.0), 1.0, 4)
    assert len(calls) == integrator.forces(4)
    assert sum(calls) == pytest.approx(4)


@pytest.mark.parametrize("name", MODELS)
def test_energy_difference(name: str) -> None:
    model = MODELS[name]
    old, new = start(model, seed=1), start(model, seed=2)

    def energy(phase):
        return model.action(phase[0], model.parameters) + 0.5 * sum(chain_sum(p * p) for p in phase[1])

    found = energy_difference(model, new, old, model.parameters)
    assert np.allclose(found, energy(new) - energy(old), rtol=1e-12, atol=1e-10)


def test_energy_difference_in_float32_at_large_volume() -> None:
    """Trajectories of a thermalised 64x64 lattice in float32: right to 2e-5, and better than by two actions."""
    exact_model, model = (phi4((64, 64), lam=4.572, dtype=dtype) for dtype in ("float64", "float32"))
    runner = Runner(exact_model, HMC(chains=4, warmup=0, steps=10), jax.random.key(1))
    state, _ = runner.run(runner.init(), 40)
    phase = (state.chains.fields, normal_momenta(random.key_words(jax.random.key(2)), exact_model, 4))

    def cast(tree, dtype):
        return jax.tree.map(lambda leaf: leaf.astype(dtype), tree)

    old, new = (cast(p, "float32") for p in (phase, flow(exact_model, "omelyan", phase, 0.1, 10)))
    exact = energy_difference(exact_model, cast(new, "float64"), cast(old, "float64"), model.parameters)
    found = energy_difference(model, new, old, model.parameters)
    blind = energy_difference(replace(model, density=None), new, old, model.parameters)
    assert found.dtype == jnp.float32
    error = np.sqrt(np.mean((found - exact) ** 2))
    assert error < 2e-5 and error < np.sqrt(np.mean((blind - exact) ** 2))
