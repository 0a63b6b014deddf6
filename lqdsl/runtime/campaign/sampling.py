"""The sampling stage: draws in blocks, shards of fixed length, and a state from which it goes on."""

import time
from math import prod
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.campaign.events import Notice, Progress, SamplingProgress
from lqdsl.runtime.campaign.interrupt import Asked, Interrupted
from lqdsl.runtime.campaign.keys import stage_key
from lqdsl.runtime.campaign.records import Arrays, Records, block_records
from lqdsl.runtime.campaign.shards import Shards
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers import Block, Runner
from lqdsl.runtime.storage import Checkpoints, read_arrays, read_json, write_arrays, write_json

SAVE_SECONDS = 20.0
BLOCK_SECONDS = 0.5
"""Time of a block that is aimed at; blocks decide how often one looks up, not what is computed."""
SHARD_BYTES = 1 << 23
PROGRESS = "progress.json"
LAST = "last.npz"
"""The configurations of all chains after the last draw, [component, x..., chain]."""


def stage_name(sampler: str) -> str:
    """The name of the stage, which is that of its folder of checkpoints."""
    return f"sample-{sampler}"


def is_sampled(run: RunDirectory, name: str, options: Any) -> bool:
    """Whether the last draw of a sampler was made and everything about it is written; its state is written last."""
    stored = Checkpoints(run.checkpoints(stage_name(name))).stored()
    return bool(stored) and stored[-1][0] == options.warmup + options.draws


def read_last(run: RunDirectory, name: str) -> Arrays:
    """Fields by name, [component, x..., chain], after the last draw of a sampler that has made it."""
    return read_arrays(run.checkpoints(stage_name(name)) / LAST)


