"""Particles: where they start, the dimer in a bath, and what its exact and known numbers are."""

import re

import jax
import numpy as np
import pytest
from compiled import example, example_text, module, result
from theories.motion import check_force, check_terms
from theories.test_exact import estimate

from lqdsl.runtime.analysis import derived_estimate
from lqdsl.runtime.samplers import HMC, Runner
from lqdsl.runtime.samplers.chains import SCATTER, grid_points, start_fields

GAS = "index p = 0..{last}\nfield r[p] : real({n})\naction = sum[p < q]( 1/|r[p] - r[q]|^12 ) + sum[p]( dot(r[p], r[p]) / 9 )\n"


@pytest.mark.parametrize(("components", "count"), [(1, 5), (2, 16), (2, 38), (3, 30)])
def test_grid_points_are_apart(components: int, count: int) -> None:
    points = grid_points(components, count)
    distances = np.linalg.norm(points[:, :, None] - points[:, None], axis=0)[np.triu_indices(count, 1)]
    assert points.shape == (components, count) and distances.min() == 1.0


@pytest.mark.parametrize(("n", "last"), [(2, 37), (3, 29)])
def test_particles_start_apart(n: int, last: int) -> None:
    """The action per particle is of order one at the start; in every hot start some particles all but coincide."""
    model = module(GAS.format(n=n, last=last)).MODEL
    words = jax.numpy.asarray([1, 2], jax.numpy.uint32)
    grid, hot = (start_fields(words, model, 8, start) for start in ("grid", "hot"))
    apart, together = (np.asarray(model.action(fields, model.parameters)) for fields in (grid, hot))
    assert np.max(apart) < 12 * (last + 1) < np.min(together)
    assert len(np.unique(np.asarray(grid.r[0, 0]))) == 8 and SCATTER > 0


def test_samplers_of_particles_start_on_a_grid() -> None:
    text = GAS.format(n=2, last=5) + "sample hmc { }\nsample tempering { start = hot }\n"
    compiled = result(text).module
    assert 'rt.HMC(start="grid")' in compiled and compiled.count('start="hot"') == 1
    assert (
        "start"
        not in result("lattice [4]\nfield v : vector(2)\naction = sum[x]( dot(v(x), v(x)) )\nsample hmc { }").module
    )


def test_force_of_the_dimer() -> None:
    model = example("particles").MODEL
    check_terms(model)
    check_force(module(example_text("particles").replace("1 / d^12", "1 / (d^2 + 1)^6")).MODEL)


def measured(options: HMC, seed: int) -> dict[str, np.ndarray]:
    runner = Runner(example("particles").MODEL, options, jax.random.key(seed))
    state, _ = runner.run(runner.init(), options.warmup)
    return runner.run(state, options.draws)[1].series


def check(series: dict[str, np.ndarray], precision: float) -> None:
    """Virial within four errors of 1, the free energy difference within three of the one in the header."""
    virial = estimate(series["virial"])
    assert abs(virial.mean - 1) < 4 * virial.error
    model = example("particles").MODEL
    found = derived_estimate(
        model.derived["dF"], {k: np.moveaxis(v, -1, 0) for k, v in series.items()}, model.parameters
    )
    known = re.search(r"dF = (-?[\d.]+) \+- ([\d.]+)", example_text("particles"))
    assert known is not None
    assert abs(found.mean - float(known[1])) < 3 * np.hypot(found.error, float(known[2]))
    assert found.error < precision


@pytest.mark.slow
def test_free_energy_of_the_dimer_by_hmc() -> None:
    check(measured(HMC(chains=64, draws=800, warmup=200, trajectory=1.0, start="grid"), 3), 0.12)


@pytest.mark.slow
def test_free_energy_of_the_dimer_by_tempering() -> None:
    options = example("particles").MODEL.samplers["tempering"]
    check(measured(options, 4), 0.05)


def test_a_periodic_box_of_angles() -> None:
    """Coordinates on a torus are angles; a distance made of sines and cosines is periodic, and proved to be."""
    text = (
        "param L : real = 7.0\nindex p = 0..37\nfield x[p] : angle\nfield y[p] : angle\n"
        "action = sum[p < q]( 1 / (0.2 + (L/pi)^2 * (2 - cos(x[p] - x[q]) - cos(y[p] - y[q])) / 2)^3 )\n"
        "symmetry permutations(x, y)\nsymmetry shift : x -> x + a\n"
    )
    model = module(text).MODEL
    check_force(model)
    assert {"permutations(x, y)", "shift"} <= set(model.symmetries)
