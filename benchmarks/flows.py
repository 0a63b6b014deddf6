"""Training step and sampling: phi^4 with 16 affine layers, U(1) with 16 layers of 2 projections and 24 of 6 (8x8, 16x16).

All nets are CNN [8, 8] with kernel 3. The other programs evaluate nets and kernels at all sites and multiply masks in.
"""

import os
from typing import Any

from benchmarks.workers import Times, Worker, interleaved, missing

ARCHITECTURE: dict[str, Any] = {"layers": 16, "hidden": (8, 8), "kernel": 3, "m2": -4.0, "lam": 8.0}
LINKS: dict[str, Any] = {"hidden": (8, 8), "kernel": 3, "beta": 2.0}
LINK_SIZES = [(8, 64, 16, 2), (8, 1024, 16, 2), (16, 64, 24, 6), (16, 1024, 24, 6)]
"""Extent, batch, layers, projections."""
LINK_QUICK = [(8, 64, 16, 2), (16, 64, 24, 6)]
SIZES = [(8, 64), (8, 1024), (14, 64), (14, 1024), (32, 64), (32, 1024)]
QUICK = [(8, 64), (8, 1024), (32, 64)]
PROGRAMS = {
    "lqdsl": ("benchmarks.programs", "Flow"),
    "jax": ("benchmarks.baselines.jax_flows", "Program"),
    "torch": ("benchmarks.baselines.torch_flows", "Program"),
}
LINK_PROGRAMS = {
    "lqdsl": ("benchmarks.programs", "LinkFlow"),
    "jax": ("benchmarks.baselines.jax_links", "Program"),
    "torch": ("benchmarks.baselines.torch_links", "Program"),
}
STEPS = 4
"""Training steps in one measured call."""


def main(quick: bool = False) -> None:
    absent = missing(["torch"])
    if absent:
        print("torch is not installed: that column is left out (pip install 'lqdsl[benchmark]')")
    print("configurations per second (median of interleaved calls), ratio to each; load", _load())
    print("phi^4")
    for extent, batch in QUICK if quick else SIZES:
        _compare(PROGRAMS, absent, {"extent": extent, "batch": batch, **ARCHITECTURE}, 5 if quick else 9)
    print("U(1)")
    for extent, batch, layers, mixture in LINK_QUICK if quick else LINK_SIZES:
        options = {"extent": extent, "batch": batch, "layers": layers, "mixture": mixture, **LINKS}
        _compare(LINK_PROGRAMS, absent, options, 5 if quick else 9)


def _compare(programs: dict[str, tuple[str, str]], absent: list[str], options: dict[str, Any], rounds: int) -> None:
    names = [name for name in programs if name not in absent]
    extent, batch = options["extent"], options["batch"]
    workers = {name: Worker(programs[name], options) for name in names}
    steps = STEPS if extent**2 * batch < 1 << 18 else 1
    train = interleaved(workers, {name: ("train", (steps,)) for name in names}, rounds)
    draw = interleaved(workers, {name: ("sample", ()) for name in names}, 2 * rounds)
    peak = {name: worker.close() for name, worker in workers.items()}
    _print("train ", extent, batch, batch * steps, train)
    _print("sample", extent, batch, batch, draw)
    firsts = ", ".join(f"{name} {train[name].first:.1f} s, {peak[name]:.0f} MB" for name in names)
    print(f"        first training call, peak memory: {firsts}", flush=True)


def _print(what: str, extent: int, batch: int, count: int, times: dict[str, Times]) -> None:
    rates = "  ".join(f"{name} {count / value.median:9.0f}" for name, value in times.items())
    ours = times["lqdsl"]
    ratios = "  ".join(
        f"{value.median / ours.median:5.2f}x {name} (best calls {min(value.later) / min(ours.later):5.2f}x)"
        for name, value in times.items()
        if name != "lqdsl"
    )
    print(f"{what} {extent:2d}x{extent:<2d} batch {batch:4d}  {rates}   {ratios}", flush=True)


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
