"""HMC on the five phi^4 ensembles of arXiv:1904.12072 against exact numbers and the published pole masses.

`python -m benchmarks.ensembles` compiles examples/phi4.lqt at the couplings of E1 to E5 in float64, runs HMC, and prints
each figure with its Gamma-method error and its distance in errors from the exact value (tensor renormalisation of the
transfer matrix; E2 and E4 are not known there) or from the published pole mass m_p L.
"""

import argparse
import time
from pathlib import Path

import jax
import numpy as np

import lqdsl
from lqdsl.runtime.analysis import Estimate, derived_estimate, gamma_method
from lqdsl.runtime.samplers import HMC, Runner

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "phi4.lqt"
ENSEMBLES = {"E1": (6, 6.975), "E2": (8, 6.008), "E3": (10, 5.550), "E4": (12, 5.276), "E5": (14, 5.113)}
PUBLISHED = {"E1": (3.96, 0.03), "E2": (3.97, 0.05), "E3": (4.00, 0.04), "E4": (3.96, 0.05), "E5": (4.03, 0.06)}
EXACT = {
    "E1": {"phi2": 0.16138658, "phi4": 0.05257284, "chi2": 1.0630699, "nn": 0.05834777, "m_p L": 3.9409},
    "E3": {"phi2": 0.199012, "phi4": 0.076969, "chi2": 2.9075, "nn": 0.08859, "m_p L": 3.939},
    "E5": {"phi2": 0.21841, "phi4": 0.09068, "chi2": 5.362, "nn": 0.10683, "m_p L": 4.00},
}
CHAINS = 64


def measure(name: str, draws: int) -> tuple[dict[str, Estimate], float]:
    """Estimates of the observables of the file and of m_p L, and the seconds of sampling."""
    extent, coupling = ENSEMBLES[name]
    module = lqdsl.load(EXAMPLE, dtype="float64", L=extent, lambda_=coupling)
    options = HMC(chains=CHAINS, draws=draws, warmup=1000, trajectory=1.0, steps=6, integrator="omelyan")
    runner = Runner(module.MODEL, options, jax.random.key(extent))
    state, _ = runner.run(runner.init(), options.warmup)
    start = time.perf_counter()
    state, block = runner.run(state, draws)
    seconds = time.perf_counter() - start
    series = {key: np.moveaxis(values, -1, 0) for key, values in block.series.items()}
    estimates = {key: gamma_method(series[key]) for key in ("phi2", "phi4", "chi2", "nn")}
    estimates["m_p L"] = derived_estimate(lambda mean, p: extent * module.m_p(mean, p), series, module.Parameters())
    return estimates, seconds


def main() -> None:
    """Print a row for each ensemble and observable."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=10000, help="draws of each of the 64 chains")
    parser.add_argument("--ensembles", nargs="+", choices=ENSEMBLES, default=list(ENSEMBLES))
    arguments = parser.parse_args()
    print("ensemble  observable        value      error   relative   tau_int      exact   errors   published   errors")
    for name in arguments.ensembles:
        estimates, seconds = measure(name, arguments.draws)
        for key, estimate in estimates.items():
            mean, error = float(estimate.mean), float(estimate.error)
            line = f"{name:8}  {key:10} {mean:12.6f} {error:10.2g} {error / mean:10.1e} {float(estimate.tau_int):9.2f}"
            exact = EXACT.get(name, {}).get(key)
            line += f" {exact:10.6g} {(mean - exact) / error:8.1f}" if exact else " " * 20
            if key == "m_p L":
                value, spread = PUBLISHED[name]
                line += f"   {value:.2f}({round(100 * spread)}) {(mean - value) / np.hypot(error, spread):9.1f}"
            print(line, flush=True)
        print(f"{name:8}  {seconds:.0f} s for {arguments.draws} draws of {CHAINS} chains", flush=True)


if __name__ == "__main__":
    main()