class Sampling:
    """One sampler of one run, from whatever the run directory holds to the last draw."""

    def __init__(
        self, run: RunDirectory, model: Model, name: str, weights: Any, progress: Progress, asked: Asked
    ) -> None:
        self.run, self.name, self.progress, self.asked = run, name, progress, asked
        self.options = model.samplers[name]
        self.group: int = getattr(self.options, "group", 1)
        self.series = run.series(name)
        self.configurations = run.configurations(name) if self.options.save else None
        self.folder = run.checkpoints(stage_name(name))
        self.checkpoints = Checkpoints(self.folder, keep=2)
        key = stage_key(run.config.seed, stage_name(name))
        self.runner = Runner(model, self.options, key, weights=weights)
        self.seconds = {"compile": 0.0, "warmup": 0.0, "draws": 0.0}
        self.compiled: set[str] = set()
        self.records = Records()
        self.chunk = 1

    def finish(self) -> None:
        """Draw what is missing. Raises Interrupted after saving, NumericalError where the chains break."""
        total = self.options.draws
        if is_sampled(self.run, self.name, self.options):
            return
        state = self.runner.init()
        length = self._shard_length(state)
        state = self._start(state, length)
        saved = time.monotonic()
        while (index := int(state.index)) < total:
            state = self._advance(state, length)
            index = int(state.index)
            full = index > 0 and (index % length == 0 or index == total)
            if full:
                self._write_shard()
            asked = self.asked() and index < total
            if full or asked or time.monotonic() - saved > SAVE_SECONDS:
                self._save(state)
                saved = time.monotonic()
            if asked:
                raise Interrupted(f"interrupted at draw {index} of {self.name}, which is saved")

    def _start(self, fresh: Any, length: int) -> Any:
        """The state that was saved last, with shards and pending draws as they were then."""
        saved = self.checkpoints.latest(fresh)
        state = fresh if saved is None else self.runner.place(saved)
        index = max(int(state.index), 0)
        end = index if index == self.options.draws else index - index % length
        for shards in self._shards():
            shards.truncate(end)
        if saved is not None:
            found = read_json(self.folder / PROGRESS)
            self.seconds = {name: found[name] for name in self.seconds}
            self.progress(Notice(f"{self.name} goes on from draw {int(state.index)}"))
        self.records = Records(end)
        if index > end:
            self.records.add(*_split(read_arrays(self._pending(state))))
        return state

    def _shards(self) -> list[Shards]:
        return [self.series] if self.configurations is None else [self.configurations, self.series]

    def _shard_length(self, state: Any) -> int:
        """Draws in a shard of about `SHARD_BYTES`, a multiple of the draws that one batch of a flow serves."""
        fields, runner = state.chains.fields, self.runner
        size = float(_bytes(jax.eval_shape(runner.model.observables, fields, runner.parameters)))
        if self.options.save:
            size += _bytes(fields) / self.options.save
        return max(1, int(SHARD_BYTES / max(size, 1.0)) // self.group) * self.group

    def _advance(self, state: Any, length: int) -> Any:
        """One block, which ends at the latest with warm-up, shard or sampler. The first is made twice: it compiles."""
        first, total = int(state.index), self.options.draws
        stage, end = ("warmup", 0) if first < 0 else ("draws", min((first // length + 1) * length, total))
        if stage not in self.compiled:
            self.compiled.add(stage)
            self._timed("compile", state, min(self.group, end - first))
        (state, block), elapsed = self._timed(stage, state, min(self.chunk * self.group, end - first))
        if elapsed < BLOCK_SECONDS:
            self.chunk *= 2
        elif elapsed > 2 * BLOCK_SECONDS:
            self.chunk = max(1, self.chunk // 2)
        if first >= 0:
            self.records.add(*block_records(block))
        self._report(state, first < 0, block.info)
        return state

    def _timed(self, stage: str, state: Any, draws: int) -> tuple[tuple[Any, Block], float]:
        """(state, block) of the next draws, and the seconds they took, which are added to those of `stage`."""
        begin = time.monotonic()
        result = self.runner.run(state, draws)
        elapsed = time.monotonic() - begin
        self.seconds[stage] += elapsed
        return result, elapsed

    def _report(self, state: Any, warmup: bool, info: dict[str, np.ndarray]) -> None:
        before = self.options.warmup
        self.progress(
            SamplingProgress(
                sampler=self.name,
                warmup=warmup,
                done=int(state.index) + (before if warmup else 0),
                total=before if warmup else self.options.draws,
                seconds=sum(self.seconds.values()),
                acceptance=float(info["acceptance"].mean()) if "acceptance" in info else None,
            )
        )

    def _write_shard(self) -> None:
        series, configurations = self.records.joined()
        if self.configurations is not None:
            self.configurations.append(self.records.first, self.records.draws, configurations)
        self.series.append(self.records.first, self.records.draws, series)
        self.records = Records(self.records.first + self.records.draws)

    def _save(self, state: Any) -> None:
        """The draws since the last shard under the number of their state, then the state."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.records.draws:
            series, configurations = self.records.joined()
            arrays = {f"series/{k}": v for k, v in series.items()}
            arrays |= {f"configurations/{k}": v for k, v in configurations.items()}
            write_arrays(self._pending(state), arrays)
        seconds = {name: round(value, 3) for name, value in self.seconds.items()}
        write_json(self.folder / PROGRESS, {"index": int(state.index), "total": self.options.draws, **seconds})
        if int(state.index) == self.options.draws:
            write_arrays(self.folder / LAST, state.chains.fields._asdict())
        self.checkpoints.save(self._number(state), state)
        if int(state.index) == self.options.draws:
            self.checkpoints.keep_only(self._number(state))
        kept = {f"pending-{number:09d}.npz" for number, _ in self.checkpoints.stored()}
        for old in self.folder.glob("pending-*.npz"):
            if old.name not in kept:
                old.unlink()

    def _number(self, state: Any) -> int:
        return int(state.index) + int(self.options.warmup)

    def _pending(self, state: Any) -> Path:
        return self.folder / f"pending-{self._number(state):09d}.npz"


def _bytes(tree: Any) -> int:
    return sum(prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


def _split(arrays: Arrays) -> tuple[Arrays, Arrays]:
    kinds = ("series/", "configurations/")
    parts = [{k.removeprefix(kind): v for k, v in arrays.items() if k.startswith(kind)} for kind in kinds]
    return parts[0], parts[1]
