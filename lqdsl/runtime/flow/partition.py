"""Fields cut into the classes of sites that a mask updates in turn; between layers nothing is gathered or scattered."""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.masks import Mask

Classes = tuple[jax.Array, ...]
"""One array [component, site of the class, batch] for each class of a mask."""


def cycle_of(mask: Mask | None) -> int:
    """Layers until every site was updated once."""
    return 1 if mask is None else mask.cycle


@lru_cache(maxsize=256)
def site_classes(lattice: Lattice, mask: Mask | None) -> tuple[np.ndarray, ...]:
    """Flat sites that are active in layers 0, 1, ... of a cycle; without a mask all sites are one class.

    Raises RuntimeInputError unless every site is active exactly once in a cycle.
    """
    if mask is None:
        return (np.arange(lattice.volume),)
    active = np.array([mask.active(lattice, layer).reshape(-1) for layer in range(mask.cycle)])
    if (active.sum(axis=0) != 1).any() or (active.sum(axis=1) == 0).any():
        raise RuntimeInputError(f"{mask} does not part the sites of {lattice.extents} into {mask.cycle} classes")
    return tuple(np.flatnonzero(row) for row in active)


def cut(values: jax.Array, lattice: Lattice, mask: Mask | None) -> Classes:
    """[c, x0, ..., x_{d-1}, b] to its classes."""
    classes = site_classes(lattice, mask)
    flat = values.reshape(values.shape[0], lattice.volume, -1)
    if len(classes) == 1:
        return (flat,)
    flat = _permute(flat, np.concatenate(classes))
    borders = np.cumsum([len(sites) for sites in classes])
    return tuple(flat[:, end - len(sites) : end] for end, sites in zip(borders, classes, strict=True))


def paste(parts: Classes, lattice: Lattice, mask: Mask | None) -> jax.Array:
    """Inverse of `cut`."""
    flat = parts[0]
    if len(parts) > 1:
        flat = _permute(jnp.concatenate(parts, axis=1), np.argsort(np.concatenate(site_classes(lattice, mask))))
    return flat.reshape(flat.shape[0], *lattice.extents, -1)


def _permute(values: jax.Array, order: np.ndarray) -> jax.Array:
    """values[:, order]; the transpose is again a gather."""

    @jax.custom_vjp
    def permute(values: jax.Array) -> jax.Array:
        return values[:, order]

    permute.defvjp(lambda values: (values[:, order], None), lambda _, g: (g[:, np.argsort(order)],))
    return permute(values)
