"""Seconds until the first training step of flows of 16 to 96 layers, tracing and compilation included."""

from benchmarks.flows import ARCHITECTURE, PROGRAMS
from benchmarks.workers import Worker


def main(quick: bool = False) -> None:
    for layers in (16, 48) if quick else (16, 48, 96):
        firsts = {}
        for name in ("lqdsl", "jax"):
            options = {"extent": 8, "batch": 64, **ARCHITECTURE, "layers": layers}
            worker = Worker(PROGRAMS[name], options)
            firsts[name] = worker.time(("train", (1,)))
            worker.close()
        print(f"{layers} layers: " + ", ".join(f"{name} {value:.1f} s" for name, value in firsts.items()), flush=True)
