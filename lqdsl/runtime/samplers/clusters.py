"""Clusters of sites: connected components of active bonds, for all chains at once, and their reflection.

Labels spread by shifts until none changes. Pointer jumping would need fewer rounds, but its gathers cost far more than
shifts (docs/performance.md).
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.model import Model

Offset = tuple[int, ...]


def cluster_labels(lattice: Lattice, offsets: Sequence[Offset], bonds: Sequence[Array]) -> Array:
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
        return labels, jnp.any(labels != old)

    start = jnp.broadcast_to(sites, (*lattice.extents, bonds[0].shape[-1])), jnp.asarray(True)
    return jax.lax.while_loop(lambda carry: carry[1], spread, start)[0]


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


def reflect_clusters(model: Model, name: str, words: Array, fields: Any, parameters: Any) -> tuple[Any, Array]:
    """Fields after one update of one field, and the number of clusters [chain].

    With a random unit vector r for each chain, the bond between x and x + o is active with probability
    1 - exp(min(0, -2 J (s(x).r) (s(x + o).r))), and each cluster is reflected along r with probability 1/2: U. Wolff, Phys.
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
    for offset, strength, uniform in zip(pairs.offsets, strengths, uniforms, strict=True):
        gain = -2 * strength * along * lattice.shift(along, offset)
        bonds.append(uniform < -jnp.expm1(jnp.minimum(gain, 0)))
    labels = cluster_labels(lattice, pairs.offsets, bonds)
    turned = cluster_coins(random.fold(words, 2), labels)
    new = jnp.where(turned, kind.reflected(values, axes), values)
    sites = jnp.arange(lattice.volume, dtype=jnp.int32).reshape(*lattice.extents, 1)
    count = jnp.sum(labels == sites, axis=tuple(range(lattice.ndim)))
    return fields._replace(**{name: kind.restored(new)}), count.astype(values.dtype)
