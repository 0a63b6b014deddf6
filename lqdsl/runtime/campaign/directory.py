"""The run directory: where its files lie, how it is made, and a lock against a second process."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lqdsl.runtime.campaign.config import FILE, Config, read_config
from lqdsl.runtime.campaign.shards import Shards
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage import save_tree, write_arrays, write_json, write_text


class RunDirectory:
    """Paths inside a run directory; see docs/run-directory.md. Raises RuntimeInputError if `path` is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = read_config(path)
        self.module = path / self.config.module
        self.initial = path / "initial.npz"
        self.samples = path / "samples.npz"
        self.metrics = path / "metrics.jsonl"
        self.training = path / "training.json"
        self.results = path / "results.json"
        self._is_locked = False

    def checkpoints(self, stage: str) -> Path:
        """The folder of the checkpoints of a stage."""
        return self.path / "checkpoints" / stage

    def series(self, sampler: str) -> Shards:
        """The observables of a sampler."""
        return Shards(self.path / "series" / sampler, "series")

    def configurations(self, sampler: str) -> Shards:
        """The configurations of a sampler that were kept."""
        return Shards(self.path / "configurations" / sampler, "cfg")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out; raises RuntimeInputError if one is at work here. Inside, it may be asked for again."""
        if self._is_locked:
            yield
            return
        try:
            import fcntl
        except ImportError:  # no advisory locks on this system: a second process is not noticed
            yield
            return
        with open(self.path / ".lock", "ab") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RuntimeInputError(f"another process is at work in {self.path}") from None
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False


def create(
    folder: str | os.PathLike[str],
    *,
    name: str,
    module: str,
    source: str | None = None,
    initial: Any = None,
    samples: Mapping[str, Any] | None = None,
    **choices: Any,
) -> RunDirectory:
    """Make a run directory from the text of a generated module.

    `source` is the text of the theory; `initial` are weights to start the training from; `samples` are fields
    [component, x..., sample] for training by forward KL; `choices` are fields of `Config`: seed, minutes, ignore_stops,
    overrides, version. Raises RuntimeInputError if the folder is not empty. The
    configuration is written last, so a directory that has one is complete.
    """
    path = Path(folder)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RuntimeInputError(_taken(path, name, source))
    config = Config(name=name, initial=initial is not None, **choices)
    path.mkdir(parents=True, exist_ok=True)
    write_text(path / config.module, module)
    if source is not None:
        write_text(path / f"{name}.lqt", source)
    if initial is not None:
        save_tree(path / "initial.npz", initial)
    if samples is not None:
        write_arrays(path / "samples.npz", samples)
    write_json(path / FILE, config.data)
    return RunDirectory(path)


def _taken(path: Path, name: str, source: str | None) -> str:
    """What is in a folder that is not free for a run of the theory `name`, and what to do."""
    if not (path / FILE).exists():
        return f"{path} exists already and is no run directory: name another place"
    try:
        held = read_config(path).name
    except RuntimeInputError as error:
        return f"{path} exists already: {error}; name another directory"
    if held != name:
        return f"{path} holds a run of another theory, `{held}`: name another directory for `{name}`"
    kept = path / f"{name}.lqt"
    if source is not None and kept.exists() and kept.read_text(encoding="utf-8") != source:
        return f"{path} holds a run of `{name}` with another text, {kept}: name another directory, or resume that run"
    return f"{path} exists already: resume it"
