"""Growing sets of arrays in files of consecutive draws, `series-000123.npz`, and the manifest that lists them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lqdsl.runtime.campaign.records import Arrays
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage import file_digest, read_arrays, read_json, write_arrays, write_json

MANIFEST = "manifest.json"


class Shards:
    """The shards called `<prefix>-<number>.npz` in a folder. One counts once it is in the manifest."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self.folder, self.prefix = folder, prefix
        path = folder / MANIFEST
        self.entries = _entries(path) if path.exists() else []

    @property
    def end(self) -> int:
        """The draw after the last one stored, 0 if there is none."""
        return int(self.entries[-1]["first"] + self.entries[-1]["draws"]) if self.entries else 0

    def append(self, first: int, draws: int, arrays: Arrays) -> None:
        """Store draws first ... first + draws - 1; raises RuntimeInputError where draws would be left out."""
        if first != self.end:
            raise RuntimeInputError(f"{self.folder} ends before draw {self.end}, cannot append draw {first}")
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{self.prefix}-{len(self.entries):06d}.npz"
        write_arrays(file, arrays)
        self.entries.append({"file": file.name, "first": first, "draws": draws, "sha256": file_digest(file)})
        self._write_manifest()

    def truncate(self, end: int) -> None:
        """Forget every shard that reaches beyond draw `end`."""
        kept = [entry for entry in self.entries if entry["first"] + entry["draws"] <= end]
        if kept != self.entries:
            self.entries = kept
            self._write_manifest()

    def read(self) -> Arrays:
        """All arrays, joined along their first axis; raises RuntimeInputError where a file differs from its checksum."""
        parts = [arrays for _, arrays in self.parts()]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}

    def parts(self) -> Iterator[tuple[dict[str, Any], Arrays]]:
        """(entry of the manifest, arrays) file by file; raises RuntimeInputError as `read`."""
        for entry in self.entries:
            path = self.folder / entry["file"]
            if not path.exists() or file_digest(path) != entry["sha256"]:
                raise RuntimeInputError(f"{path} is missing or damaged")
            yield entry, read_arrays(path)

    def _write_manifest(self) -> None:
        write_json(self.folder / MANIFEST, {"format": 1, "shards": self.entries})


def _entries(path: Path) -> list[dict[str, Any]]:
    """The files that a manifest lists; raises RuntimeInputError where it is damaged."""
    data = read_json(path)
    shards = data.get("shards") if isinstance(data, dict) else None
    keys = {"file", "first", "draws", "sha256"}
    if not isinstance(shards, list) or not all(isinstance(entry, dict) and keys <= set(entry) for entry in shards):
        raise RuntimeInputError(f"{path} is damaged: it lists no files")
    return shards
