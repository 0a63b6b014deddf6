"""Pytrees of arrays and random keys as `.npz`, leaf by leaf under the path that jax gives it."""

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage.arrays import read_arrays, write_arrays

HEADER = "header"


def save_tree(path: Path, tree: Any) -> None:
    """Write the leaves atomically; a JSON header holds their paths and types."""
    arrays, leaves = {}, []
    for number, (place, leaf) in enumerate(jax.tree_util.tree_flatten_with_path(tree)[0]):
        array, kind = pack(leaf)
        arrays[f"leaf-{number:05d}"] = array
        leaves.append({"path": jax.tree_util.keystr(place), "type": kind})
    header = json.dumps({"format": 1, "leaves": leaves}).encode()
    write_arrays(path, {HEADER: np.frombuffer(header, np.uint8), **arrays})


def tree_paths(path: Path) -> tuple[str, ...]:
    """The paths of all leaves in a file. Raises RuntimeInputError where it is damaged."""
    return tuple(_leaves(path))


def load_tree(path: Path, like: Any) -> Any:
    """The tree with the structure, shapes and types of `like`.

    Raises RuntimeInputError, with the path of the leaf, where the file is damaged or does not fit.
    """
    found = _leaves(path)
    wanted, structure = jax.tree_util.tree_flatten_with_path(like)
    names = [jax.tree_util.keystr(place) for place, _ in wanted]
    if differing := sorted(set(names) ^ set(found)):
        where = "the file" if differing[0] in found else "the program"
        raise RuntimeInputError(f"{path} does not fit: only {where} has {differing[0]}")
    result = []
    for name, (_, leaf) in zip(names, wanted, strict=True):
        array, kind = found[name]
        expected = pack(leaf)
        if (array.shape, kind) != (expected[0].shape, expected[1]):
            have, want = f"{kind}{list(array.shape)}", f"{expected[1]}{list(expected[0].shape)}"
            raise RuntimeInputError(f"{path} does not fit: {name} is {have}, expected {want}")
        result.append(unpack(array, kind))
    return jax.tree_util.tree_unflatten(structure, result)


def _leaves(path: Path) -> dict[str, tuple[np.ndarray, str]]:
    """Array and type of every leaf by its path."""
    arrays = read_arrays(path)
    try:
        leaves = json.loads(arrays[HEADER].tobytes())["leaves"]
        return {leaf["path"]: (arrays[f"leaf-{number:05d}"], str(leaf["type"])) for number, leaf in enumerate(leaves)}
    except (KeyError, TypeError, ValueError) as error:
        raise RuntimeInputError(f"{path} holds no tree of arrays: {error!r}") from error


def pack(leaf: Any) -> tuple[np.ndarray, str]:
    """(array, type): the name of the dtype, or `key:<implementation>` for typed random keys."""
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
