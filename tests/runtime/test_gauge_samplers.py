"""Samplers of links: laws to rounding, conditional distributions against quadrature, exact plaquettes.

Statistical limits are 3.5 (Gamma method) or 4.5 (bins of histograms) standard errors: false alarms below 1e-3 a test.
"""

from functools import lru_cache
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from runtime.gauge_models import colours, wilson
from runtime.groups_registry import GROUPS, dense
from scipy.integrate import quad

from lqdsl.runtime import random
from lqdsl.runtime.analysis import gamma_method, pull
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.samplers import HMC, INTEGRATORS, Heatbath, LocalMetropolis, Overrelaxation, Runner
from lqdsl.runtime.samplers.chains import normal_momenta, start_fields
from lqdsl.runtime.samplers.conditional import quaternion, von_mises
from lqdsl.runtime.samplers.hmc import energy_difference, moves
from lqdsl.runtime.samplers.integrators import integrate
from lqdsl.runtime.samplers.link_updates import heatbath, overrelaxation

LIMIT = 3.5
WORDS = random.key_words(jax.random.key(9))
# Sums over characters: plaquette of two-dimensional tori.
EXACT = {
    "U(1)": ((8, 8), 2.0, 0.697774658010),
    "SU(2)": ((4, 4), 2.2, 0.46448054973),
    "SU(3)": ((4, 4), 5.0, 0.35395446137),
}


@lru_cache
def model(name: str):
    return wilson(GROUPS[name], (4, 2), 2.0)


@lru_cache
def motion(name: str, rule: str):
    theory = model(name)

    @jax.jit
    def run(phase, size, steps):
        kick, drift = moves(theory, theory.parameters)
        return integrate(INTEGRATORS[rule], kick, drift, phase, size, steps)

    return run


def start(name: str, chains: int = 3):
    theory = model(name)
    return start_fields(WORDS, theory, chains, "hot"), normal_momenta(random.fold(WORDS, 5), theory, chains)


CASES = [
    ("U(1)", "omelyan"),
    ("SU(2)", "leapfrog"),
    ("SU(3)", "omelyan"),
    pytest.param("U(2)", "omf4", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("name", "rule"), CASES)
def test_reversible_and_of_the_order_of_the_integrator(name: str, rule: str) -> None:
    """Back at the start with turned momenta; |dH| falls by 2^order where the step is halved."""
    theory, run, phase = model(name), motion(name, rule), start(name)
    end, turned = run(phase, 0.1, 7)
    back, _ = run((end, jax.tree.map(jnp.negative, turned)), 0.1, 7)
    assert np.max(np.abs(back.U - phase[0].U)) < 1e-12
    assert np.max(np.abs(end.U - phase[0].U)) > 0.1
    errors = []
    for steps in (20, 40):
        delta = energy_difference(theory, run(phase, 1 / steps, steps), phase, theory.parameters)
        errors.append(np.sqrt(np.mean(np.square(delta))))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(INTEGRATORS[rule].order, abs=0.35)


@pytest.mark.parametrize("kappa", [0.0, 0.3, 3.0, 300.0])
def test_von_mises(kappa: float) -> None:
    """Histogram of 2e5 angles in 20 bins of equal width over five standard deviations."""
    angles, found = von_mises(WORDS, jnp.full(200000, kappa))
    reach = min(np.pi, 5 / np.sqrt(kappa) if kappa else np.pi)
    check_histogram(angles[found], lambda t: np.exp(kappa * (np.cos(t) - 1)), (-reach, reach), (-np.pi, np.pi))
    assert np.mean(found) > 0.998


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.9, 2.1, 50.0])
def test_quaternions(alpha: float) -> None:
    """Histogram of a_0, density sqrt(1 - a_0^2) exp(alpha a_0); unit norm; no preferred direction."""
    points, found = quaternion(WORDS, jnp.full(200000, alpha))
    points = np.stack(points)[:, np.asarray(found)]
    assert np.max(np.abs(np.sum(points**2, axis=0) - 1)) < 1e-12 and np.mean(found) > 0.998
    low = max(-1.0, 1 - 10 / max(alpha, 1e-9))
    check_histogram(points[0], lambda a: np.sqrt(1 - a * a) * np.exp(alpha * (a - 1)), (low, 1.0), (-1.0, 1.0))
    for part in points[1:]:
        assert abs(np.mean(part)) < 4.5 * np.std(part) / np.sqrt(len(part))


def check_histogram(values, density, reach, support) -> None:
    counts, edges = np.histogram(values, 20, reach)
    total = quad(density, *support, points=reach, limit=200)[0]
    exact = np.array([quad(density, a, b)[0] for a, b in pairwise(edges)]) / total
    size = len(values)
    assert np.all(np.abs(counts - size * exact) < 4.5 * np.sqrt(size * exact * (1 - exact)) + 1)


