"""One block of coupling layers: x_active = kernel(z_active; net(frozen sites, other fields))."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.partition import site_classes
from lqdsl.runtime.kernels import Kernel
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.masks import Mask
from lqdsl.runtime.nets import Geometry, Net

Weights = Any
Context = tuple[jax.Array, ...]
"""Frozen sites of the field (absent where there are none), then all sites of each other field: [c, site, b]."""


@dataclass(frozen=True)
class Coupling:
    """`layers` layers that update `field`; layer k acts on the sites of mask class k modulo the cycle of the mask.

    The net sees the field's own frozen sites and all sites of all other fields.
    """

    field: str
    layers: int
    mask: Mask
    kernel: Kernel
    net: Net

    def __post_init__(self) -> None:
        if self.layers < 1:
            raise RuntimeInputError(f"a coupling needs at least one layer, got {self.layers} for field {self.field!r}")


@dataclass(frozen=True)
class Layer:
    """The static part of one layer: acts on class `phase`; other fields are known by components and home masks."""

    coupling: Coupling
    lattice: Lattice
    components: int
    others: tuple[tuple[int, Mask | None], ...]
    phase: int

    @property
    def geometry(self) -> Geometry:
        return _geometry(self)

    def init(self, key: jax.Array, dtype: Any) -> Weights:
        kernel = self.coupling.kernel
        even, odd = kernel.even * self.components, kernel.odd * self.components
        return self.coupling.net.init(key, self.geometry, even, odd, dtype)

    def kernel_parameters(self, weights: Weights, context: Context) -> tuple[jax.Array, jax.Array]:
        """Even and odd parameters of the kernel, [parameter, component, active site, b]."""
        even, odd = self.coupling.net.apply(weights, context, self.geometry)
        shape = (self.components, *even.shape[1:])
        return even.reshape(self.coupling.kernel.even, *shape), odd.reshape(self.coupling.kernel.odd, *shape)

    def forward(self, weights: Weights, active: jax.Array, context: Context) -> tuple[jax.Array, jax.Array]:
        """active [c, site, b] to its image and log det [b]."""
        values, log_slope = self.coupling.kernel.forward(active, *self.kernel_parameters(weights, context))
        return values, jnp.sum(log_slope, axis=(0, 1))

    def inverse(self, weights: Weights, active: jax.Array, context: Context) -> tuple[jax.Array, jax.Array]:
        """Inverse of `forward`, with the log det of the inverse."""
        values, log_slope = self.coupling.kernel.inverse(active, *self.kernel_parameters(weights, context))
        return values, jnp.sum(log_slope, axis=(0, 1))

    def forward_with_score(
        self, weights: Weights, active: jax.Array, context: Context, score: jax.Array
    ) -> tuple[jax.Array, jax.Array, jax.Array, Context]:
        """`forward`, and how the score d log q / d fields moves through the layer (arXiv:2207.08219, prop. 4.1).

        With J the Jacobian: J^T score' = score - d log|det J|. Returns the new score of the active sites and what is
        to be subtracted from the score of the context.
        """
        parameters, net_vjp = jax.vjp(lambda context: self.kernel_parameters(weights, context), context)

        def transform(active: jax.Array, parameters: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
            return self.coupling.kernel.forward(active, *parameters)

        (values, log_slope), kernel_vjp = jax.vjp(transform, active, parameters)
        ones = jnp.ones_like(values)
        pull, _ = kernel_vjp((jnp.zeros_like(values), ones))
        score = (score - pull) * jnp.exp(-log_slope)
        _, parameter_pull = kernel_vjp((score, ones))
        (context_pull,) = net_vjp(parameter_pull)
        return values, jnp.sum(log_slope, axis=(0, 1)), score, context_pull

    def backward(
        self,
        weights: Weights,
        values: jax.Array,
        context: Context,
        cotangent: tuple[jax.Array, jax.Array],
    ) -> tuple[jax.Array, Weights, jax.Array, Context]:
        """From the layer's result `values` back to its input, with the cotangents of weights, input and context.

        `cotangent` belongs to (values, log det). The net is evaluated once for both, at the unchanged context.
        """
        parameters, net_vjp = jax.vjp(self.kernel_parameters, weights, context)
        active, _ = self.coupling.kernel.inverse(values, *parameters)

        def transform(active: jax.Array, parameters: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
            result, log_slope = self.coupling.kernel.forward(active, *parameters)
            return result, jnp.sum(log_slope, axis=(0, 1))

        _, kernel_vjp = jax.vjp(transform, active, parameters)
        active_cotangent, parameter_cotangent = kernel_vjp(cotangent)
        weight_cotangent, context_cotangent = net_vjp(parameter_cotangent)
        return active, weight_cotangent, active_cotangent, context_cotangent


@lru_cache(maxsize=1024)
def _geometry(layer: Layer) -> Geometry:
    classes = site_classes(layer.lattice, layer.coupling.mask)
    groups, capacities, channels = [], [], []
    if len(classes) > 1:
        groups.append(np.concatenate([sites for number, sites in enumerate(classes) if number != layer.phase]))
        capacities.append(layer.lattice.volume - min(map(len, classes)))
        channels.append(layer.components)
    for components, mask in layer.others:
        groups.append(np.concatenate(site_classes(layer.lattice, mask)))
        capacities.append(layer.lattice.volume)
        channels.append(components)
    active = classes[layer.phase]
    return Geometry(
        layer.lattice, tuple(groups), tuple(channels), active, tuple(capacities), max(len(sites) for sites in classes)
    )
