"""Seconds until the first training step, tracing and compilation included: phi^4 with 16 to 96 layers, U(1) with 24."""

from typing import Any

from benchmarks.flows import ARCHITECTURE, LINK_PROGRAMS, LINKS, PROGRAMS
from benchmarks.workers import Worker


def main(quick: bool = False) -> None:
    for layers in (16, 48) if quick else (16, 48, 96):
        _compare(f"phi^4, {layers} layers", PROGRAMS, {"extent": 8, **ARCHITECTURE, "layers": layers})
    _compare("U(1), 24 layers", LINK_PROGRAMS, {"extent": 16, "layers": 24, "mixture": 6, **LINKS})


def _compare(title: str, programs: dict[str, tuple[str, str]], options: dict[str, Any]) -> None:
    firsts = {}
    for name in ("lqdsl", "jax"):
        worker = Worker(programs[name], {"batch": 64, **options})
        firsts[name] = worker.time(("train", (1,)))
        worker.close()
    print(f"{title}: " + ", ".join(f"{name} {value:.1f} s" for name, value in firsts.items()), flush=True)
