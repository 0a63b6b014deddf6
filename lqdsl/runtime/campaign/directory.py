"""The files of a run: where they lie, how a run directory is made, who may write to it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lqdsl.runtime.campaign.config import FILE, Config, read_config
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage import save_tree, write_text


@dataclass(frozen=True)
class RunDirectory:
    """Paths inside a run directory; see docs/run-directory.md."""

    folder: Path

    @property
    def config(self) -> Config:
        return read_config(self.folder)

    @property
    def module(self) -> Path:
        return self.folder / self.config.module

    @property
    def initial(self) -> Path | None:
        name = self.config.initial
        return self.folder / name if name else None

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def weights(self) -> Path:
        return self.folder / "weights.npz"

    @property
    def training(self) -> Path:
        return self.folder / "training.json"

    @property
    def results(self) -> Path:
        return self.folder / "results.json"

    def samples(self, sampler: str) -> Path:
        """The folder of one sampler."""
        return self.folder / "samples" / sampler

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory against other processes; raises RuntimeInputError if one of them holds it."""
        read_config(self.folder)
        try:
            import fcntl
        except ImportError:  # no advisory locks on this system
            yield
            return
        with open(self.folder / ".lock", "w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RuntimeInputError(f"another process is working in {self.folder}") from None
            yield


def create(
    folder: str | os.PathLike[str],
    *,
    name: str,
    module: str,
    source: tuple[str, str] | None = None,
    initial: Any = None,
    **choices: Any,
) -> RunDirectory:
    """Make a run directory from the text of a generated module.

    `source` is (file name, text) of the theory; `initial` are weights to start the training from; `choices` are fields
    of `Config`: seed, minutes, ignore_stops, overrides, version. Raises RuntimeInputError if the folder is
    not empty. The configuration is written last, so a directory that has one is complete.
    """
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise RuntimeInputError(f"{place} exists already" + (": resume it" if (place / FILE).exists() else ""))
    config = Config(
        name=name,
        module=f"{name}.py",
        source=source[0] if source else None,
        initial=None if initial is None else "initial.npz",
        **choices,
    )
    place.mkdir(parents=True, exist_ok=True)
    write_text(place / config.module, module)
    if source:
        write_text(place / source[0], source[1])
    if initial is not None:
        save_tree(place / "initial.npz", initial)
    write_text(place / FILE, config.text())
    return RunDirectory(place)
