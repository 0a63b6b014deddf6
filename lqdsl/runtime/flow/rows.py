"""Rows of links taken, summed over paths and exchanged by static tables; all derivatives are gathers as well."""

from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np


def gather_rows(values: jax.Array, table: np.ndarray) -> jax.Array:
    """values [c, row, b] to [c, *table.shape, b]; entries may repeat, and each place of the result reads one row."""
    shape, count = table.shape, values.shape[1]
    back = _readers(table.reshape(-1), count)

    def forward(values: jax.Array) -> jax.Array:
        return _take(values, table.reshape(-1)).reshape(values.shape[0], *shape, values.shape[-1])

    def backward(_: None, cotangent: jax.Array) -> tuple[jax.Array]:
        flat = cotangent.reshape(cotangent.shape[0], -1, cotangent.shape[-1])
        return (reduce(jnp.add, [_take(flat, readers) for readers in back]),)

    gather = jax.custom_vjp(forward)
    gather.defvjp(lambda values: (forward(values), None), backward)
    return gather(values)


def _readers(table: np.ndarray, rows: int) -> list[np.ndarray]:
    """Which places read row r: lists [row], as many as the most read row has readers, filled up with -1."""
    order = np.argsort(table, kind="stable")
    counts = np.bincount(table, minlength=rows)
    rank = np.arange(len(table)) - np.repeat(np.cumsum(counts) - counts, counts)
    result = np.full((max(counts.max(initial=0), 1), rows), -1)
    result[rank, table[order]] = order
    return list(result)


def _take(values: jax.Array, rows: np.ndarray) -> jax.Array:
    """values[:, rows], zero where the row is -1."""
    if len(rows) == values.shape[1] and (rows == np.arange(len(rows))).all():
        return values
    taken = jnp.asarray(values).at[:, np.maximum(rows, 0)].get(mode="promise_in_bounds")
    return taken if (rows >= 0).all() else taken * jnp.asarray(rows >= 0, values.dtype)[:, None]
