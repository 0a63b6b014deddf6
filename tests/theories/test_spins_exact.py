"""Spin models: examples and more against exact numbers, and HMC against clusters where there are none.

All draws have fixed keys. An estimate passes within four of its own Gamma-method errors, agreement within three; over the
about sixty estimates of this file that is a false alarm with a probability of two per cent; a changed key or machine draws anew.
"""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from compiled import example, example_text, module
from oracles.chiral import ChiralRing
from oracles.examples import on_model, phi4
from oracles.spin_examples import EXAMPLES, SETTINGS
from oracles.spins import SpinRing, TorusXY
from scipy.special import iv, ivp

from lqdsl.runtime.analysis import gamma_method, pull
from lqdsl.runtime.samplers import Runner, Sweeps, Tempering, Wolff

PULL = 4
AGREEMENT = 3
HEADER_DIGITS = 2e-5
SLOW = pytest.mark.slow
QUICK = (("xy", "wolff"), ("xy", "hmc"), ("o3", "metropolis"), ("o3", "wolff"), ("chiral_su2", "wolff"))
"""Runs of the default tests; the others carry the marker `slow`."""
RUNS = [
    pytest.param(name, sampler, marks=() if (name, sampler) in QUICK else SLOW)
    for name in EXAMPLES
    for sampler in ("hmc", "heatbath", "metropolis", "wolff", "tempering", "tempered sweeps")
    if f"sample {sampler}" in example_text(name) or "temper" in sampler
]
Settings = tuple[tuple[str, float], ...]


@pytest.mark.parametrize(
    ("ring", "energy", "log_z"),
    [
        (SpinRing(2, 1.0, 16), 0.44639391203, 3.7746347072),
        (SpinRing(3, 1.0, 16), 0.31303530798, 2.5830298106),
        (SpinRing(4, 1.0, 16), 0.24019372432, None),
        (TorusXY(1.0, 4, 4), 0.70586456011, 10.6474813406),
    ],
)
def test_known_numbers(ring: Any, energy: float, log_z: float | None) -> None:
    assert ring.energy == pytest.approx(energy, abs=1e-10)
    assert log_z is None or ring.log_z == pytest.approx(log_z, abs=1e-10)


@pytest.mark.parametrize(
    ("matrices", "vectors"),
    [(ChiralRing(2, True, 1.0, 16), SpinRing(4, 1.0, 16)), (ChiralRing(1, False, 1.3, 6), SpinRing(2, 1.3, 6))],
)
def test_matrices_that_are_unit_vectors(matrices: ChiralRing, vectors: SpinRing) -> None:
    """SU(2) and U(1) by characters of the group, and by harmonics of the sphere."""
    assert matrices.log_z == pytest.approx(vectors.log_z, abs=1e-10)
    assert matrices.energy == pytest.approx(vectors.energy, abs=1e-9)


def test_a_thin_torus_is_a_ring() -> None:
    """One site across, with a bond from every site to itself."""
    torus, ring = TorusXY(0.9, 6, 1), SpinRing(2, 0.9, 6)
    assert torus.log_z == pytest.approx(ring.log_z + 6 * 0.9, abs=1e-6)
    assert torus.energy == pytest.approx(ring.energy, abs=1e-6)


@pytest.mark.parametrize("name", EXAMPLES)
def test_header_states_the_numbers(name: str) -> None:
    header = "".join(line for line in example_text(name).splitlines() if line.startswith("#"))
    printed = [float(number) for number in re.findall(r"-?\d+\.\d+", header)]
    for key, value in EXAMPLES[name]().items():
        assert min(abs(p - value) for p in printed) < HEADER_DIGITS * max(1, abs(value)), key


def drawn(model: Any, options: Any, seed: int = 3) -> dict[str, np.ndarray]:
    """Name of the observable to [chain, draw, ...]."""
    runner = Runner(model, options, jax.random.key(seed))
    state, _ = runner.run(runner.init(), options.warmup)
    return {name: np.moveaxis(values, -1, 0) for name, values in runner.run(state, options.draws)[1].series.items()}


def check(series: dict[str, np.ndarray], exact: dict[str, float], precision: float = 0.02) -> None:
    for name in set(exact) & set(series):
        found = gamma_method(series[name])
        assert abs(pull(found, exact[name])) < PULL, (name, found, exact[name])
        assert found.error < precision * abs(exact[name]), name


@pytest.mark.parametrize(("name", "sampler"), RUNS)
def test_samplers_agree_with_exact_numbers(name: str, sampler: str) -> None:
    model = example(name, SETTINGS.get(name, ())).MODEL
    if sampler == "tempering":
        options = Tempering(ladder=4, lowest=0.2, draws=400, warmup=100)
    elif sampler == "tempered sweeps":
        colours = model.samplers["metropolis"].colours if "metropolis" in model.samplers else xy_colours()
        options = Tempering(ladder=4, lowest=0.2, draws=800, warmup=100, update=Sweeps(2), colours=colours)
    else:
        options = replace(model.samplers[sampler], warmup=100, draws=800)
    check(drawn(model, options), EXAMPLES[name]())


def xy_colours() -> Any:
    text = example_text("xy") + "\nsample metropolis { draws = 10 }\n"
    return module(text, SETTINGS["xy"]).MODEL.samplers["metropolis"].colours


