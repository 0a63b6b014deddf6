"""Link updates per second of HMC for gauge theories: links x chains x leapfrog steps x trajectories over time."""

from typing import Any

from benchmarks.workers import Worker, interleaved

THEORIES: dict[str, dict[str, Any]] = {
    "SU(3) 4^4": {"theory": "su3", "extent": 4, "chains": 16, "trajectories": 4, "beta": 5.7, "length": 0.5},
    "SU(3) 8^4": {"theory": "su3", "extent": 8, "chains": 4, "trajectories": 1, "beta": 5.7, "length": 0.5},
    "U(1) 16x16": {"theory": "u1", "extent": 16, "chains": 64, "trajectories": 100, "beta": 3.0, "length": 1.0},
}
STEPS = 10
AXES = {"su3": 4, "u1": 2}


def main(quick: bool = False) -> None:
    for name, setting in THEORIES.items():
        theory = setting["theory"]
        options = {"steps": STEPS, **{key: value for key, value in setting.items() if key != "theory"}}
        workers = {
            "lqdsl": Worker(("benchmarks.programs", "GaugeHMC"), {"theory": theory, **options}),
            "jax": Worker(("benchmarks.baselines.jax_gauge_hmc", theory.upper()), options),
        }
        times = interleaved(workers, {worker: ("run", ()) for worker in workers}, 5 if quick else 11)
        for worker in workers.values():
            worker.close()
        axes = AXES[theory]
        links = axes * setting["extent"] ** axes * setting["chains"]
        print(f"{name}, {setting['chains']} chains, {STEPS} leapfrog steps, single precision")
        for program, value in times.items():
            rate = links * STEPS * setting["trajectories"] / value.median
            print(
                f"  {program:6s} {rate:.3g} link updates/s, {value.median / times['lqdsl'].median:5.2f}x the time of lqdsl"
                f" (best calls {min(value.later) / min(times['lqdsl'].later):5.2f}x), first call {value.first:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
