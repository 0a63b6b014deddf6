"""The folder of one run: configuration, checkpoints, shards, metrics, results, and a lock against a second process."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage.atomic import write_text
from lqdsl.runtime.storage.metrics import Metrics
from lqdsl.runtime.storage.records import read_json, write_json
from lqdsl.runtime.storage.shards import Shards

try:
    import fcntl
except ImportError:  # Windows has no advisory locks of this kind; a second process is then not noticed
    fcntl = None  # type: ignore[assignment]


class RunDirectory:
    """`with RunDirectory.create(path, config) as run:`; the lock is released by `close` or by the end of the process.

    Files: config.json, results.json, metrics.jsonl, checkpoints/<stage>/, configurations/<sampler>/, series/<sampler>/.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metrics = Metrics(path / "metrics.jsonl")
        self._lock: IO[bytes] | None = _take_lock(path / "lock")

    @classmethod
    def create(cls, path: str | os.PathLike[str], config: Mapping[str, Any]) -> Self:
        """A new run; raises RuntimeInputError where the folder already holds one or cannot be made."""
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RuntimeInputError(f"cannot make the folder {folder}: {error.strerror or error}") from error
        if (folder / "config.json").exists():
            raise RuntimeInputError(f"{folder} already holds a run: resume it or choose another folder")
        run = cls(folder)
        write_json(folder / "config.json", dict(config))
        return run

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """An existing run; raises RuntimeInputError where there is none or another process works on it."""
        folder = Path(path)
        if not (folder / "config.json").exists():
            raise RuntimeInputError(f"{folder} holds no run: config.json is missing")
        return cls(folder)

    @property
    def config(self) -> dict[str, Any]:
        """What `create` was given."""
        return dict(read_json(self.path / "config.json"))

    def checkpoints(self, stage: str) -> Path:
        """The folder of the checkpoints of a stage."""
        folder = self.path / "checkpoints" / stage
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def configurations(self, sampler: str) -> Shards:
        """The stored configurations of a sampler, shards `cfg-000000.npz`."""
        return Shards(self.path / "configurations" / sampler, "cfg")

    def series(self, sampler: str) -> Shards:
        """The measured observables of a sampler, shards `obs-000000.npz`."""
        return Shards(self.path / "series" / sampler, "obs")

    def write_text(self, name: str, text: str) -> None:
        """A file of the run, such as its source or module, written atomically."""
        write_text(self.path / name, text)

    def write_results(self, results: Mapping[str, Any]) -> None:
        """results.json, written atomically; NaN becomes null."""
        write_json(self.path / "results.json", dict(results))

    def results(self) -> dict[str, Any] | None:
        """The results, None while there are none."""
        path = self.path / "results.json"
        return dict(read_json(path)) if path.exists() else None

    def close(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _take_lock(path: Path) -> IO[bytes]:
    try:
        file = open(path, "ab")  # noqa: SIM115  held open for as long as the run is
    except OSError as error:
        raise RuntimeInputError(f"cannot write in {path.parent}: {error.strerror or error}") from error
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise RuntimeInputError(f"another process works on {path.parent}") from error
    return file
