"""Durable files: atomic replacement, JSON, lines of JSON, named arrays, pytrees and checkpoints."""

from lqdsl.runtime.storage.arrays import read_arrays, write_arrays
from lqdsl.runtime.storage.atomic import file_digest, write_bytes, write_text
from lqdsl.runtime.storage.checkpoints import Checkpoints
from lqdsl.runtime.storage.records import append_line, read_json, read_lines, write_json, write_lines
from lqdsl.runtime.storage.trees import load_tree, save_tree, tree_paths

__all__ = [
    "Checkpoints",
    "append_line",
    "file_digest",
    "load_tree",
    "read_arrays",
    "read_json",
    "read_lines",
    "save_tree",
    "tree_paths",
    "write_arrays",
    "write_bytes",
    "write_json",
    "write_lines",
    "write_text",
]
