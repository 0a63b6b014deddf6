"""Site updates per second of HMC for phi^4: sites x chains x leapfrog steps x trajectories over time."""

from typing import Any

from benchmarks.workers import Worker, interleaved, missing

SETTING: dict[str, Any] = {"chains": 64, "steps": 10, "trajectories": 100, "m2": -4.0}
COUPLINGS = {8: 6.008, 32: 4.572}
PROGRAMS = {
    "lqdsl": ("benchmarks.programs", "HMC"),
    "jax": ("benchmarks.baselines.jax_hmc", "Program"),
    "blackjax": ("benchmarks.baselines.blackjax_hmc", "Program"),
}


def main(quick: bool = False) -> None:
    absent = missing(["blackjax"])
    names = [name for name in PROGRAMS if name not in absent]
    if absent:
        print("blackjax is not installed: that column is left out (pip install 'lqdsl[benchmark]')")
    for extent, lam in COUPLINGS.items():
        workers = {name: Worker(PROGRAMS[name], {"extent": extent, "lam": lam, **SETTING}) for name in names}
        times = interleaved(workers, {name: ("run", ()) for name in names}, 5 if quick else 11)
        for worker in workers.values():
            worker.close()
        updates = extent**2 * SETTING["chains"] * SETTING["steps"] * SETTING["trajectories"]
        ours = times["lqdsl"]
        print(f"{extent}x{extent}, {SETTING['chains']} chains, {SETTING['steps']} leapfrog steps")
        for name, value in times.items():
            print(
                f"  {name:9s} {updates / value.median:.3g} site updates/s, {value.median / ours.median:5.2f}x the time of lqdsl"
                f" (best calls {min(value.later) / min(ours.later):5.2f}x), first call {value.first:.1f} s",
                flush=True,
            )
