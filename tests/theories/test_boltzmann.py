"""Boltzmann generators: mixed training on samples of the run itself, free energies, forward and reverse ESS."""

import json
from math import log, pi, sqrt
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from compiled import example_text, module, result

from lqdsl.diagnostics import DiagnosticError
from lqdsl.runtime.analysis import derived_estimate
from lqdsl.runtime.analysis.derived import ReweightedMeans
from lqdsl.runtime.analysis.weights import effective_samples, forward_effective_samples
from lqdsl.runtime.campaign import Campaign, Interrupted, create
from lqdsl.runtime.campaign.judging import warnings
from lqdsl.runtime.storage import read_lines
from lqdsl.runtime.train import TrainOptions
from lqdsl.runtime.train.losses import forward_kl, loss_function, reverse_kl_path

WELL = example_text("double_well")
REPLACED = {
    "layers = 8": "layers = 4",
    "bins = 12": "bins = 8",
    "[32, 32]": "[16]",
    "steps     = 1500": "steps = 200  evaluate_every = 50",
    "batch     = 256": "batch = 128",
    "draws = 2000  warmup = 200  trajectory = 2.0  save = 20": "draws = 600  warmup = 100  trajectory = 2.0  save = 10",
    "chains = 64  draws = 1000  warmup = 200  ladder": "chains = 32  draws = 300  warmup = 100  ladder",
}


