"""Bonds between sites that no shift of the lattice joins: tables [bond, 2] of site numbers in row-major order, and couplings."""

from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from lqdsl.runtime.lattice import Lattice

Site = tuple[int, ...]


def site_pairs(lattice: Lattice, *pairs: tuple[Site, Site]) -> np.ndarray:
    """The two sites of each pair."""
    return np.array([[np.ravel_multi_index(site, lattice.extents) for site in pair] for pair in pairs])


def star(lattice: Lattice, site: Site) -> np.ndarray:
    """Each site, and the given one: its own bond joins nothing."""
    centre = np.ravel_multi_index(site, lattice.extents)
    return np.stack([np.arange(lattice.volume), np.full(lattice.volume, centre)], axis=1)


@cache
def all_pairs(lattice: Lattice) -> np.ndarray:
    """Every two sites, once."""
    return np.stack(np.triu_indices(lattice.volume, 1), axis=1)


def flat(lattice: Lattice, values: Array) -> Array:
    """values [x..., ...batch] by number of the site, [site, ...batch]."""
    return values.reshape(lattice.volume, *values.shape[lattice.ndim :])


def pair_products(lattice: Lattice, first: Any, second: Any) -> Array:
    """a(x) b(y) + a(y) b(x) for `all_pairs`, [bond, ...batch], so that their sum over pairs is sum_x a(x) sum_y b(y) but for
    x = y; one of the two may be a number."""
    ends = all_pairs(lattice)
    (a, b), (c, d) = (_at_ends(lattice, values, ends) for values in (first, second))
    return a * d + b * c


def _at_ends(lattice: Lattice, values: Any, ends: np.ndarray) -> tuple[Any, Any]:
    if jnp.ndim(values) == 0:
        return values, values
    numbers = flat(lattice, values)
    return tuple(jnp.take(numbers, ends[:, end], axis=0, mode="clip") for end in (0, 1))  # type: ignore[return-value]
