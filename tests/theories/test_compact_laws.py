"""HMC and Metropolis on circles, spheres and matrices at sites: laws to rounding, and measures against exact ones."""

from functools import cache
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import module
from theories.compact_theories import THEORIES
from theories.motion import hot, momenta

from lqdsl.runtime import random
from lqdsl.runtime.analysis import gamma_method, pull
from lqdsl.runtime.samplers import HMC, INTEGRATORS, Runner
from lqdsl.runtime.samplers.hmc import along, energy_difference, moves
from lqdsl.runtime.samplers.integrators import integrate

NAMES = ("xy", "o3", "chiral su2", "chiral su3", "cylinder", "arm", "box")
QUICK = ("xy", "o3", "box")
SOME = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in NAMES]
DRIFTING = {"o3": 1e-14, "chiral su2": 1e-14, "chiral su3": 1e-13}


def model_of(name: str) -> Any:
    return module(THEORIES[name]).MODEL


def start(model: Any, seed: int = 1) -> Any:
    fields = hot(model, seed)
    return fields, along(model, fields, momenta(model, seed))


@cache
def motion(name: str, rule: str) -> Any:
    model = model_of(name)

    def run(phase: Any, size: Any, steps: Any) -> Any:
        return integrate(INTEGRATORS[rule], *moves(model, model.parameters), phase, size, steps)

    return jax.jit(run)


def energy_error(name: str, rule: str, steps: int) -> np.ndarray:
    model = model_of(name)
    phase = start(model)
    end = motion(name, rule)(phase, jnp.asarray(0.5 / steps), jnp.asarray(steps))
    return np.asarray(energy_difference(model, end, phase, model.parameters))


