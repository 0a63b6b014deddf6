"""Growing sets of arrays, one file for each block: `cfg-000123.npz` and a manifest."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage.atomic import file_digest
from lqdsl.runtime.storage.npz import read_npz, write_npz
from lqdsl.runtime.storage.records import read_json, write_json

MANIFEST = "manifest.json"


class Shards:
    """Blocks of draws in a folder. A shard counts once it stands in the manifest, which is written after it."""

    def __init__(self, folder: Path, prefix: str = "cfg", details: Mapping[str, Any] | None = None) -> None:
        self.folder, self.prefix, self.details = folder, prefix, dict(details or {})
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / MANIFEST
        self.entries: list[dict[str, Any]] = list(read_json(path)["shards"]) if path.exists() else []

    @property
    def end(self) -> int:
        """The draw after the last one stored, 0 if there is none."""
        return self.entries[-1]["first"] + self.entries[-1]["draws"] if self.entries else 0

    def append(self, first: int, draws: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Store the arrays of draws first ... first + draws - 1; raises RuntimeInputError where draws are left out."""
        if first != self.end:
            raise RuntimeInputError(f"{self.folder} ends before draw {self.end}, cannot append draw {first}")
        path = self.folder / f"{self.prefix}-{len(self.entries):06d}.npz"
        write_npz(path, arrays, {"first": first, "draws": draws})
        self.entries.append({"file": path.name, "first": first, "draws": draws, "sha256": file_digest(path)})
        self._write_manifest()

    def truncate(self, end: int) -> None:
        """Forget every shard that reaches beyond draw `end` and delete files that are not in the manifest."""
        self.entries = [entry for entry in self.entries if entry["first"] + entry["draws"] <= end]
        self._write_manifest()
        known = {entry["file"] for entry in self.entries}
        for path in self.folder.glob(f"{self.prefix}-*.npz*"):
            if path.name not in known:
                path.unlink()

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        """The arrays of each shard in order."""
        for entry in self.entries:
            yield read_npz(self.folder / entry["file"])[0]

    def series(self) -> dict[str, np.ndarray]:
        """All draws of arrays [draw, ..., chain] as [chain, draw, ...], the layout of the analysis."""
        parts = list(self)
        if not parts:
            return {}
        return {name: np.moveaxis(np.concatenate([part[name] for part in parts]), -1, 0) for name in parts[0]}

    def verify(self) -> None:
        """Raise RuntimeInputError where a file is missing or differs from its checksum."""
        for entry in self.entries:
            path = self.folder / entry["file"]
            if not path.exists() or file_digest(path) != entry["sha256"]:
                raise RuntimeInputError(f"{path} is missing or damaged")

    def _write_manifest(self) -> None:
        write_json(self.folder / MANIFEST, {"prefix": self.prefix, **self.details, "shards": self.entries})