XY_RING = """lattice [8]
param k = 1.0
{data}field t : angle
action = -sum[x]( {coupling} * cos(t(x) - t(x + e[0])) )
observable energy = mean[x]( {coupling} * cos(t(x) - t(x + e[0])) )
sample wolff {{ draws = 1000  warmup = 100 }}
"""


@pytest.mark.parametrize("k", [-1.3, 0.4])
def test_clusters_at_run_time_couplings_of_either_sign(k: float) -> None:
    """On a ring of even length the sign of the coupling is no matter."""
    model = module(XY_RING.format(coupling="k", data="")).MODEL
    runner = Runner(model, model.samplers["wolff"], jax.random.key(1), model.parameters._replace(k=k))
    state, _ = runner.run(runner.init(), 100)
    found = gamma_method(np.moveaxis(runner.run(state, 1000)[1].series["energy"], -1, 0))
    assert abs(pull(found, abs(k) * SpinRing(2, abs(k), 8).energy)) < PULL and found.error < 0.02 * abs(found.mean)


@pytest.mark.slow
def test_clusters_with_a_coupling_for_each_bond(tmp_path: Path) -> None:
    """Z of a ring is sum_n prod_x I_n(J(x)), frustrated here."""
    links = np.array([1.5, -0.7, 0.9, 2.0, -1.1, -1.2, 0.5, 1.0])
    np.save(tmp_path / "J.npy", links)
    text = XY_RING.format(coupling="J[x]", data='data J[x] from "J.npy"\n')
    waves = np.arange(-30, 31)[:, None]
    products = np.prod(iv(waves, links), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = np.where(np.abs(waves) < 20, links * ivp(waves, links) / iv(waves, links), 0).sum(axis=1)
    exact = float(np.sum(products * slopes) / np.sum(products) / 8)
    model = module(text, folder=str(tmp_path)).MODEL
    check(drawn(model, replace(model.samplers["wolff"], draws=3000)), {"energy": exact})


BYSTANDER = """lattice [4]
field t : angle
field u : {kind}
action = -sum[x]( (1 + 0.8*{cosine}) * cos(t(x) - t(x + e[0])) ) - 0.5*sum[x]( {shifted} )
observable bond  = mean[x]( cos(t(x) - t(x + e[0])) )
observable other = mean[x]( {cosine} )
sample wolff {{ draws = 1500  warmup = 100 }}
"""
BESIDE = {
    "angle": ("cos(u(x))", "cos(u(x) - 0.7)"),
    "link U(1)": ("re(u[0](x))", "re(u[0](x) * exp(-0.7*i))"),
}


@pytest.mark.parametrize("kind", ["angle", pytest.param("link U(1)", marks=SLOW)])
def test_fields_beside_clusters_move(kind: str) -> None:
    """u, whose neighbours do not meet and whose field breaks its reflections, by the transfer matrix of t."""
    grid = 2 * np.pi * np.arange(48) / 48
    bond = np.cos(grid[:, None] - grid)[..., None]
    weight = np.exp((1 + 0.8 * np.cos(grid)) * bond + 0.5 * np.cos(grid - 0.7))
    transfer = weight.mean(axis=-1)
    three = np.linalg.matrix_power(transfer, 3)
    exact = {
        name: float(np.sum((weight * what).mean(axis=-1).T * three) / np.trace(three @ transfer))
        for name, what in (("bond", bond), ("other", np.cos(grid)))
    }
    cosine, shifted = BESIDE[kind]
    model = module(BYSTANDER.format(kind=kind, cosine=cosine, shifted=shifted)).MODEL
    assert set(model.pairs) == {"t"}
    check(drawn(model, model.samplers["wolff"]), exact)


FLAT = {"phi4": phi4, "on_model": on_model}


@pytest.mark.parametrize("name", [pytest.param("phi4", marks=SLOW), "on_model"])
def test_embedded_spins_of_fields_with_lengths(name: str) -> None:
    """phi^4 in two dimensions (E1) and the linear O(3) model: clusters for the signs, Metropolis for the lengths."""
    model = module(example_text(name) + "\nsample wolff { draws = 1000  warmup = 200  clusters = 4 }\n").MODEL
    series = drawn(model, model.samplers["wolff"])
    check(series, {key: value for key, value in FLAT[name]().items() if key != "nn"}, 0.05)


@cache
def pair(name: str, settings: Settings) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """HMC and clusters."""
    model = example(name, settings).MODEL
    draws = 1000000 // model.lattice.volume if model.lattice.volume > 256 else 4000
    hmc = replace(model.samplers["hmc"], draws=draws, trajectory=2.0)
    return drawn(model, hmc), drawn(model, Wolff(draws=2 * draws, warmup=500))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "settings"),
    [("xy", ()), ("o3", ()), ("o3", (("L", 32), ("W", 32), ("beta", 1.4))), ("chiral_su2", (("beta", 2.0),))],
)
def test_hmc_and_clusters_agree(name: str, settings: Settings) -> None:
    """XY 16x16 at beta = 1.12, O(3) 16x16 at beta = 1.2 and 32x32 at 1.4, where clusters have the shorter memory."""
    first, second = pair(name, settings)
    for observable in set(first) - {"C"}:
        slow, fast = gamma_method(first[observable]), gamma_method(second[observable])
        assert abs(pull(slow, fast)) < AGREEMENT, (observable, slow, fast)
        assert fast.error < 0.01 * abs(fast.mean)
    if dict(settings).get("L") == 32:
        assert gamma_method(second["chi"]).tau_int < gamma_method(first["chi"]).tau_int
