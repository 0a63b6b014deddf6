"""Flows of the densities of arXiv:2002.02428 on circle, torus and spheres, with each of the circle kernels.

`python -m benchmarks.densities [--only NAME ...] [--kernels NAME ...] [--steps N] [--seconds S]` trains each of them from
the identity by reverse KL and judges it on 262,144 fresh samples. Beside log Z stand its pull from the exact number and
their difference.
"""

import argparse
import math
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import numpy as np
from scipy.special import i0, i1

import lqdsl
from lqdsl import runtime as rt
from lqdsl.runtime.train.evaluate import evaluate

KERNELS = {"ncp": "ncp(components = 8)", "moebius": "moebius(components = 8)", "spline": "spline(bins = 12)"}
SAMPLES = 262_144


@dataclass(frozen=True)
class Density:
    """Declarations and action of a theory, its field, and log Z with respect to the normalised measure."""

    text: str
    field: str
    log_z: float
    is_unimodal: bool


def angles(number: int, action: str, log_z: float, is_unimodal: bool) -> Density:
    return Density(f"index k = 0..{number - 1}\nfield t[k] : angle\naction = {action}", "t", log_z, is_unimodal)


def unit_vector(n: int, directions: list[str], log_z: float) -> Density:
    """-log of a sum of exp(10 v.s) over given v.s."""
    terms = " + ".join(f"exp(10*({direction}))" for direction in directions)
    action = f"-log({terms})" if len(directions) > 1 else f"-10*({directions[0]})"
    text = f"lattice [1]\nfield s : sphere({n})\naction = sum[x]( {action} )"
    return Density(text, "s", log_z + math.log(len(directions)), len(directions) == 1)


def directions(last: int) -> list[str]:
    """Four unit vectors times s(x)."""
    return ["s(x)[0]", "0.6*s(x)[1] + 0.8*s(x)[2]", f"-s(x)[{last}]", "0.6*s(x)[1] - 0.8*s(x)[0]"]


def bumps(centres: list[tuple[float, float]]) -> str:
    return " + ".join(f"exp(cos(t[0] - {a}) + cos(t[1] - {b}))" for a, b in centres)


SPHERE = math.log(math.sinh(10) / 10)
THREE_SPHERE = math.log(2 * i1(10) / 10)
DENSITIES = {
    "circle": angles(1, "-3*cos(t[0] - 1.2)", math.log(i0(3)), True),
    "torus": angles(2, "-cos(t[0] - 4.18) - cos(t[1] - 5.96)", 2 * math.log(i0(1)), True),
    "torus, three modes": angles(
        2, f"-log(({bumps([(0.21, 2.85), (1.89, 6.18), (3.77, 1.56)])}) / 3)", 2 * math.log(i0(1)), False
    ),
    "torus, correlated": angles(2, "-cos(t[0] + t[1] - 1.94)", math.log(i0(1)), False),
    "S2": unit_vector(3, directions(2)[1:2], SPHERE),
    "S2, four modes": unit_vector(3, directions(2), SPHERE),
    "S3": unit_vector(4, directions(3)[1:2], THREE_SPHERE),
    "S3, four modes": unit_vector(4, directions(3), THREE_SPHERE),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=list(DENSITIES), choices=list(DENSITIES), metavar="NAME")
    parser.add_argument("--kernels", nargs="*", default=list(KERNELS), choices=list(KERNELS))
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seconds", type=float, default=110, help="longest time for one flow, with compilation")
    options = parser.parse_args()
    for name in options.only:
        for kernel in options.kernels:
            print(
                f"{name:18s} {kernel:8s} {train(DENSITIES[name], kernel, options.steps, options.seconds)}", flush=True
            )


def train(density: Density, kernel: str, steps: int, seconds: float) -> str:
    own = KERNELS[kernel] if density.field == "t" else f"recursive(bins = 12, circle = {KERNELS[kernel]})"
    flow = f"couple {density.field} {{ layers = 6  kernel = {own}  net = mlp(hidden = [32, 32], activation = silu) }}"
    settings = f"optimizer = adam(4e-3)  schedule = cosine  clip = 20  batch = 256  steps = {steps}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "density.lqt"
        path.write_text(f"theory density\n{density.text}\nflow {{ {flow} }}\ntrain {{ {settings} }}\n")
        model = lqdsl.load(path, dtype="float32").MODEL
    start = time.perf_counter()
    trainer = rt.Trainer(model, model.parameters, replace(model.train, evaluate_every=2 * steps))
    state = trainer.init(jax.random.key(0))
    while int(state.step) < steps and time.perf_counter() - start < seconds:
        state, _ = trainer.run(state, 50)
    spent = time.perf_counter() - start
    found = evaluate(model, state.weights, model.parameters, jax.random.key(1), SAMPLES)
    goal = 0.95 if density.is_unimodal else 0.8
    off = found.log_z - density.log_z
    return (
        f"{int(state.step)} steps in {spent:.0f} s: ESS {found.ess:.4f} (goal {goal:g}{'' if found.ess > goal else ', missed'}), "
        f"acceptance {found.acceptance:.3f}, longest rejection {found.longest_rejection}, "
        f"log Z {found.log_z:.5f} +- {found.log_z_error:.5f} ({off / found.log_z_error:+.1f} sigma, {np.abs(off):.1e} off)"
    )


if __name__ == "__main__":
    main()