@pytest.mark.parametrize("rule", ["leapfrog", pytest.param("omf4", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SOME)
def test_reversible(name: str, rule: str) -> None:
    model, move = model_of(name), motion(name, rule)
    phase = start(model)
    end = move(phase, jnp.asarray(0.1), jnp.asarray(12))
    back, turned = move((end[0], jax.tree.map(jnp.negative, end[1])), jnp.asarray(0.1), jnp.asarray(12))
    for a, b, c in zip(phase[0], back, end[0], strict=True):
        np.testing.assert_allclose(b, a, atol=1e-11)
        assert np.max(np.abs(c - a)) > 0.1
    for a, b in zip(phase[1], turned, strict=True):
        np.testing.assert_allclose(b, -a, atol=1e-11)


@pytest.mark.parametrize("rule", ["leapfrog", pytest.param("omf4", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SOME)
def test_energy_error_has_the_order_of_the_integrator(name: str, rule: str) -> None:
    errors = [np.sqrt(np.mean(energy_error(name, rule, n) ** 2)) for n in (20, 40)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(INTEGRATORS[rule].order, abs=0.3)


@pytest.mark.parametrize("name", ["o3", pytest.param("cp1", marks=pytest.mark.slow)])
def test_geodesics_stay_on_the_sphere(name: str) -> None:
    """|s| = 1, p.s = 0 and |p| along free motion, which comes back to its start after one turn."""
    model = model_of(name)
    (kind,), ((s,), (p,)) = model.kinds, start(model)
    end, turned = kind.move(s, p, 1.7)
    assert (
        np.max(np.abs(jnp.sum(end * end, axis=0) - 1)) < 1e-14 and np.max(np.abs(jnp.sum(end * turned, axis=0))) < 1e-13
    )
    np.testing.assert_allclose(jnp.sum(turned * turned, axis=0), jnp.sum(p * p, axis=0), rtol=1e-13)
    full = 2 * jnp.pi / jnp.sqrt(jnp.sum(p * p, axis=0))
    np.testing.assert_allclose(kind.move(s, p, full)[0], s, atol=1e-13)
    slow = kind.move(s, 0 * p, 3.0)
    assert np.array_equal(slow[0], s) and not np.any(slow[1])


def constraint(model: Any, fields: Any) -> float:
    """Largest deviation of | s |^2 from 1, or of U^dagger U from 1."""
    (kind,), (values,) = model.kinds, fields
    if not hasattr(kind, "group"):
        return float(jnp.max(jnp.abs(jnp.sum(values * values, axis=0) - 1)))
    link = kind.link(values, 0)
    square = (link.H @ link).as_matrix()
    return float(max(jnp.max(jnp.abs(a - b)) for a, b in zip(square.parts, link.one().as_matrix().parts, strict=True)))


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n == "o3" else pytest.mark.slow) for n in DRIFTING])
def test_rounding_does_not_leave_the_space(name: str) -> None:
    """After 10^4 trajectories of few steps."""
    model = model_of(name)
    runner = Runner(
        model, HMC(chains=2, draws=10000, warmup=0, steps=3, trajectory=0.7), jax.random.key(1), capacity=5000
    )
    state, block = runner.run(runner.init(), 10000)
    assert block.info["accepted"].mean() > 0.3
    assert constraint(model, state.chains.fields) < DRIFTING[name]


@pytest.mark.parametrize("name", SOME)
def test_mean_of_exp_minus_delta_h(name: str) -> None:
    """From equilibrium, at steps so coarse that a tenth or more is rejected, over all trajectories of a draw."""
    model = model_of(name)
    runner = Runner(
        model, HMC(chains=128, draws=75, warmup=150, target=0.7, integrator="leapfrog", thin=2), jax.random.key(4)
    )
    state, _ = runner.run(runner.init(), 150)
    info = runner.run(state, 75)[1].info
    assert info["accepted"].mean() < 0.95
    estimate = gamma_method(info["exp_minus_delta_h"].T)
    assert estimate.error < 0.05 and abs(pull(estimate, 1.0)) < 4


SPIN = """lattice [1]
param h = 1.7
field s : sphere({n})
action = -h * sum[x]( s(x)[1] )
observable s1 = mean[x]( s(x)[1] )
observable q = mean[x]( s(x)[0]^2 )
sample hmc        {{ draws = 400  warmup = 100  steps = 3  trajectory = 1.5 }}
sample metropolis {{ draws = 1000  warmup = 100 }}
"""


def one_spin(n: int, h: float) -> dict[str, float]:
    """By quadrature over z = s[1], whose density is (1 - z^2)^((n - 3)/2) exp(h z); s[0]^2 has the mean (1 - z^2)/(n - 1)."""
    angle = (np.arange(4000) + 0.5) * np.pi / 4000
    z, weight = np.cos(angle), np.sin(angle) ** (n - 2) * np.exp(h * np.cos(angle))
    return {"s1": np.sum(z * weight) / np.sum(weight), "q": np.sum((1 - z * z) * weight) / np.sum(weight) / (n - 1)}


@pytest.mark.parametrize("sampler", ["hmc", "metropolis"])
@pytest.mark.parametrize("n", [pytest.param(2, marks=pytest.mark.slow), 3, pytest.param(5, marks=pytest.mark.slow)])
def test_one_spin_in_a_field(n: int, sampler: str) -> None:
    """Means, and the whole density of the component along the field."""
    model = module(SPIN.format(n=n)).MODEL
    options = model.samplers[sampler]
    runner = Runner(model, options, jax.random.key(2))
    state, _ = runner.run(runner.init(), options.warmup)
    block = runner.run(state, options.draws)[1]
    for name, value in one_spin(n, 1.7).items():
        assert abs(pull(gamma_method(block.series[name].T), value)) < 4, name
    edges = np.linspace(-1, 1, 9)
    fine = (np.arange(40000) + 0.5) * np.pi / 40000
    weight = np.sin(fine) ** (n - 2) * np.exp(1.7 * np.cos(fine))
    for low, high in pairwise(edges):
        inside = (np.cos(fine) > low) & (np.cos(fine) <= high)
        series = (block.series["s1"] > low) & (block.series["s1"] <= high)
        assert abs(pull(gamma_method(series.T.astype(float)), np.sum(weight[inside]) / np.sum(weight))) < 4


def test_proposals_on_the_sphere_are_symmetric() -> None:
    """s to s' and back are as likely: mean products of the two ends are symmetric under their exchange."""
    (kind,) = module(SPIN.format(n=3)).MODEL.kinds
    words = random.key_words(jax.random.key(7))
    pole = jnp.zeros((3, 400000)).at[2].set(1.0)
    tilted = jnp.zeros((3, 400000)).at[0].set(0.6).at[2].set(0.8)
    move = 0.7 * kind.noise(words, pole.shape, pole.dtype)
    there, back = kind.stepped(pole, move), kind.stepped(tilted, move[jnp.array([1, 2, 0])])
    np.testing.assert_allclose(jnp.sum(there * there, axis=0), 1, atol=1e-14)
    close = 0.95
    hits = [np.mean(np.sum(a * b, axis=0) > close) for a, b in ((there, tilted), (back, pole))]
    assert abs(hits[0] - hits[1]) < 4 * np.sqrt(2 * hits[0] / 400000) and hits[0] > 0.005


@pytest.mark.parametrize("field", ["angle", "sphere(3)", "SU(2)", "box(3, 5)"])
def test_widths_stop_where_steps_go_once_around(field: str) -> None:
    """At a coupling so weak that every step is accepted."""
    actions = {"angle": "cos(f(x))", "sphere(3)": "f(x)[0]", "SU(2)": "retr(f(x))", "box(3, 5)": "cos(2*pi*f(x)[0]/3)"}
    text = f"lattice [4]\nfield f : {field}\naction = 0.001 * sum[x]( {actions[field]} )\nsample metropolis {{ warmup = 600 }}\n"
    model = module(text).MODEL
    runner = Runner(model, model.samplers["metropolis"], jax.random.key(2))
    state, _ = runner.run(runner.init(), 600)
    width = float(jnp.exp(state.chains.widths.f.logarithm))
    assert 0.9 * model.kinds.f.widest < width <= model.kinds.f.widest * (1 + 1e-9)
