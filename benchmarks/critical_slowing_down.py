"""Autocorrelation of chi_2 towards the critical line of phi^4 for the flow, HMC and local Metropolis.

`python -m benchmarks.critical_slowing_down [--minutes M] [--ensembles E1 E2 ...]` compiles examples/phi4.lqt for the
ensembles of arXiv:1904.12072 (m_p L about 4), trains a flow on each, started from the weights of the smaller volume,
measures tau_int(chi_2) in draws of each sampler (proposals, trajectories of unit length, sweeps) and fits
tau_int = A L^z. Half of the time is for training, which stops earlier at the acceptance asked for.
"""

import argparse
import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

import lqdsl
from lqdsl import runtime as rt
from lqdsl.runtime.analysis import Estimate, gamma_method, pull

THEORY = Path(__file__).resolve().parent.parent / "examples" / "phi4.lqt"
ENSEMBLES = {"E1": (6, 6.975), "E2": (8, 6.008), "E3": (10, 5.550), "E4": (12, 5.276), "E5": (14, 5.113)}
EXACT_CHI2 = {"E1": 1.0630699, "E3": 2.9075, "E5": 5.362}
"""By a tensor network."""
BLOCK = 256
JUDGED = 65536
"""Fresh samples on which a trained flow is judged; training looks at fewer."""
PRECISION = 0.02
"""Relative error of tau_int at which a measurement ends early."""


class Result(NamedTuple):
    chi2: Estimate
    acceptance: float
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, help="time for everything, compilation aside")
    parser.add_argument("--ensembles", nargs="*", default=list(ENSEMBLES), choices=list(ENSEMBLES))
    parser.add_argument("--acceptance", type=float, default=0.7, help="at which training stops")
    options = parser.parse_args()
    extents = np.array([ENSEMBLES[name][0] for name in options.ensembles])
    training = 30 * options.minutes * extents**3 / np.sum(extents**3)
    measuring = 30 * options.minutes / (3 * len(extents))
    results: dict[str, list[Result]] = {"flow": [], "hmc": [], "metropolis": []}
    weights = None
    for name, seconds in zip(options.ensembles, training, strict=True):
        extent, lam = ENSEMBLES[name]
        model = lqdsl.load(THEORY, L=extent, lambda_=lam).MODEL
        weights, report = train(model, weights, float(seconds), options.acceptance)
        print(f"{name} {extent}x{extent} lambda {lam}: {report}")
        for sampler, setting in samplers(model).items():
            result = measure(model, setting, weights, measuring)
            results[sampler].append(result)
            print(f"    {sampler:10s} {describe(result, EXACT_CHI2.get(name))}", flush=True)
    if len(extents) > 1:
        for sampler, rows in results.items():
            z, error = exponent(extents, [row.chi2 for row in rows])
            print(f"z({sampler}) = {z:.2f} +- {error:.2f}")


def train(model: Any, weights: Any, seconds: float, acceptance: float) -> tuple[Any, str]:
    """Weights after at most so many seconds, and what was reached."""
    settings = {"steps": 1 << 30, "evaluate_every": 1 << 30, "evaluate_samples": 4096, "stop": ()}
    trainer = rt.Trainer(model, model.parameters, rt.TrainOptions(batch=model.train.batch, **settings))
    state = trainer.init(jax.random.key(1), weights)
    state, _ = trainer.run(state, 1)  # compiles
    start, report, block = time.perf_counter(), trainer.evaluate(state), 20
    while time.perf_counter() - start < seconds and report.acceptance < acceptance:
        state, _ = trainer.run(state, block)
        report = trainer.evaluate(state)
        block = min(block + 20, 200)
    spent = time.perf_counter() - start
    final = rt.evaluate(model, state.weights, model.parameters, jax.random.key(3), JUDGED)
    figures = (
        f"acceptance {final.acceptance:.2f}, ESS {final.ess:.2f}, log Z {final.log_z:.4f}({final.log_z_error:.4f})"
    )
    return state.weights, f"{int(state.step)} steps in {spent:.0f} s, {figures}"


def samplers(model: Any) -> dict[str, Any]:
    many = 1 << 30
    colours = {"phi": model.flow.couplings[0].mask}
    return {
        "flow": rt.FlowMetropolis(chains=1, draws=many),
        "hmc": rt.HMC(chains=64, draws=many, warmup=500, trajectory=1.0, integrator="omelyan"),
        "metropolis": rt.LocalMetropolis(chains=64, draws=many, warmup=1000, colours=colours),
    }


def measure(model: Any, setting: Any, weights: Any, seconds: float) -> Result:
    """chi_2 until tau_int is known well enough or the time is over."""
    runner = rt.Runner(model, setting, jax.random.key(2), weights=weights)
    state = runner.init()
    if setting.warmup:
        state, _ = runner.run(state, setting.warmup)
    block = max(BLOCK, 4096 // setting.chains)
    state, _ = runner.run(state, block)
    series: list[np.ndarray] = []
    accepted: list[np.ndarray] = []
    start, spent = time.perf_counter(), 0.0
    while True:
        state, part = runner.run(state, block)
        series.append(np.moveaxis(part.series["chi2"], -1, 0))
        accepted.append(part.info["acceptance"])
        spent = time.perf_counter() - start
        estimate = gamma_method(np.concatenate(series, axis=1))
        if spent > seconds or (estimate.tau_int_error < PRECISION * estimate.tau_int and len(series) > 3):
            return Result(estimate, float(np.mean(np.concatenate(accepted))), spent)


def describe(result: Result, exact: float | None) -> str:
    chi2 = result.chi2
    text = f"tau_int {chi2.tau_int:7.2f} +- {chi2.tau_int_error:.2f}, acceptance {result.acceptance:.2f}, "
    text += f"{1e3 * chi2.cost(result.seconds):.3g} ms an independent draw, chi_2 {chi2.mean:.4f} +- {chi2.error:.4f}"
    return text if exact is None else f"{text} ({pull(chi2, exact):+.1f} sigma from exact)"


def exponent(extents: np.ndarray, estimates: list[Estimate]) -> tuple[float, float]:
    """z of tau_int = A L^z with its error, by weighted least squares in the logarithms."""
    tau = np.array([estimate.tau_int for estimate in estimates])
    errors = np.array([estimate.tau_int_error for estimate in estimates])
    weight = tau / np.maximum(errors, 1e-3 * tau)
    design = np.stack([np.ones(len(tau)), np.log(extents)], axis=1) * weight[:, None]
    covariance = np.linalg.inv(design.T @ design)
    _, z = covariance @ design.T @ (np.log(tau) * weight)
    return float(z), float(np.sqrt(covariance[1, 1]))


if __name__ == "__main__":
    main()
