"""Rows of sites taken from arrays [c, site, b] by static tables; gathers both ways, which run faster than scatters."""

from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np


def take_sites(values: jax.Array, sites: np.ndarray) -> jax.Array:
    """[c, x, b] with flat x to [c, n, b] at the different `sites` [n]."""
    places = _places(sites, values.shape[1])
    return gather_signed(values, sites[None], places[None])[0]


def paste_sites(values: jax.Array, sites: np.ndarray, volume: int) -> jax.Array:
    """[c, n, b] at the different `sites` [n] to [c, x, b] with flat x, zero elsewhere."""
    places = _places(sites, volume)
    return gather_signed(values, places[None], sites[None])[0]


def gather_signed(
    values: jax.Array, read: np.ndarray, write: np.ndarray, signs: tuple[np.ndarray, np.ndarray] | None = None
) -> jax.Array:
    """[c, n, b] to [k, c, m, b]: values at the places read[k, m], zero where the place is -1.

    `write` [k, n] is the inverse: the m that reads place n in row k, or -1. `signs` multiply: [k, m] and [k, n].
    """
    if signs is None:
        signs = np.ones(read.shape), np.ones(write.shape)
    factor = signs[0] * (read >= 0)
    back = _readers(write, signs[1], read.shape[1])

    def forward(values: jax.Array) -> jax.Array:
        return jnp.moveaxis(_rows(values, read, factor), 1, 0)

    def backward(_: None, cotangent: jax.Array) -> tuple[jax.Array]:
        flat = jnp.moveaxis(cotangent, 0, 1).reshape(cotangent.shape[1], -1, cotangent.shape[-1])
        return (reduce(jnp.add, [_rows(flat, *table) for table in back]),)

    gather = jax.custom_vjp(forward)
    gather.defvjp(lambda values: (forward(values), None), backward)
    return gather(values)


def _readers(write: np.ndarray, signs: np.ndarray, sites: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """As few rows (places k sites + m [n], factors [n]) as hold all readers of each place; 0 times place 0 where it has
    no more."""
    order = np.argsort(write < 0, axis=0, kind="stable")[: max((write >= 0).sum(axis=0).max(), 1)]
    places, factors = (np.take_along_axis(table, order, axis=0) for table in (write, signs))
    return list(zip(np.where(places >= 0, order * sites + places, 0), factors * (places >= 0), strict=True))


def _rows(values: jax.Array, rows: np.ndarray, factor: np.ndarray) -> jax.Array:
    """values[:, rows] times factor."""
    if np.array_equal(rows.reshape(-1), np.arange(values.shape[1])):
        values = values.reshape(values.shape[0], *rows.shape, values.shape[-1])
    else:
        values = jnp.asarray(values).at[:, np.maximum(rows, 0)].get(mode="promise_in_bounds")
    return values if (factor == 1).all() else values * jnp.asarray(factor, values.dtype)[..., None]


def _places(sites: np.ndarray, volume: int) -> np.ndarray:
    """For every flat x its place among the sites, -1 where it is none of them."""
    places = np.full(volume, -1)
    places[sites] = np.arange(len(sites))
    return places
