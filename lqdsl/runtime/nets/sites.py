"""Rows of sites taken from the full lattice and put back; the transpose of each is the other."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np


def take_sites(values: jax.Array, sites: np.ndarray) -> jax.Array:
    """[c, x, b] with flat x to [c, n, b] at the different `sites` [n]."""
    return _select(values, *_tables(sites, values.shape[1]))


def paste_sites(values: jax.Array, sites: np.ndarray, volume: int) -> jax.Array:
    """[c, n, b] at the different `sites` [n] to [c, x, b] with flat x, zero elsewhere."""
    return _select(values, *reversed(_tables(sites, volume)))


def _tables(sites: np.ndarray, volume: int) -> tuple[np.ndarray, np.ndarray]:
    """The sites, and for every x its place among them (-1 where it is none of them)."""
    places = np.full(volume, -1)
    places[sites] = np.arange(len(sites))
    return sites, places


def _select(values: jax.Array, rows: np.ndarray, transposed: np.ndarray) -> jax.Array:
    """values[:, rows], zero where the row is -1; both directions are gathers, which run faster than scatters."""
    if np.array_equal(rows, np.arange(values.shape[1])):
        return values
    select: Callable[[jax.Array], jax.Array] = jax.custom_vjp(lambda values: _rows(values, rows))
    select.defvjp(lambda values: (_rows(values, rows), None), lambda _, g: (_rows(g, transposed),))  # type: ignore[attr-defined]
    return select(values)


def _rows(values: jax.Array, rows: np.ndarray) -> jax.Array:
    taken = values.at[:, np.maximum(rows, 0)].get(mode="promise_in_bounds")
    return taken if (rows >= 0).all() else taken * jnp.asarray(rows >= 0, values.dtype)[:, None]
