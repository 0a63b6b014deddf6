"""Durable runs: atomic files, checkpoints, shards, metrics, and the folder that holds them."""

from lqdsl.runtime.storage.arrays import read_arrays, write_arrays
from lqdsl.runtime.storage.atomic import file_digest, write_bytes, write_text
from lqdsl.runtime.storage.checkpoint import checkpoints, load_checkpoint, load_latest, save_checkpoint
from lqdsl.runtime.storage.checkpoints import Checkpoints
from lqdsl.runtime.storage.directory import RunDirectory
from lqdsl.runtime.storage.metrics import Metrics
from lqdsl.runtime.storage.npz import read_npz, write_npz
from lqdsl.runtime.storage.records import append_line, read_json, read_lines, write_json, write_lines
from lqdsl.runtime.storage.shards import Shards
from lqdsl.runtime.storage.trees import load_tree, save_tree

__all__ = [
    "Checkpoints",
    "load_tree",
    "read_arrays",
    "save_tree",
    "write_arrays",
    "Metrics",
    "RunDirectory",
    "Shards",
    "append_line",
    "checkpoints",
    "file_digest",
    "load_checkpoint",
    "load_latest",
    "read_json",
    "read_lines",
    "read_npz",
    "save_checkpoint",
    "write_bytes",
    "write_json",
    "write_lines",
    "write_npz",
    "write_text",
]
