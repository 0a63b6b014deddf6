"""Checkpoints of pytrees of arrays: `checkpoint-000000123.npz`, the last few kept."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage.npz import read_npz, write_npz

PATTERN = re.compile(r"checkpoint-(\d{9})\.npz")
KEPT = 3


def save_checkpoint(
    folder: Path, step: int, tree: Any, details: Mapping[str, Any] | None = None, keep: int = KEPT
) -> Path:
    """Write the leaves of `tree` and JSON `details` atomically, then delete all but the last `keep` checkpoints.

    Those of later steps, left by a run that was taken up again before them, are deleted too.
    """
    arrays, leaves = {}, []
    for number, (path, leaf) in enumerate(jax.tree_util.tree_flatten_with_path(tree)[0]):
        array, kind = pack(leaf)
        arrays[f"leaf-{number:05d}"] = array
        leaves.append({"path": jax.tree_util.keystr(path), "type": kind})
    target = folder / f"checkpoint-{step:09d}.npz"
    write_npz(target, arrays, {"step": step, "leaves": leaves, "details": dict(details or {})})
    stored = checkpoints(folder)
    past = [path for other, path in stored if other <= step]
    for old in [*past[:-keep], *(path for other, path in stored if other > step)]:
        old.unlink(missing_ok=True)
    return target


def checkpoints(folder: Path) -> list[tuple[int, Path]]:
    """(step, file) in the order of steps."""
    found = ((PATTERN.fullmatch(path.name), path) for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted((int(match[1]), path) for match, path in found if match)


def load_checkpoint(path: Path, like: Any) -> tuple[Any, int, dict[str, Any]]:
    """(tree, step, details), the tree with the structure, shapes and types of `like`.

    Raises RuntimeInputError, with the path of the leaf, where the file is damaged or does not fit `like`.
    """
    arrays, header = read_npz(path)
    try:
        step, leaves, details = header["step"], header["leaves"], header["details"]
        found = {leaf["path"]: (arrays[f"leaf-{n:05d}"], leaf["type"]) for n, leaf in enumerate(leaves)}
    except (KeyError, TypeError) as error:
        raise RuntimeInputError(f"{path} is not a checkpoint: {error!r}") from error
    wanted, structure = jax.tree_util.tree_flatten_with_path(like)
    names = [jax.tree_util.keystr(place) for place, _ in wanted]
    if differing := sorted(set(names) ^ set(found)):
        owner = "the file" if differing[0] in found else "the program"
        raise RuntimeInputError(f"{path} does not fit: only {owner} has {differing[0]}")
    result = []
    for name, (_, leaf) in zip(names, wanted, strict=True):
        (array, kind), (sample, expected) = found[name], pack(leaf)
        if (kind, array.shape) != (expected, sample.shape):
            text = f"{name} is {kind}{list(array.shape)}, expected {expected}{list(sample.shape)}"
            raise RuntimeInputError(f"{path} does not fit: {text}")
        result.append(unpack(array, kind))
    return jax.tree_util.tree_unflatten(structure, result), step, details


def load_latest(folder: Path, like: Any) -> tuple[Any, int, dict[str, Any]] | None:
    """The newest checkpoint that can be read, None if there is none; a damaged one is skipped with a warning.

    Raises RuntimeInputError where there are checkpoints and none can be read.
    """
    failures: list[RuntimeInputError] = []
    for _, path in reversed(checkpoints(folder)):
        try:
            return load_checkpoint(path, like)
        except RuntimeInputError as error:
            warnings.warn(f"skipped: {error}", stacklevel=2)
            failures.append(error)
    if failures:
        raise failures[0]
    return None


def pack(leaf: Any) -> tuple[np.ndarray, str]:
    """(numpy array, type): the name of the dtype, or `key:<implementation>` for typed random keys."""
    if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return np.asarray(jax.random.key_data(leaf)), f"key:{jax.random.key_impl(leaf)}"
    array = np.asarray(jnp.asarray(leaf))
    if array.dtype.kind not in "biufc":  # bfloat16 and the like have no npy form of their own
        return array.view(f"u{array.dtype.itemsize}"), array.dtype.name
    return array, array.dtype.name


def unpack(array: np.ndarray, kind: str) -> jax.Array:
    """Inverse of `pack`, as a jax array."""
    if kind.startswith("key:"):
        return jax.random.wrap_key_data(jnp.asarray(array), impl=kind.removeprefix("key:"))
    dtype = jnp.dtype(kind)
    return jnp.asarray(array if array.dtype == dtype else array.view(dtype))
