"""The sampling stage: draws in blocks, shards of fixed length, and a state from which it goes on."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax

from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.campaign.events import Notice, Progress, SamplingProgress
from lqdsl.runtime.campaign.interrupt import Asked, Interrupted
from lqdsl.runtime.campaign.keys import stage_key
from lqdsl.runtime.campaign.shards import Arrays, Shards, block_arrays, joined, shard_length
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers import Runner
from lqdsl.runtime.storage import load_tree, read_arrays, read_json, save_tree, write_arrays, write_json

SAVE_SECONDS = 20.0
BLOCK_SECONDS = 0.5
"""Time of a block that is aimed at; blocks decide how often one looks up, not what is computed."""


class Sampling:
    """One sampler of one run, from whatever its folder holds to the last draw."""

    def __init__(
        self, run: RunDirectory, model: Model, name: str, weights: Any, progress: Progress, asked: Asked
    ) -> None:
        self.name, self.progress, self.asked = name, progress, asked
        self.options = model.samplers[name]
        self.folder = run.samples(name)
        self.runner = Runner(model, self.options, stage_key(run.config.seed, f"sample {name}"), weights=weights)
        self.shards = Shards(self.folder, sampler_facts(name, self.options))
        self.seconds = {"warmup": 0.0, "draws": 0.0}
        self.parts: list[tuple[Arrays, Arrays]] = []
        self.chunk = 1

    def finish(self) -> None:
        """Draw what is missing. Raises Interrupted after saving, NumericalError where the chains break."""
        if self.shards.complete:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        state = self._start()
        length = self._length(state)
        saved = time.monotonic()
        while (index := int(state.index)) < self.options.draws:
            state = self._advance(state, length)
            index = int(state.index)
            if index > 0 and (index % length == 0 or index == self.options.draws):
                self._write_shard((index - 1) // length, length, complete=index == self.options.draws)
                self._save(state)
                saved = time.monotonic()
            asked = self.asked() and index < self.options.draws
            if asked or time.monotonic() - saved > SAVE_SECONDS:
                self._save(state)
                saved = time.monotonic()
            if asked:
                raise Interrupted(f"interrupted at draw {index} of {self.name}, which is saved")

    def _start(self) -> Any:
        state = self.runner.init()
        if not (self.folder / "state.npz").exists():
            return state
        state = self.runner.place(load_tree(self.folder / "state.npz", state))
        self.seconds = read_json(self.folder / "seconds.json")
        index = int(state.index)
        if self._pending(index).exists():
            stored = read_arrays(self._pending(index))
            self.parts = [
                tuple({k[2:]: v for k, v in stored.items() if k.startswith(kind)} for kind in ("s/", "c/"))  # type: ignore[misc]
            ]
        self.progress(Notice(f"{self.name} goes on from draw {index}"))
        return state

    def _length(self, state: Any) -> int:
        fields, runner = state.chains.fields, self.runner
        series = jax.eval_shape(runner.model.observables, fields, runner.parameters)
        return shard_length(series, fields, self.options.save, getattr(self.options, "group", 1))

    def _advance(self, state: Any, length: int) -> Any:
        """One block, which ends at the latest with warm-up, shard or sampler."""
        first = int(state.index)
        end = 0 if first < 0 else min((first // length + 1) * length, self.options.draws)
        group = getattr(self.options, "group", 1)
        begin = time.monotonic()
        state, block = self.runner.run(state, min(self.chunk * group, end - first))
        elapsed = time.monotonic() - begin
        self.seconds["warmup" if first < 0 else "draws"] += elapsed
        if elapsed < BLOCK_SECONDS:
            self.chunk *= 2
        elif elapsed > 2 * BLOCK_SECONDS and self.chunk > 1:
            self.chunk //= 2
        if first >= 0:
            self.parts.append(block_arrays(block))
        warmup = self.runner.program.warmup
        self.progress(
            SamplingProgress(
                sampler=self.name,
                warmup=first < 0,
                done=int(state.index) + (warmup if first < 0 else 0),
                total=warmup if first < 0 else self.options.draws,
                seconds=sum(self.seconds.values()),
                acceptance=float(block.info["acceptance"].mean()) if "acceptance" in block.info else None,
            )
        )
        return state

    def _write_shard(self, number: int, length: int, complete: bool) -> None:
        series, configurations = (joined([part[kind] for part in self.parts]) for kind in (0, 1))
        self.shards.write(number, number * length, series, configurations, complete)
        self.parts = []

    def _save(self, state: Any) -> None:
        """The draws since the last shard, under their number, then the state of that number."""
        pending = self._pending(int(state.index))
        if self.parts:
            kinds = [joined([part[kind] for part in self.parts]) for kind in (0, 1)]
            self.parts = [(kinds[0], kinds[1])]
            arrays = {f"{prefix}/{k}": v for prefix, kind in zip("sc", kinds, strict=True) for k, v in kind.items()}
            write_arrays(pending, arrays)
        write_json(self.folder / "seconds.json", {name: round(value, 3) for name, value in self.seconds.items()})
        save_tree(self.folder / "state.npz", state)
        for old in self.folder.glob("pending-*.npz"):
            if old != pending:
                old.unlink()

    def _pending(self, index: int) -> Path:
        return self.folder / f"pending-{index:09d}.npz"


def sampler_facts(name: str, options: Any) -> dict[str, Any]:
    """What the manifest says of a sampler: its kind and its plain options."""
    plain = {key: value for key, value in asdict(options).items() if isinstance(value, bool | int | float | str)}
    return {"format": 1, "sampler": name, "kind": type(options).__name__, "options": plain}
