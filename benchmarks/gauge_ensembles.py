"""HMC and heatbath of gauge theories against exact numbers, and against each other where none are known.

`python -m benchmarks.gauge_ensembles [--seconds 20] [--only NAME ...]` runs both samplers of each ensemble for so many
seconds and prints every observable with its Gamma-method error, its autocorrelation time, and its distance in errors
from the exact value on the torus (character expansions: Z = sum_n I_n(beta)^V for U(1), sum_r (c_r / d_r)^V for SU(N)),
or between the samplers.
"""

import argparse
import re
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
from scipy.special import ive

import lqdsl
from lqdsl.runtime.analysis import Estimate, gamma_method
from lqdsl.runtime.samplers import HMC, Heatbath, Runner

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
BLOCK = 64
WARMUP = 0.2


@dataclass(frozen=True)
class Ensemble:
    """An example, its settings, replacements in its text, exact values, chains."""

    example: str
    settings: dict[str, float]
    exact: dict[str, float] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)
    chains: int = 64


def u1_loop(beta: float, volume: int, area: int) -> float:
    """<cos of a Wilson loop> of an area on a torus of plaquettes: sum_n I_n^{V - A} I_{n + 1}^A / sum_n I_n^V."""
    below, above = (ive(np.arange(-60, 61) + step, beta) / ive(0, beta) for step in (0, 1))
    return float(np.sum(below ** (volume - area) * above**area) / np.sum(below**volume))


def u1(size: int, beta: float, charge2: float) -> Ensemble:
    """Exact values of the plaquette, the 2x2 loop and <Q^2>."""
    exact = {"plaquette": u1_loop(beta, size**2, 1), "W22": u1_loop(beta, size**2, 4), "Q2": charge2}
    return Ensemble("u1", {"L": size, "beta": beta}, exact)


CHARGE2 = {
    1: 10.4028764428,
    2: 4.95719568076,
    3: 2.83156471975,
    4: 1.93387854218,
    5: 1.47348665951,
    6: 1.19470144824,
    7: 1.00641415786,
}
"""beta to <Q^2> at L = 16."""
SPACE = {"lattice [L, L]": "lattice [L, L, L]"}
HYPER = {"lattice [L, L]": "lattice [L, L, L, L]"}
ENSEMBLES = {
    "U(1) 8x8, beta 2": u1(8, 2, 1.23929891072),
    **{f"U(1) 16x16, beta {beta}": u1(16, beta, charge2) for beta, charge2 in CHARGE2.items()},
    "SU(2) 8x8, beta 2.2": Ensemble("su2", {"L": 8}, {"plaquette": 0.464479025270, "W12": 0.2157407649}),
    "SU(3) 8x8, beta 6": Ensemble("su3", {"L": 8}, {"plaquette": 0.422531739649, "W12": 0.1785330710}, chains=32),
    "U(1) 8x8x8": Ensemble("u1_anisotropic_3d", {"L": 8}),
    "SU(2) 6x6x6, beta 4": Ensemble("su2", {"L": 6, "beta": 4}, changes=SPACE, chains=16),
    "SU(3) 4^4, beta 5.7": Ensemble("su3", {"L": 4, "beta": 5.7}, changes=HYPER, chains=8),
    "SU(3) 8^4, beta 5.7": Ensemble("su3", {"L": 8, "beta": 5.7}, changes=HYPER, chains=2),
}


def model(ensemble: Ensemble) -> Any:
    """The compiled theory, without its flow where that is of another dimension."""
    text = (EXAMPLES / f"{ensemble.example}.lqt").read_text()
    for old, new in ensemble.changes.items():
        text = re.sub(r"^(flow|train) \{.*?^\}$", "", text.replace(old, new), flags=re.MULTILINE | re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{ensemble.example}.lqt"
        file.write_text(text)
        return lqdsl.load(file, **ensemble.settings).MODEL


def measure(ensemble: Ensemble, built: Any, name: str, seconds: float) -> dict[str, Estimate]:
    """Estimates of all numbers from so many seconds of draws, of which the first fifth is left out."""
    common = {"chains": ensemble.chains, "draws": 1 << 30, "warmup": 256}
    setting = (
        HMC(**common, trajectory=1.0, integrator="omelyan")
        if name == "hmc"
        else Heatbath(**common, overrelaxation=3, colours=built.samplers["heatbath"].colours)
    )
    runner = Runner(replace(built, flow=None), setting, jax.random.key(5))
    state, _ = runner.run(runner.init(), setting.warmup)
    parts, start = [], time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds or len(parts) < 2:
        state, part = runner.run(state, BLOCK)
        if spent > WARMUP * seconds:
            parts.append(part.series)
    numbers = [key for key, values in parts[0].items() if values.ndim == 2]
    series = {key: np.concatenate([part[key].T for part in parts], axis=1).astype(float) for key in numbers}
    return {key: gamma_method(values) for key, values in series.items()}


def main() -> None:
    """Print a row for each ensemble, observable and sampler."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="time of each sampler of each ensemble")
    parser.add_argument("--only", nargs="+", choices=ENSEMBLES, default=list(ENSEMBLES))
    arguments = parser.parse_args()
    print(
        f"{'ensemble':20} {'observable':10} {'sampler':9} {'value':>11} {'error':>8} {'tau_int':>8} {'exact':>11} errors"
    )
    for title in arguments.only:
        ensemble = ENSEMBLES[title]
        built = model(ensemble)
        found = {name: measure(ensemble, built, name, arguments.seconds) for name in ("hmc", "heatbath")}
        for key in found["hmc"]:
            for name, estimates in found.items():
                own, other = estimates[key], found["hmc"][key]
                exact = ensemble.exact.get(key)
                pull = None if name == "hmc" else (own.mean - other.mean) / np.hypot(own.error, other.error)
                if exact is not None:
                    pull = (own.mean - exact) / own.error
                print(
                    f"{title:20} {key:10} {name:9} {own.mean:11.6f} {own.error:8.2g} {own.tau_int:8.3g} "
                    f"{'' if exact is None else f'{exact:.7f}':>11} {'' if pull is None else f'{pull:+.1f}'}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
