"""Shards: series of observables and configurations of a fixed number of draws a file, listed in a manifest."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.samplers import Block
from lqdsl.runtime.samplers.runner import join_blocks
from lqdsl.runtime.storage import file_digest, read_arrays, read_json, write_arrays, write_json

SHARD_BYTES = 1 << 23
PER_CHAIN = ("accepted", "log_weight")
"""Facts of a draw that are kept for each chain; of others the mean over the chains is."""
Arrays = dict[str, np.ndarray]


def shard_length(series: Any, fields: Any, save: int, group: int) -> int:
    """Draws in a shard of about `SHARD_BYTES`, a multiple of `group`; from the shapes of one draw of all chains."""
    size = sum(prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(series))
    if save:
        size += sum(prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(fields)) / save
    return max(1, int(SHARD_BYTES / max(size, 1)) // group) * group


def block_arrays(block: Block) -> tuple[Arrays, Arrays]:
    """(series, configurations) of a block as they are stored: facts of the draws under `info:`, draw numbers `draw`."""
    info = {
        f"info:{name}": values if name in PER_CHAIN else values.mean(axis=-1, dtype=values.dtype)
        for name, values in block.info.items()
    }
    if "delta_h" in block.info:
        with np.errstate(over="ignore"):
            info["info:exp_minus_delta_h"] = np.exp(-block.info["delta_h"].astype(np.float64)).mean(axis=-1)
    if "info:accepted" in info:
        info["info:accepted"] = info["info:accepted"].astype(np.uint8)
    configurations = {"draw": block.saved, **block.configurations} if len(block.saved) else {}
    return dict(block.series) | info, configurations


def joined(parts: Sequence[Arrays]) -> Arrays:
    """Arrays of consecutive draws as one."""
    parts = [part for part in parts if part]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}


class Shards:
    """The shards of one sampler in `folder`."""

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        self.folder, self.facts = folder, facts
        self.manifest = folder / "manifest.json"

    def entries(self, draws: int | None = None) -> list[dict[str, Any]]:
        """What the manifest lists, up to a number of draws."""
        if not self.manifest.exists():
            return []
        listed: list[dict[str, Any]] = read_json(self.manifest)["shards"]
        return [entry for entry in listed if draws is None or entry["first"] + entry["draws"] <= draws]

    def write(self, number: int, first: int, series: Arrays, configurations: Arrays, complete: bool) -> None:
        """Files of shard `number`, which begins at draw `first`, then the manifest that lists it."""
        draws = len(next(iter(series.values())))
        entry: dict[str, Any] = {"first": first, "draws": draws}
        for kind, arrays in (("series", series), ("cfg", configurations)):
            if arrays:
                file = self.folder / f"{kind}-{number:06d}.npz"
                write_arrays(file, arrays)
                entry[kind] = {"file": file.name, "sha256": file_digest(file)}
        shards = [*self.entries(first), entry]
        write_json(self.manifest, {**self.facts, "complete": complete, "shards": shards})

    @property
    def complete(self) -> bool:
        return self.manifest.exists() and bool(read_json(self.manifest)["complete"])

    def series(self) -> Arrays:
        """All series, [draw, ..., chain]; raises RuntimeInputError for a file that is not what the manifest says."""
        return joined([self._read(entry["series"]) for entry in self.entries()])

    def configurations(self) -> Arrays:
        """All configurations that were kept, [saved, component, x..., chain], with their draw numbers `draw`."""
        return joined([self._read(entry["cfg"]) for entry in self.entries() if "cfg" in entry])

    def _read(self, listed: dict[str, str]) -> Arrays:
        file = self.folder / listed["file"]
        if not file.exists() or file_digest(file) != listed["sha256"]:
            raise RuntimeInputError(f"{file} is missing or damaged: remove {self.folder} and resume the run")
        return read_arrays(file)
