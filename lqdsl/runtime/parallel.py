"""Pieces of a batch on the cores of the machine.

On a CPU one call of XLA on a large batch is slow for two reasons. Its temporaries are handed back to the system after
each call, so that beyond some 30 MB every page of them is faulted in anew; and its own threads share out operations
that are too small for it. Pieces that fit the cache, each run by one thread, avoid both. Other devices get one piece.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from math import prod
from threading import Lock
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.lattice import Lattice

if TYPE_CHECKING:
    from lqdsl.runtime.flow import Flow

TRAINING_BYTES = 24 << 20
DRAWING_BYTES = 8 << 20
"""Memory of one piece."""
LAYER_NUMBERS = 192
"""Numbers for each site and sample that one layer works on at a time, roughly."""


class Piece:
    """A compiled function that uses no threads of its own on a CPU, to be called from several."""

    def __init__(self, function: Callable[..., Any]) -> None:
        options: dict[str, Any] = {"xla_cpu_multi_thread_eigen": False} if on_cpu() else {}
        self._function = jax.jit(function, compiler_options=options)
        self._lock = Lock()
        self._is_compiled = False

    def __call__(self, *arguments: Any) -> Any:
        if self._is_compiled:
            return self._function(*arguments)
        with self._lock:
            result = self._function(*arguments)
            self._is_compiled = True
        return result


def on_cpu() -> bool:
    return jax.default_backend() == "cpu"


def map_pieces(function: Callable[[Any], Any], pieces: Iterable[Any]) -> list[Any]:
    """The results in order; on a CPU several at a time."""
    pieces = list(pieces)
    if len(pieces) == 1 or not on_cpu():
        return [function(piece) for piece in pieces]
    x64 = jnp.result_type(float) == jnp.float64

    def run(piece: Any) -> Any:
        with jax.enable_x64(x64):  # each thread has a setting of its own
            return jax.block_until_ready(function(piece))

    return list(_threads().map(run, pieces))


def training_piece(flow: "Flow", weights: Any, batch: int) -> int:
    """The largest divisor of `batch` that makes two pieces or more, of at least 8 and at most TRAINING_BYTES.

    It does not depend on the number of cores, nor then do the random numbers of a run.
    """
    if not on_cpu():
        return batch
    dtype = next((leaf.dtype for leaf in jax.tree.leaves(weights)), jnp.float32)
    each = _kept_bytes(flow, weights) + _layer_bytes(flow.lattice, dtype)
    largest = max(min(TRAINING_BYTES // each, batch // 2, _fitting(flow)), 8)
    return max(n for n in range(1, min(largest, batch) + 1) if batch % n == 0)


def drawing_piece(flow: "Flow", dtype: Any, n: int) -> int:
    """Samples of a flow to draw at a time where n are wanted; also independent of the number of cores."""
    largest = min(DRAWING_BYTES // _layer_bytes(flow.lattice, dtype), _fitting(flow))
    return min(n, max(8, largest)) if on_cpu() else n


def _fitting(flow: "Flow") -> int:
    return int(flow.stack.piece_sites // flow.lattice.volume)


def _layer_bytes(lattice: Lattice, dtype: Any) -> int:
    return LAYER_NUMBERS * lattice.volume * jnp.dtype(dtype).itemsize


def _kept_bytes(flow: "Flow", weights: Any) -> int:
    """What the backward pass of the flow keeps for one sample; traced with a batch that divides no other extent."""
    batch = 1009

    def backward(weights: Any) -> Any:
        return jax.vjp(lambda weights: flow.sample(weights, jax.random.key(0), batch), weights)[1]

    leaves = jax.tree.leaves(jax.eval_shape(backward, weights))
    return sum(prod(leaf.shape) * leaf.dtype.itemsize for leaf in leaves if prod(leaf.shape) % batch == 0) // batch


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return ThreadPoolExecutor(cores, thread_name_prefix="lqdsl")
