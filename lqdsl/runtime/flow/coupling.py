"""One block of coupling layers: x_active = kernel(z_active; net(frozen sites, other fields))."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.frame import Frame
from lqdsl.runtime.flow.partition import cycle_of, is_coarse, on_sublattice, site_classes, sublattice, visible
from lqdsl.runtime.flow.sight import Sight
from lqdsl.runtime.flow.spaces import Space
from lqdsl.runtime.kernels import CircleKernel, Kernel, Spectral, SphereKernel
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.masks import Mask
from lqdsl.runtime.nets import Geometry, Net, constant

Weights = Any
Parameters = Any
"""Even and odd parameters of a kernel, [parameter, component, active site, b]."""
Context = tuple[jax.Array, ...]
"""Frozen sites of the field (absent where there are none), then all sites of each other field: [c, site, b]."""


@dataclass(frozen=True)
class Coupling:
    """`layers` layers that update `field`; layer k acts on the sites of mask class k modulo the cycle of the mask, on
    all sites where there is no mask.

    The net sees the field's own frozen sites and all sites of all other fields; where there are none, the parameters of
    the kernel are learnt numbers.
    """

    field: str
    layers: int
    mask: Mask | None
    kernel: Kernel | CircleKernel | SphereKernel | Spectral
    net: Net
    frame: Any = None
    """For spins that rotate together: the net sees invariants only, and the kernel acts relative to an axis. A `Frame`, or a
    `MatrixFrame` for spectral kernels."""
    views: tuple[Frame, ...] = ()
    """For spins of other fields that rotate together: of each of these the net sees invariants only."""

    def __post_init__(self) -> None:
        if self.layers < 1:
            raise RuntimeInputError(f"a coupling needs at least one layer, got {self.layers} for field {self.field!r}")


@dataclass(frozen=True)
class Layer:
    """The static part of one layer: acts on class `phase`; other fields are known by names, spaces and home masks."""

    coupling: Coupling
    lattice: Lattice
    space: Space
    others: tuple[tuple[str, Space, Mask | None], ...]
    phase: int

    @property
    def geometry(self) -> Geometry:
        return _geometry(self)

    @property
    def sight(self) -> Sight:
        return _sight(self)

    def init(self, key: jax.Array, dtype: Any) -> Weights:
        net, sight = self.coupling.net, self.sight
        even, odd = self._sizes
        if not self.geometry.groups:
            return constant.init(even, odd, self.geometry.active_capacity, net.odd, dtype)
        if not (sight.frame or sight.views):
            return net.init(key, sight.inner, even, odd, dtype)
        first, second, third, fourth = jax.random.split(key, 4)
        weights: dict[str, Any] = {"net": net.init(second, sight.inner, even, odd, dtype)}
        if sight.frame:
            weights["frame"] = sight.init_frame(first, dtype)
        if sight.frame and sight.frame.mirror and odd:
            weights["sides"] = sight.frame.init_sides(third, odd, dtype)
        if sight.views:
            weights["views"] = sight.init_views(fourth, dtype)
        return weights

    @property
    def _sizes(self) -> tuple[int, int]:
        """Even and odd results of the net for a site."""
        each = 1 if self.space.joint else self.space.components
        return self.kernel.even * each, self.kernel.odd * each

    @property
    def kernel(self) -> Any:
        """What moves the values of a site."""
        return self.space.kernel(self.coupling.kernel)

    def kernel_parameters(self, weights: Weights, context: Context) -> Parameters:
        """Even and odd parameters of the kernel, [parameter, component, active site, b], or b = 1 without a context; where
        components move together there is no such axis. With a frame also the axis, [n, active site, b]."""
        kernel, sight = self.kernel, self.sight
        axis: tuple[jax.Array, ...] = ()
        if not self.geometry.groups:
            even, odd = constant.apply(weights, self._sizes[1], len(self.geometry.active))
        elif sight.frame:
            even, odd, found = self._framed(weights, self._features(context))
            axis = (found,)
        else:
            seen = self._seen(weights, self._features(context))
            even, odd = self.coupling.net.apply(weights["net"] if sight.views else weights, seen, sight.inner)
        shape = (*(() if self.space.joint else (self.space.components,)), *even.shape[1:])
        return even.reshape(kernel.even, *shape), odd.reshape(kernel.odd, *shape), *axis

    def _framed(self, weights: Weights, features: Context) -> tuple[jax.Array, ...]:
        """Parameters from invariants, and the axis; odd ones change their sign with the sides where reflections are kept."""
        invariants, sides, axis, known = self.sight.framed(weights["frame"], features)
        seen = self._seen(weights, features, (invariants,))
        even, odd = self.coupling.net.apply(weights["net"], seen, self.sight.inner)
        if "sides" in weights:
            odd *= jnp.einsum("ka,axb->kxb", weights["sides"], sides)
        return known * even, known * odd, axis

    def _seen(self, weights: Weights, features: Context, invariants: tuple[jax.Array, ...] = ()) -> Context:
        """What nets see of the features, next to the invariants of a frame."""
        return self.sight.seen(weights["views"] if self.coupling.views else (), features, invariants)

    def _features(self, context: Context) -> tuple[jax.Array, ...]:
        """The context as nets see it where nothing rotates."""
        own = [self.space] * (len(context) - len(self.others))
        spaces = [*own, *(space for _, space, _ in self.others)]
        if is_coarse(mask := self.coupling.mask):
            rest = zip(context[len(own) :], self.others, strict=True)
            context = (*context[: len(own)], *(on_sublattice(v, self.lattice, mask, home) for v, (_, _, home) in rest))
        return tuple(space.features(values) for space, values in zip(spaces, context, strict=True))

    def transform(self, active: jax.Array, parameters: Parameters) -> tuple[jax.Array, jax.Array]:
        """active [c, site, b] to its image and its log slopes: of the same shape, or [1, site, b] for all components."""
        values, log_slope = self._move(active, parameters, inverse=False)
        return values, self._spread(log_slope, values)

    def transform_back(self, values: jax.Array, parameters: Parameters) -> tuple[jax.Array, jax.Array]:
        """Inverse of `transform`, with the log slopes of the inverse."""
        active, log_slope = self._move(values, parameters, inverse=True)
        return active, self._spread(log_slope, values)

    def _move(self, values: jax.Array, parameters: Parameters, inverse: bool) -> tuple[jax.Array, jax.Array]:
        """The kernel on values of the active sites, relative to the axis where there is one."""
        even, odd, *axis = parameters
        if axis and self.space.joint:
            return self.kernel.along(values, axis[0], even, inverse)
        move = self.kernel.inverse if inverse else self.kernel.forward
        if not axis:
            moved, log_slope = move(self.space.to_kernel(values), even, odd)
            return self.space.from_kernel(moved), log_slope
        angle = jnp.arctan2(axis[0][1], axis[0][0])
        moved, log_slope = move(values - angle, even, odd)
        return moved + angle, log_slope

    def _spread(self, log_slope: jax.Array, values: jax.Array) -> jax.Array:
        return jnp.broadcast_to(log_slope, (1 if self.space.joint else len(values), *values.shape[1:]))

    def forward(self, weights: Weights, active: jax.Array, context: Context) -> tuple[jax.Array, jax.Array]:
        """active [c, site, b] to its image and log det [b]."""
        values, log_slope = self.transform(active, self.kernel_parameters(weights, context))
        return values, jnp.sum(log_slope, axis=(0, 1))

    def inverse(self, weights: Weights, values: jax.Array, context: Context) -> tuple[jax.Array, jax.Array]:
        """Inverse of `forward`, with the log det of the inverse."""
        active, log_slope = self.transform_back(values, self.kernel_parameters(weights, context))
        return active, jnp.sum(log_slope, axis=(0, 1))

    def forward_with_score(
        self, weights: Weights, active: jax.Array, context: Context, score: jax.Array
    ) -> tuple[jax.Array, jax.Array, jax.Array, Context]:
        """`forward`, and how the score d log q / d fields moves through the layer (arXiv:2207.08219, prop. 4.1).

        With J the Jacobian: J^T score' = score - d log|det J|. Returns the new score of the active sites and what is
        to be subtracted from the score of the context.
        """
        parameters, net_vjp = jax.vjp(lambda context: self.kernel_parameters(weights, context), context)
        if self.space.joint:
            values, log_slope = self.transform(active, parameters)
            (_, back), inverse_vjp = jax.vjp(self.transform_back, values, parameters)
            score, parameter_pull = inverse_vjp((score, jnp.ones_like(back)))
            (context_pull,) = net_vjp(jax.tree.map(jnp.negative, parameter_pull))
            return values, jnp.sum(log_slope, axis=(0, 1)), score, context_pull
        (values, log_slope), kernel_vjp = jax.vjp(self.transform, active, parameters)
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
        active, _ = self.transform_back(values, parameters)

        def transform(active: jax.Array, parameters: Parameters) -> tuple[jax.Array, jax.Array]:
            result, log_slope = self.transform(active, parameters)
            return result, jnp.sum(log_slope, axis=(0, 1))

        _, kernel_vjp = jax.vjp(transform, active, parameters)
        active_cotangent, parameter_cotangent = kernel_vjp(cotangent)
        weight_cotangent, context_cotangent = net_vjp(parameter_cotangent)
        return active, weight_cotangent, active_cotangent, context_cotangent


@lru_cache(maxsize=1024)
def _geometry(layer: Layer) -> Geometry:
    """Sites are numbered on the sublattice that the mask works on, mostly the lattice itself."""
    classes, mask = site_classes(layer.lattice, layer.coupling.mask), layer.coupling.mask
    lattice, places = sublattice(layer.lattice, mask)
    groups, capacities, channels = [], [], []
    phases = range(cycle_of(mask))
    seen = [[classes[n] for n in visible(layer.lattice, mask, phase)] for phase in phases]
    if own := seen[layer.phase]:
        groups.append(np.concatenate(own))
        capacities.append(max(sum(map(len, parts)) for parts in seen))
        channels.append(layer.space.channels)
    for _, space, other in layer.others:
        sites = np.concatenate(site_classes(layer.lattice, other))
        groups.append(sites[places[sites] >= 0])
        capacities.append(lattice.volume)
        channels.append(space.channels)
    return Geometry(
        lattice,
        tuple(places[group] for group in groups),
        tuple(channels),
        places[classes[layer.phase]],
        tuple(capacities),
        max(len(classes[phase]) for phase in phases),
    )


@lru_cache(maxsize=1024)
def _sight(layer: Layer) -> Sight:
    coupling, geometry = layer.coupling, layer.geometry
    others = tuple(name for name, _, _ in layer.others)
    own = (coupling.field,) * (len(geometry.groups) - len(others))
    frame = coupling.frame if isinstance(coupling.frame, Frame) else None
    return Sight((*own, *others), geometry, coupling.net, frame, coupling.field, coupling.views)
