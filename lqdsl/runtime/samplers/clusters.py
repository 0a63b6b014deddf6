"""Clusters of sites: connected components of active bonds, for all chains at once, and their reflection.

Labels spread by shifts until none changes. Pointer jumping would need fewer rounds, but its gathers cost far more than
shifts (docs/performance.md). Along bonds that no shift joins they spread by gathers, and by scatters that take a minimum,
which is the same in any order.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.model import Model

Offset = tuple[int, ...]


Listed = tuple[np.ndarray, Array]
"""Site numbers [bond, 2], and which of these bonds are active, bool [bond, chain]."""


def cluster_labels(
    lattice: Lattice, offsets: Sequence[Offset], bonds: Sequence[Array], chains: int, listed: Listed | None = None
) -> Array:
    """The lowest site number of each site's cluster, int32 [x..., chain]; bonds [x..., chain] join x and x + offset."""
    torus, volume = Lattice(lattice.extents), lattice.volume
    sites = jnp.arange(volume, dtype=jnp.int32).reshape(*lattice.extents, 1)
    links = []
    for offset, forward in zip(offsets, bonds, strict=True):
        back = tuple(-step for step in offset)
        links += [(offset, forward), (back, torus.shift(forward, back))]

    def spread(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        old, _ = carry
        labels = old
        for offset, bond in links:
            labels = jnp.minimum(labels, jnp.where(bond, torus.shift(labels, offset), volume))
        if listed is not None:
            labels = _along(labels.reshape(volume, chains), listed).reshape(labels.shape)
        return labels, jnp.any(labels != old)

    start = jnp.broadcast_to(sites, (*lattice.extents, chains)), jnp.asarray(True)
    return jax.lax.while_loop(lambda carry: carry[1], spread, start)[0]


def _along(labels: Array, listed: Listed) -> Array:
    """Labels [site, chain], lowered to the lower one of both ends of each active bond."""
    (first, second), active = listed[0].T, listed[1]
    ends = (jnp.take(labels, end, axis=0, mode="clip") for end in (first, second))
    lower = jnp.where(active, jnp.minimum(*ends), labels.shape[0])
    return labels.at[first].min(lower, mode="promise_in_bounds").at[second].min(lower, mode="promise_in_bounds")


def cluster_coins(words: Array, labels: Array) -> Array:
    """A fair coin for each cluster of each chain, bool [x..., chain]: a random bit with the counter (label, chain)."""
    chains = jnp.arange(labels.shape[-1], dtype=jnp.uint32)
    first, _ = random.threefry(words, labels.astype(jnp.uint32), jnp.broadcast_to(chains, labels.shape))
    return (first & 1) == 1


def unit_vectors(words: Array, components: int, chains: int, dtype: Any) -> Array:
    """Uniform on the sphere, [component, chain]; 1 for a single component."""
    if components == 1:
        return jnp.ones((1, chains), dtype)
    normal = random.normal(words, (components, chains), dtype)
    return normal / jnp.sqrt(jnp.sum(normal * normal, axis=0))


def _active(strength: Any, first: Array, second: Array, uniform: Array) -> Array:
    """Which bonds join s.r at their two ends."""
    return uniform < -jnp.expm1(jnp.minimum(-2 * strength * first * second, 0))


def _listed(tables: Sequence[np.ndarray], strengths: Sequence[Any], along: Array, words: Array) -> Listed:
    """Bonds of all tables with s.r [site, chain]; those of one pair add up, each being active by itself."""
    joined, chains = np.concatenate(tables), along.shape[-1]
    spread = [jnp.broadcast_to(j, (len(table), chains)) for table, j in zip(tables, strengths, strict=True)]
    first, second = (jnp.take(along, end, axis=0, mode="clip") for end in joined.T)
    uniform = random.uniform(words, first.shape, along.dtype)
    return joined, _active(jnp.concatenate(spread), first, second, uniform)


def reflect_clusters(model: Model, name: str, words: Array, fields: Any, parameters: Any) -> tuple[Any, Array]:
    """Fields after one update of one field, and the number of clusters [chain].

    With a random unit vector r for each chain, the bond between x and y is active with probability
    1 - exp(min(0, -2 J (s(x).r) (s(y).r))), and each cluster is reflected along r with probability 1/2: U. Wolff, Phys.
    Rev. Lett. 62 (1989) 361, eqs. (3), (4), with the clusters of Swendsen and Wang, Phys. Rev. Lett. 58 (1987) 86.
    """
    kind, lattice, pairs = getattr(model.kinds, name), model.lattice, model.pairs[name]
    values = getattr(fields, name)
    axes = unit_vectors(random.fold(words, 0), kind.spin_components, values.shape[-1], values.dtype)
    spins = kind.spins(values)
    along = jnp.sum(spins * axes.reshape(-1, *(1,) * lattice.ndim, values.shape[-1]), axis=0)
    shape = (len(pairs.offsets), *along.shape)
    uniforms = random.uniform(random.fold(words, 1), shape, values.dtype)
    strengths = pairs.strengths(fields, parameters)
    bonds = []
    for offset, strength, uniform in zip(pairs.offsets, strengths, uniforms, strict=False):
        bonds.append(_active(strength, along, lattice.shift(along, offset), uniform))
    listed = None
    if pairs.bonds:
        flat = along.reshape(lattice.volume, -1)
        listed = _listed(pairs.bonds, strengths[len(pairs.offsets) :], flat, random.fold(words, 3))
    labels = cluster_labels(lattice, pairs.offsets, bonds, values.shape[-1], listed)
    turned = cluster_coins(random.fold(words, 2), labels)
    new = jnp.where(turned, kind.reflected(values, axes), values)
    sites = jnp.arange(lattice.volume, dtype=jnp.int32).reshape(*lattice.extents, 1)
    count = jnp.sum(labels == sites, axis=tuple(range(lattice.ndim)))
    return fields._replace(**{name: kind.restored(new)}), count.astype(values.dtype)