@pytest.mark.parametrize("name", ["U(1)", "SU(2)", "SU(3)", "U(2)"])
def test_single_links(name: str) -> None:
    """Overrelaxation keeps Re tr(U V) and is its own inverse for U(1), SU(2). Heatbath in equilibrium: for V = -A with A
    real, <Re tr U> of links that start from Haar elements weighted by the target stays where it is."""
    group, shape = GROUPS[name], (20000,)
    link, other = (group.haar(random.fold(WORDS, number), shape, "float64") for number in (0, 1))
    staple = -0.9 * other.one() - 0.3 * other

    def action(u):
        return (u @ staple).re_tr()

    reflected, _ = jax.jit(overrelaxation)(WORDS, link, staple)
    assert np.max(np.abs(action(reflected) - action(link))) < 1e-12
    assert np.max(np.abs(dense(reflected) - dense(link))) > 0.1
    if name in ("U(1)", "SU(2)"):
        again, _ = jax.jit(overrelaxation)(WORDS, reflected, staple)
        assert np.max(np.abs(dense(again) - dense(link))) < 1e-12
    drawn, fraction = jax.jit(heatbath)(random.fold(WORDS, 2), link, staple)
    matrices = dense(drawn)
    assert np.max(np.abs(matrices @ np.conj(np.swapaxes(matrices, -1, -2)) - np.eye(group.n))) < 1e-12
    assert 0.998 < np.mean(fraction) <= 1
    weight = np.exp(-np.asarray(action(link)))
    before, after = (np.stack([dense(u)[..., 0, 0].real, np.asarray(action(u))]) for u in (link, drawn))
    drift = np.mean(weight * (after - before), axis=1)
    error = np.std(weight * (after - before), axis=1) / np.sqrt(len(weight))
    assert np.all(np.abs(drift) < 4 * error)


def sampler(name: str, kind: str, draws: int, chains: int):
    shared = {"chains": chains, "draws": draws, "warmup": 0, "width": 1.0}
    pattern = {"U": colours(wilson(GROUPS[name], *EXACT[name][:2]).lattice)}
    return {
        "hmc": lambda: HMC(chains, draws, 0, 1.5, 10),
        "hot": lambda: HMC(chains, draws, 0, 1.5, 10, start="hot"),
        "heatbath": lambda: Heatbath(**shared, colours=pattern, overrelaxation=2),
        "metropolis": lambda: LocalMetropolis(**shared, colours=pattern, hits=4),
    }[kind]()


def run(name: str, kind: str, draws: int = 150, chains: int = 64):
    theory = wilson(GROUPS[name], *EXACT[name][:2])
    runner = Runner(theory, sampler(name, kind, draws, chains), jax.random.key(13))
    state, _ = runner.run(runner.init(), 40)
    return runner.run(state, draws)[1]


SLOW = [
    ("U(1)", "hmc"),
    ("SU(2)", "hmc"),
    ("SU(3)", "hot"),
    ("SU(2)", "metropolis"),
    ("SU(3)", "heatbath"),
    ("SU(3)", "metropolis"),
]
FAST = [("U(1)", "heatbath"), ("U(1)", "metropolis"), ("SU(2)", "heatbath")]


@pytest.mark.parametrize(("name", "kind"), [*FAST, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW)])
def test_exact_plaquette(name: str, kind: str) -> None:
    """Sum over characters; for HMC also <exp(-dH)> = 1."""
    block = run(name, kind)
    estimate = gamma_method(block.series["plaquette"].T)
    assert estimate.error < 0.005 * EXACT[name][2]
    assert abs(pull(estimate, EXACT[name][2])) < LIMIT
    if "exp_minus_delta_h" in block.info:
        assert block.info["acceptance"].mean() > 0.5
        assert abs(pull(gamma_method(block.info["exp_minus_delta_h"].T), 1.0)) < LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SU(2)", "SU(3)"])
def test_links_stay_on_the_group_over_many_trajectories(name: str) -> None:
    """10^4 trajectories in single precision: U U^dagger - 1 stays at rounding, and angles of U(1) in (-pi, pi]."""
    theory = wilson(GROUPS[name], (2, 2), 2.0, "float32")
    runner = Runner(theory, HMC(chains=4, warmup=0, steps=5), jax.random.key(2))
    state, _ = runner.run(runner.init(), 10000)
    for link in theory.kinds.U.links(state.chains.fields.U):
        matrices = dense(link)
        assert np.max(np.abs(matrices @ np.conj(np.swapaxes(matrices, -1, -2)) - np.eye(GROUPS[name].n))) < 2e-6


def test_options_that_do_not_fit_are_refused() -> None:
    theory, pattern = model("SU(2)"), {"U": colours(model("SU(2)").lattice)}
    with pytest.raises(RuntimeInputError, match="heatbath"):
        Overrelaxation(colours=pattern).build(theory)
    with pytest.raises(RuntimeInputError, match="each direction"):
        Heatbath(colours={"U": pattern["U"][0]}).build(theory)
    with pytest.raises(RuntimeInputError, match="overrelaxation"):
        Heatbath(overrelaxation=-1)
    with pytest.raises(RuntimeInputError, match="hits"):
        LocalMetropolis(hits=0)
