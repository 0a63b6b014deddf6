"""Autocorrelation of the topological charge of U(1) in two dimensions against beta, for HMC, heatbath and the flow.

`python -m benchmarks.topological_freezing [--extent 16] [--betas 1 2 ...] [--minutes M] [--plot FILE]` compiles
examples/u1.lqt once, trains the flow at each beta from the weights of the one before (half of the time), and measures
tau_int(Q) in draws of each sampler: trajectories of unit length, heatbath sweeps with three overrelaxation sweeps,
proposals. Beside it stand <Q^2> / V and the plaquette with their pulls from the exact character expansion, and the time
for an independent Q. Where a charge hardly ever moved, tau_int is only a lower bound: `changes` counts its changes.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from scipy.special import ive

import lqdsl
from lqdsl import runtime as rt
from lqdsl.runtime.analysis import Estimate, gamma_method, pull

THEORY = Path(__file__).resolve().parent.parent / "examples" / "u1.lqt"
MANY = 1 << 30
SAMPLERS = {
    "hmc": rt.HMC(chains=64, draws=MANY, warmup=500, trajectory=1.0, integrator="omelyan"),
    "flow": rt.FlowMetropolis(chains=1, draws=MANY),
}
ENOUGH_CHANGES = 200


class Result(NamedTuple):
    charge: Estimate
    charge2: Estimate
    plaquette: Estimate
    changes: int
    acceptance: float
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extent", type=int, default=16)
    parser.add_argument("--betas", type=float, nargs="*", default=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    parser.add_argument("--minutes", type=float, default=30.0, help="time for everything, compilation aside")
    parser.add_argument("--samplers", nargs="*", default=["hmc", "heatbath", "flow"])
    parser.add_argument("--plot", help="file of a figure, for example freezing.svg; needs matplotlib")
    options = parser.parse_args()
    base = lqdsl.load(THEORY, L=options.extent).MODEL
    rows: dict[str, list[Result]] = {name: [] for name in options.samplers}
    share = 60 * options.minutes / len(options.betas)
    training = Training(base) if "flow" in rows else None
    for beta in options.betas:
        model = replace(base, parameters=base.parameters._replace(beta=beta))
        print(f"beta {beta:g}: exact plaquette {plaquette(beta, options.extent):.6f}")
        if training:
            print(f"    {training.run(model.parameters, share / 2)}", flush=True)
        for name, results in rows.items():
            setting = SAMPLERS.get(name) or replace(base.samplers[name], chains=64, draws=MANY, warmup=300)
            result = measure(model, setting, training and training.weights, share / (2 * len(rows)))
            results.append(result)
            print(f"    {name:9s} {describe(result, beta, options.extent)}", flush=True)
    if options.plot:
        plot(options.plot, options.betas, rows)


def plaquette(beta: float, extent: int) -> float:
    """<cos P> of Z = sum_n I_n(beta)^V, exactly."""
    n = np.arange(-60, 61)
    weight = (ive(n, beta) / ive(0, beta)) ** (extent**2 - 1)
    slope = 0.5 * (ive(n - 1, beta) + ive(n + 1, beta)) / ive(0, beta)
    return float(np.sum(weight * slope) / np.sum(weight * ive(n, beta) / ive(0, beta)))


PHASES = ((0.6, 1e-2), (0.4, 1e-3))
"""Shares of the time of training, and rates."""


class Training:
    """The flow trained at one beta after the other, by programs that are compiled once."""

    def __init__(self, model: Any) -> None:
        settings = {"steps": MANY, "evaluate_every": MANY, "stop": (), "anneal": (), "evaluate_samples": 16384}
        self.trainers = [
            rt.Trainer(model, model.parameters, replace(model.train, optimizer=rt.Adam(rate, clip=20.0), **settings))
            for _, rate in PHASES
        ]
        self.weights: Any = None

    def run(self, parameters: Any, seconds: float) -> str:
        """About so many seconds of training, and how good the flow is then on 16,384 fresh samples."""
        steps, began = 0, time.perf_counter()
        for (share, _), trainer in zip(PHASES, self.trainers, strict=True):
            trainer.parameters = parameters
            state, _ = trainer.run(trainer.init(jax.random.key(1), self.weights), 1)  # compiles
            start = time.perf_counter()
            while time.perf_counter() - start < share * seconds:
                state, _ = trainer.run(state, 5)
            steps, self.weights = steps + int(state.step), state.weights
        spent, found = time.perf_counter() - began, trainer.evaluate(state)
        figures = (
            f"ESS {found.ess:.3f}, acceptance {found.acceptance:.2f}, longest rejection {found.longest_rejection}, "
            f"log Z {found.log_z:.3f} +- {found.log_z_error:.3f}"
        )
        return f"{steps} steps in {spent:.0f} s: {figures}"


def measure(model: Any, setting: Any, weights: Any, seconds: float) -> Result:
    """Draws for so many seconds."""
    runner = rt.Runner(model, setting, jax.random.key(2), weights=weights)
    state = runner.init()
    if setting.warmup:
        state, _ = runner.run(state, setting.warmup)
    block = max(64, 4096 // setting.chains)
    state, _ = runner.run(state, block)
    parts, accepted, start = [], [], time.perf_counter()
    while time.perf_counter() - start < seconds or not parts:
        state, part = runner.run(state, block)
        parts.append(part.series)
        accepted.append(np.mean(part.info["acceptance"]))
    spent = time.perf_counter() - start
    series = {
        name: np.concatenate([np.moveaxis(p[name], -1, 0) for p in parts], axis=1) for name in ("Q", "Q2", "plaquette")
    }
    changes = int(np.sum(np.abs(np.diff(series["Q"], axis=1)) > 0.5))
    estimates = [gamma_method(series[name].astype(np.float64)) for name in ("Q", "Q2", "plaquette")]
    return Result(*estimates, changes, float(np.mean(accepted)), spent)


def describe(result: Result, beta: float, extent: int) -> str:
    bound = "" if result.changes > ENOUGH_CHANGES else "> "
    return (
        f"tau_int(Q) {bound}{result.charge.tau_int:.4g} +- {result.charge.tau_int_error:.2g}, {result.changes} changes, "
        f"acceptance {result.acceptance:.2f}, {1e3 * result.charge.cost(result.seconds):.3g} ms an independent Q, "
        f"chi_Q {result.charge2.mean / extent**2:.5f} +- {result.charge2.error / extent**2:.2g}, "
        f"plaquette {result.plaquette.mean:.5f} +- {result.plaquette.error:.2g} "
        f"({pull(result.plaquette, plaquette(beta, extent)):+.1f} sigma)"
    )


def plot(file: str, betas: list[float], rows: dict[str, list[Result]]) -> None:
    """tau_int(Q) against beta on a logarithmic axis; open marks are lower bounds."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 3.5), layout="constrained")
    for number, (name, results) in enumerate(rows.items()):
        tau = [result.charge.tau_int for result in results]
        errors = [result.charge.tau_int_error for result in results]
        axes.errorbar(betas, tau, errors, color=f"C{number}", linewidth=1, label=name)
        for beta, value, result in zip(betas, tau, results, strict=True):
            frozen = result.changes <= ENOUGH_CHANGES
            axes.plot([beta], [value], "o", color=f"C{number}", markerfacecolor="white" if frozen else f"C{number}")
    axes.set(yscale="log", xlabel="beta", ylabel="tau_int(Q) in draws")
    axes.legend()
    figure.savefig(file)


if __name__ == "__main__":
    main()
