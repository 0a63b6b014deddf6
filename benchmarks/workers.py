"""Programs in processes of their own, measured in turn, so that none disturbs the threads or the memory of another."""

import importlib.util
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

Call = tuple[str, tuple[Any, ...]]
"""Name of a method and its arguments."""


class Times(NamedTuple):
    """Seconds of the first call and of all later ones."""

    first: float
    later: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.later)


class Worker:
    """An object of the class `program` (module, name), made with `options` in a fresh process and timed there."""

    def __init__(self, program: tuple[str, str], options: Mapping[str, Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, *program, dict(options)), daemon=True)
        self._process.start()
        self._receive()

    def time(self, call: Call) -> float:
        """Seconds of one call."""
        self._connection.send(call)
        return float(self._receive())

    def close(self) -> float:
        """End the process; its peak memory in MB."""
        self._connection.send(None)
        peak = float(self._receive())
        self._process.join()
        return peak

    def _receive(self) -> Any:
        kind, value = self._connection.recv()
        if kind == "error":
            raise RuntimeError(value)
        return value


def interleaved(workers: Mapping[str, Worker], call: Mapping[str, Call], rounds: int) -> dict[str, Times]:
    """One call of each worker after the other, `rounds` times after the first."""
    first = {name: worker.time(call[name]) for name, worker in workers.items()}
    later: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            later[name].append(worker.time(call[name]))
    return {name: Times(first[name], later[name]) for name in workers}


def missing(modules: Sequence[str]) -> list[str]:
    """Those that are not installed."""
    return [name for name in modules if importlib.util.find_spec(name) is None]


def _serve(connection: Connection, module: str, name: str, options: dict[str, Any]) -> None:
    try:
        program = getattr(importlib.import_module(module), name)(**options)
        connection.send(("value", None))
        while (call := connection.recv()) is not None:
            method, arguments = call
            start = time.perf_counter()
            getattr(program, method)(*arguments)
            connection.send(("value", time.perf_counter() - start))
    except Exception as error:  # noqa: BLE001 (sent to the parent, which raises it)
        connection.send(("error", f"{module}.{name}{options}: {error!r}"))
        return
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    connection.send(("value", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit))
