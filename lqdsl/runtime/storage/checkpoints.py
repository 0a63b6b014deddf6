"""The last few states of a computation: `checkpoint-000000123.npz`."""

import re
import warnings
from pathlib import Path
from typing import Any

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage.trees import load_tree, save_tree

PATTERN = re.compile(r"checkpoint-(\d{9})\.npz")


class Checkpoints:
    """Checkpoints by step in one folder, which is made when it is needed."""

    def __init__(self, folder: Path, keep: int = 3) -> None:
        self.folder, self.keep = folder, keep

    def save(self, step: int, tree: Any) -> Path:
        """Write atomically, then delete all but the last `keep`; later ones, of an abandoned past, go first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"checkpoint-{step:09d}.npz"
        save_tree(path, tree)
        stored = self.stored()
        for other, old in stored:
            if other > step:
                old.unlink(missing_ok=True)
        for _, old in [entry for entry in stored if entry[0] <= step][: -self.keep]:
            old.unlink(missing_ok=True)
        return path

    def stored(self) -> list[tuple[int, Path]]:
        """(step, file) in the order of steps."""
        found = ((PATTERN.fullmatch(path.name), path) for path in self.folder.iterdir()) if self.folder.is_dir() else ()
        return sorted((int(match[1]), path) for match, path in found if match)

    def latest(self, like: Any) -> Any | None:
        """The newest state that can be read, None if there is none; a damaged one is skipped with a warning.

        Raises RuntimeInputError where there are checkpoints and none can be read.
        """
        failures: list[RuntimeInputError] = []
        for _, path in reversed(self.stored()):
            try:
                return load_tree(path, like)
            except RuntimeInputError as error:
                warnings.warn(f"skipped: {error}", stacklevel=2)
                failures.append(error)
        if failures:
            raise failures[0]
        return None

    def keep_only(self, step: int) -> None:
        """Delete all checkpoints but that of `step`."""
        for other, path in self.stored():
            if other != step:
                path.unlink(missing_ok=True)
