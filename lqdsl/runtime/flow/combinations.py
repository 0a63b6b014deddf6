"""Learned combinations h_a(x) = sum over j of w_aj s_j of the frozen values within reach of the active sites."""

from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.nets.cnn import CNN
from lqdsl.runtime.nets.geometry import Geometry
from lqdsl.runtime.nets.stencil import Stencil


def weights_shape(kernel: int, net: Any, geometry: Geometry) -> tuple[tuple[int, ...], int]:
    """Weights of one combination, and how many values it holds: those within a `kernel` of odd extent on a lattice, which is
    where nets are CNNs, else all."""
    if isinstance(net, CNN):
        stencil = _stencil(kernel, net, geometry)
        return (stencil.parameters,), stencil.reach
    return (geometry.active_capacity, geometry.group_capacities[0]), len(geometry.groups[0])


def combined(kernel: int, weights: jax.Array, frozen: jax.Array, net: Any, geometry: Geometry) -> jax.Array:
    """weights [a, ...], frozen [c, frozen site, b] to h_a [a, c, active site, b]."""
    components, sites, batch = frozen.shape
    columns = jnp.moveaxis(frozen, 0, 1).reshape(1, sites, components * batch)
    if isinstance(net, CNN):
        h = _stencil(kernel, net, geometry).apply(weights[:, None], columns)
    else:
        h = jnp.einsum("axj,jb->axb", weights[:, : len(geometry.active), :sites], columns[0])
    return jnp.moveaxis(h.reshape(*h.shape[:2], components, batch), 2, 1)


def _stencil(kernel: int, net: CNN, geometry: Geometry) -> Stencil:
    periodic = (1,) * geometry.lattice.ndim
    return Stencil(geometry.lattice, geometry.groups[0], geometry.active, kernel, net.tied, periodic)
