"""Cluster updates against HMC on the spin models among the examples: cost of a draw, and of an independent one.

`python -m benchmarks.clusters`: 64 chains in float32 on whatever device jax finds.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np

import lqdsl
from lqdsl.runtime.analysis import gamma_method
from lqdsl.runtime.samplers import HMC, Runner, Wolff

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
CASES = (("xy", "energy", {}), ("o3", "nn", {}), ("o3", "nn", {"L": 32, "W": 32, "beta": 1.4}))
CHAINS, DRAWS, WARMUP = 64, 2000, 300
SAMPLERS = {
    "hmc": HMC(chains=CHAINS, draws=DRAWS, warmup=WARMUP, trajectory=2.0),
    "wolff": Wolff(chains=CHAINS, draws=DRAWS, warmup=WARMUP),
}


def rows() -> Iterator[str]:
    """One for each theory and sampler."""
    yield f"{'theory':<40}{'sampler':<8}{'ms/draw':>8}{'tau(E)':>8}{'tau(chi)':>9}{'ms 2 tau(chi)':>15}"
    for name, energy, settings in CASES:
        model = lqdsl.load(EXAMPLES / f"{name}.lqt", **settings).MODEL
        for label, options in SAMPLERS.items():
            runner = Runner(model, options, jax.random.key(1))
            state, _ = runner.run(runner.init(), WARMUP)
            state, _ = runner.run(state, 1)
            begin = time.perf_counter()
            _, block = runner.run(state, DRAWS)
            cost = 1e3 * (time.perf_counter() - begin) / DRAWS
            taus = [gamma_method(np.moveaxis(block.series[key], -1, 0)).tau_int for key in (energy, "chi")]
            title = f"{name} {settings or ''}"
            yield f"{title:<40}{label:<8}{cost:>8.2f}{taus[0]:>8.2f}{taus[1]:>9.2f}{cost * 2 * taus[1]:>15.1f}"


if __name__ == "__main__":
    for row in rows():
        print(row, flush=True)
