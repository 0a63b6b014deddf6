"""Fields cut into the classes of sites that a mask updates in turn; between layers nothing is gathered or scattered."""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.masks import CoarseMask, Mask
from lqdsl.runtime.nets.sites import take_sites

Classes = tuple[jax.Array, ...]
"""One array [component, site of the class, batch] for each class of a mask."""


def cycle_of(mask: Mask | None) -> int:
    """Layers until every site was updated once."""
    return 1 if mask is None else mask.cycle


@lru_cache(maxsize=256)
def site_classes(lattice: Lattice, mask: Mask | None) -> tuple[np.ndarray, ...]:
    """Flat sites that are active in layers 0, 1, ... of a cycle; without a mask all sites are one class. Those of a coarse
    mask are the active sites, those they see, and the rest.

    Raises RuntimeInputError unless every site is active exactly once in a cycle.
    """
    if mask is None:
        return (np.arange(lattice.volume),)
    if isinstance(mask, CoarseMask):
        return tuple(np.flatnonzero(part) for part in mask.parts(lattice) if part.any())
    active = np.array([mask.active(lattice, layer).reshape(-1) for layer in range(mask.cycle)])
    if (active.sum(axis=0) != 1).any() or (active.sum(axis=1) == 0).any():
        raise RuntimeInputError(f"{mask} does not part the sites of {lattice.extents} into {mask.cycle} classes")
    return tuple(np.flatnonzero(row) for row in active)


def is_coarse(mask: Mask | None) -> bool:
    """Whether layers see some of the other sites only."""
    return isinstance(mask, CoarseMask)


def visible(lattice: Lattice, mask: Mask | None, phase: int) -> tuple[int, ...]:
    """Numbers of the classes that a layer sees of its own field."""
    if isinstance(mask, CoarseMask):
        return (1 - phase,) if mask.odd else ()
    return tuple(n for n in range(len(site_classes(lattice, mask))) if n != phase)


@lru_cache(maxsize=256)
def sublattice(lattice: Lattice, mask: Mask | None) -> tuple[Lattice, np.ndarray]:
    """The lattice that layers of this mask work on, and for each site its number there or -1."""
    if not isinstance(mask, CoarseMask):
        return lattice, np.arange(lattice.volume)
    small = Lattice(tuple(n // s for n, s in zip(lattice.extents, mask.spacing, strict=True)), lattice.boundary)
    spacing = np.reshape(mask.spacing, (-1, *(1,) * lattice.ndim))
    coordinates = np.indices(lattice.extents)
    places = np.ravel_multi_index(tuple(coordinates // spacing), small.extents)
    return small, np.where((coordinates % spacing == 0).all(axis=0), places, -1).reshape(-1)


def on_sublattice(values: jax.Array, lattice: Lattice, mask: Mask | None, home: Mask | None) -> jax.Array:
    """Values [c, site, b] of all sites, in the order of the classes of `home`, at those of the sublattice."""
    _, places = sublattice(lattice, mask)
    return take_sites(values, np.flatnonzero(places[np.concatenate(site_classes(lattice, home))] >= 0))


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