def replaced(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


SHORT = replaced(WELL, REPLACED)


def exact() -> dict[str, float]:
    """The second coordinate is Gaussian given the first; the first by quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(300)

    def half(sign: int) -> float:
        x = sign * 2.5 * (nodes + 1)
        return float(np.sum(2.5 * weights * np.exp(-4 * (x * x - 1) ** 2 - 0.5 * x)))

    left, right = half(-1), half(1)
    return {"dF": -log(left / right), "left": left / (left + right), "log_z": log((left + right) * sqrt(pi / 3))}


def begin(folder: Path, text: str = SHORT, seed: int = 1) -> Path:
    compiled = result(text, (), "float32", "double_well.lqt")
    create(folder, name="double_well", module=compiled.module, seed=seed)
    return folder


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = begin(tmp_path_factory.mktemp("boltzmann") / "run")
    Campaign(folder).run()
    return folder


def check(results: dict[str, Any]) -> None:
    """Every estimate within three errors of the exact number: eight of them, a false alarm in fifty keys."""
    wanted = exact()
    for name in ("dF", "left"):
        for sampler, found in results["observables"][name].items():
            assert abs(found["mean"] - wanted[name]) < 3 * found["error"], (name, sampler, found)
    found = results["flow"]["reweighted"]["dF"]
    assert abs(found["mean"] - wanted["dF"]) < 3 * found["error"] < 0.1
    flow = results["flow"]
    assert abs(flow["log_z"] - wanted["log_z"]) < 3 * flow["log_z_error"] < 0.03


def test_header() -> None:
    for name, value in exact().items():
        assert f"{value:.6f}" in WELL, name


@pytest.mark.slow
def test_free_energy_within_three_errors(short: Path) -> None:
    results = json.loads((short / "results.json").read_text())
    check(results)
    assert results["flow"]["ess"] > 0.3
    assert results["flow"]["forward_ess"]["hmc"] > 0.2
    assert "warnings" not in results["flow"]


@pytest.mark.slow
def test_the_example(tmp_path: Path) -> None:
    results = Campaign(begin(tmp_path / "run", WELL)).run()
    check(results)
    assert results["flow"]["ess"] > 0.95 and results["flow"]["forward_ess"]["hmc"] > 0.95


@pytest.mark.slow
def test_interrupted_at_any_place(short: Path, tmp_path: Path) -> None:
    """The samples for the training, the training and the other samplers go on to the same bytes."""
    folder = begin(tmp_path / "run")
    places = (lambda: True, (folder / "samples.npz").exists, lambda: len(read_lines(folder / "metrics.jsonl")) > 1)
    for asked in places:
        with pytest.raises(Interrupted):
            Campaign(folder, asked=asked).run()
    Campaign(folder).run()
    for name in ("samples.npz", "series", "configurations"):
        for file in [short / name] if (short / name).is_file() else sorted((short / name).rglob("*.npz")):
            assert (folder / file.relative_to(short)).read_bytes() == file.read_bytes(), file
    first, second = (json.loads((f / "results.json").read_text())["flow"] for f in (short, folder))
    assert {k: v for k, v in first.items() if "seconds" not in k} == {
        k: v for k, v in second.items() if "seconds" not in k
    }


@pytest.mark.slow
@pytest.mark.parametrize("save", ["save = 5", ""], ids=["kept", "last"])
def test_a_collapsed_flow_is_noticed(save: str, tmp_path: Path) -> None:
    """Two wells far apart, reverse KL alone from a narrow prior on one of them; with and without kept configurations."""
    changes = {
        "barrier : real = 4.0": "barrier : real = 16.0",
        "mixed(hmc)": "reverse_kl",
        "normal(0, 1)": "normal(1, 0.2)",
        "tilt    : real = 0.5": "tilt : real = 0.0",
    }
    text = replaced(SHORT, changes)
    text = text[: text.index("sample hmc")] + (
        f"sample hmc {{ chains = 64  draws = 200  warmup = 100  start = hot  {save} }}\n"
        "sample flow_mh { chains = 4  draws = 400 }\n"
    )
    flow = Campaign(begin(tmp_path / "run", text)).run()["flow"]
    assert flow["ess"] > 0.5 and flow["forward_ess"]["hmc"] < 0.1
    (said,) = flow["warnings"]
    assert "loss = mixed(hmc)" in said


@pytest.mark.slow
def test_gradient_of_the_mixed_loss() -> None:
    """The weighted sum of both gradients, each with its own key."""
    model = module(SHORT.replace("layers = 4", "layers = 2")).MODEL
    weights = model.flow.init(jax.random.key(0), np.float64)
    samples = model.flow.sample(weights, jax.random.key(1), 64)[0]
    common = (model.flow, model.action, weights, model.parameters)
    loss = loss_function(TrainOptions(loss="mixed", reverse=2.0, forward=0.5), samples)
    found, value = jax.jit(lambda key: loss(*common, key, 16, samples))(jax.random.key(2))
    first, second = jax.random.split(jax.random.key(2))
    down, reverse = jax.jit(lambda key: reverse_kl_path(*common, key, 16))(first)
    up, forward = jax.jit(lambda key: forward_kl(*common, key, 16, samples))(second)
    wanted = jax.tree.map(lambda a, b: 2 * a + 0.5 * b, down, up)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14), found, wanted)
    np.testing.assert_allclose(value.value, 2 * reverse.value + 0.5 * forward.value)


@pytest.mark.parametrize("width", [0.9, 1.3])
def test_forward_and_reverse_ess_of_gaussians(width: float) -> None:
    """p = N(0, 1), q = N(0, s): both are sqrt(2 s^2 - 1) / s^2 (finite for s^2 > 1/2), by integration."""
    rng = np.random.default_rng(3)

    def log_weight(x: np.ndarray) -> np.ndarray:
        return -0.5 * x**2 + 0.5 * (x / width) ** 2 + 7.0

    exact_ess = sqrt(2 * width**2 - 1) / width**2
    estimates = [forward_effective_samples(log_weight(rng.normal(size=20_000))) for _ in range(30)]
    assert abs(np.mean(estimates) - exact_ess) < 4 * np.std(estimates) / sqrt(30) + 1e-4
    estimates = [effective_samples(log_weight(width * rng.normal(size=20_000))) for _ in range(30)]
    assert abs(np.mean(estimates) - exact_ess) < 4 * np.std(estimates) / sqrt(30) + 1e-4


def test_a_lost_mode_shows_in_the_forward_ess_only() -> None:
    rng = np.random.default_rng(4)
    centres = np.where(rng.random(20_000) < 0.5, -5.0, 5.0)

    def log_weight(x: np.ndarray) -> np.ndarray:
        return np.logaddexp(-0.5 * (x - 5) ** 2, -0.5 * (x + 5) ** 2) + 0.5 * (x - 5) ** 2

    assert effective_samples(log_weight(5 + rng.normal(size=20_000))) > 0.99
    forward = forward_effective_samples(log_weight(centres + rng.normal(size=20_000)))
    assert forward < 1e-6 and warnings(0.99, {"hmc": forward}) and not warnings(0.99, {"hmc": 0.9})
    assert forward_effective_samples(np.array([0.0, np.inf])) == 0.0


def test_errors_of_reweighted_quantities() -> None:
    """The spread over 200 repetitions is the stated error (chi^2 of 199, within 20 per cent), the mean is exact."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(200):
        x = 1.2 * rng.normal(size=4000)
        log_weights = -0.5 * (x - 0.3) ** 2 + 0.5 * (x / 1.2) ** 2
        series = {"side": (x > 0).astype(float)[None]}
        means = ReweightedMeans(series, log_weights)
        found.append(derived_estimate(lambda mean, _: -np.log(mean("side") / (1 - mean("side"))), means))
    values, errors = np.array([e.mean for e in found]), np.array([e.error for e in found])
    assert values.std(ddof=1) == pytest.approx(errors.mean(), rel=0.2)
    share = 0.6179114221889526  # of N(0.3, 1) above zero
    assert abs(values.mean() + log(share / (1 - share))) < 4 * errors.mean() / sqrt(200)


def test_steps_stand_in_observables() -> None:
    built = module(
        "lattice [4]\nfield p : real\naction = sum[x]( p(x)^2 )\nobservable up = mean[x]( step(p(x) - 1/2) )"
    )
    values = np.array([0.4, 0.6, 0.5, 3.0])
    assert float(built.observables(built.Fields(values), ())["up"]) == 0.5
    with pytest.raises(DiagnosticError, match="step"):
        result("lattice [4]\nfield p : real\naction = sum[x]( p(x)^2 + step(p(x)) )")
