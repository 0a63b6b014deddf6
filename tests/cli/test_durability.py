"""A run that dies at any write and is resumed ends with the same bytes."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from cli.command import TINY, files, without_seconds

from lqdsl.cli.main import main
from lqdsl.diagnostics import SourceFile
from lqdsl.driver import compile_text
from lqdsl.runtime.campaign import Campaign, RunDirectory, create, sampling
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.samplers import Block

CHAIN = TINY[: TINY.index("flow {")] + "sample hmc { chains = 2  draws = 24  warmup = 3  save = 5 }\n"
MODULE = compile_text(SourceFile("tiny.lqt", CHAIN)).module


class Death(BaseException):
    """The process ends here."""


class Chain(NamedTuple):
    fields: Any


class State(NamedTuple):
    index: Any
    chains: Chain


class Walk:
    """A sampler in place of a compiled one: a random walk whose step n depends on n only."""

    def __init__(self, model: Any, options: Any, key: Any, weights: Any = None) -> None:
        self.model, self.options, self.parameters = model, options, model.parameters

    def init(self) -> State:
        fields = type(self.model.kinds)(np.zeros((4, 4, self.options.chains), np.float32))
        return State(np.int32(-self.options.warmup), Chain(fields))

    def place(self, state: State) -> State:
        return state

    def run(self, state: State, draws: int) -> tuple[State, Block]:
        first, phi, rows = int(state.index), np.asarray(state.chains.fields.phi), []
        for number in range(first, first + draws):
            phi = np.float32(0.5) * phi + np.random.default_rng(number + 1000).normal(size=phi.shape).astype(np.float32)
            rows.append(phi)
        path = np.stack(rows)
        numbers = np.arange(first, first + draws)
        kept = numbers % self.options.save == self.options.save - 1
        series = {"phi2": (path**2).mean(axis=(1, 2)), "C": (path**2).mean(axis=2)}
        info = {"acceptance": np.ones((draws, self.options.chains), np.float32)}
        block = Block(first, draws, series, info, {"phi": path[kept]}, numbers[kept])
        return State(np.int32(first + draws), Chain(type(self.model.kinds)(phi))), block


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several shards, short blocks, and a state saved after every block."""
    monkeypatch.setattr(sampling, "Runner", Walk)
    monkeypatch.setattr(sampling, "SHARD_BYTES", 300)
    monkeypatch.setattr(sampling, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(sampling, "BLOCK_SECONDS", 0.0)


def campaign(folder: Path) -> Campaign:
    return Campaign(create(folder, name="tiny", module=MODULE).path)


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An uninterrupted run, in long blocks."""
    with monkeypatch.context() as patch:
        patch.setattr(sampling, "SAVE_SECONDS", 100.0)
        patch.setattr(sampling, "BLOCK_SECONDS", 100.0)
        campaign(tmp_path / "whole").run()
    return tmp_path / "whole"


class Mortal:
    """Counts renames, and dies at one of them, before or after it is done."""

    def __init__(self, survived: int, before: bool) -> None:
        self.survived, self.before, self.count, self.replace = survived, before, 0, os.replace

    def __call__(self, source: Any, target: Any) -> None:
        self.count += 1
        dies = self.count > self.survived
        if not (dies and self.before):
            self.replace(source, target)
        if dies:
            raise Death


def renames(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many a whole run makes."""
    counter = Mortal(10**9, True)
    run = campaign(folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", counter)
        run.run()
    return counter.count


@pytest.mark.parametrize("before", [True, False])
def test_death_at_any_write(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    total = renames(tmp_path / "counted", monkeypatch)
    expected = without_seconds(json.loads((whole / "results.json").read_text()))
    deaths = sorted({*range(0, total, 7), *range(total - 9, total)})
    assert total > 60
    for survived in deaths:
        folder = tmp_path / f"run-{survived}"
        run = campaign(folder)
        with monkeypatch.context() as patch, pytest.raises(Death):
            patch.setattr(os, "replace", Mortal(survived, before))
            run.run()
        Campaign(folder).run()
        assert files(folder) == files(whole), survived
        assert without_seconds(json.loads((folder / "results.json").read_text())) == expected, survived


def test_there_are_several_shards(whole: Path) -> None:
    assert len(list(whole.glob("series/hmc/series-*.npz"))) >= 4


def test_a_damaged_shard_is_noticed(tmp_path: Path) -> None:
    run = campaign(tmp_path / "run")
    run.run()
    shard = tmp_path / "run" / "series" / "hmc" / "series-000001.npz"
    data = bytearray(shard.read_bytes())
    data[-100] ^= 1
    shard.write_bytes(data)
    with pytest.raises(RuntimeInputError, match="series-000001.npz is missing or damaged"):
        run.measure()


def test_a_damaged_checkpoint_is_not_the_end(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = campaign(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", Mortal(40, True))
        with pytest.raises(Death):
            run.run()
    newest = max((tmp_path / "run" / "checkpoints" / "sample-hmc").glob("checkpoint-*.npz"))
    newest.write_bytes(newest.read_bytes()[:100])
    with pytest.warns(UserWarning, match="skipped"):
        Campaign(tmp_path / "run").run()
    assert files(tmp_path / "run") == files(whole)


def test_directories_that_are_no_runs(tmp_path: Path) -> None:
    with pytest.raises(RuntimeInputError, match="not a run directory"):
        Campaign(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RuntimeInputError, match="not of this version"):
        Campaign(tmp_path)
    with pytest.raises(RuntimeInputError, match="exists already"):
        create(tmp_path, name="tiny", module=MODULE)


@pytest.mark.parametrize("command", ["run", "resume", "sample"])
def test_others_are_kept_out_between_the_stages(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command holds its run directory from the first stage to the last, and nobody does when it has ended."""
    folder = campaign(tmp_path / "run").directory.path
    measure, looked = Campaign.measure, []

    def look(self: Campaign) -> dict[str, Any]:
        with pytest.raises(RuntimeInputError, match="another process is at work"), RunDirectory(folder).locked():
            pass
        looked.append(True)
        return measure(self)

    monkeypatch.setattr(Campaign, "measure", look)
    assert main([command, str(folder)]) == 0
    assert looked
    with RunDirectory(folder).locked():
        pass


def test_the_stages_of_a_run_are_one_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same from Python, where a stage that fails lets go of the directory, too."""
    run = campaign(tmp_path / "run")

    def look(self: Campaign) -> None:
        with pytest.raises(RuntimeInputError, match="another process is at work"):
            Campaign(run.directory.path).measure()
        raise Death

    monkeypatch.setattr(Campaign, "sample", look)
    with pytest.raises(Death):
        run.run()
    with RunDirectory(run.directory.path).locked():
        pass
