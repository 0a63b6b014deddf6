"""Periodic convolutional nets that compute only at the sites the next layer reads."""

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.nets.activations import activation
from lqdsl.runtime.nets.geometry import Geometry
from lqdsl.runtime.nets.stencil import Stencil

Weights = dict[str, Any]


@dataclass(frozen=True)
class CNN:
    """Convolutions with periodic (or antiperiodic) borders: `hidden` channels, `kernel` an odd extent or one per layer.

    `odd`: the net is equivariant under a sign flip of all its inputs: a trunk h without biases and with an odd
    activation, odd results linear in h, even results linear in h^2 plus a bias. `reflections` ties the weights over
    reflected offsets, `isotropic` over reflections and permutations of the axes, so that the net commutes with these
    exactly. The last layer starts at zero. Weights do not depend on the extents of the lattice.
    """

    hidden: tuple[int, ...]
    kernel: int | tuple[int, ...] = 3
    activation: str = "tanh"
    odd: bool = False
    isotropic: bool = False
    reflections: bool = False

    def __post_init__(self) -> None:
        activation(self.activation, self.odd)
        if any(extent < 1 or extent % 2 == 0 for extent in self.kernels) or min(self.hidden, default=0) < 1:
            raise RuntimeInputError(f"CNN needs at least one hidden layer and odd kernel extents, got {self}")
        if len(self.kernels) != len(self.hidden) + 1:
            raise RuntimeInputError(f"{len(self.hidden)} hidden layers need {len(self.hidden) + 1} kernels, got {self}")

    @property
    def kernels(self) -> tuple[int, ...]:
        return self.kernel if isinstance(self.kernel, tuple) else (self.kernel,) * (len(self.hidden) + 1)

    @property
    def tied(self) -> str:
        return "isotropic" if self.isotropic else "reflections" if self.reflections else "none"

    def init(self, key: jax.Array, geometry: Geometry, even: int, odd: int, dtype: Any) -> Weights:
        """Weights for `even` + `odd` results; hidden weights are normal with unit gain, the last are zero."""
        plan = _plan(self, geometry)
        keys = jax.random.split(key, len(geometry.groups) + len(self.hidden))
        weights: Weights = {}
        fan_in = sum(c * stencil.reach for c, stencil in zip(geometry.channels, plan.first, strict=True))
        for number, (channels, stencil) in enumerate(zip(geometry.channels, plan.first, strict=True)):
            shape = (self.hidden[0], channels, stencil.parameters)
            weights[f"in{number}"] = jax.random.normal(keys[number], shape, dtype) / max(fan_in, 1) ** 0.5
        for number, stencil in enumerate(plan.hidden):
            shape = (self.hidden[number + 1], self.hidden[number], stencil.parameters)
            scale = (self.hidden[number] * stencil.reach) ** -0.5
            weights[f"hidden{number}"] = scale * jax.random.normal(keys[len(geometry.groups) + number], shape, dtype)
        if not self.odd:
            for number, channels in enumerate(self.hidden):
                weights[f"bias{number}"] = jnp.zeros((channels,), dtype)
        weights["even"] = jnp.zeros((even, self.hidden[-1], plan.last.parameters), dtype)
        weights["even_bias"] = jnp.zeros((even,), dtype)
        weights["odd"] = jnp.zeros((odd, self.hidden[-1], plan.last.parameters), dtype)
        if not self.odd:
            weights["odd_bias"] = jnp.zeros((odd,), dtype)
        return weights

    def apply(self, weights: Weights, inputs: tuple[jax.Array, ...], geometry: Geometry) -> tuple[jax.Array, jax.Array]:
        """inputs [channel, site of the group, b] each, to even and odd results [result, active site, b]."""
        plan = _plan(self, geometry)
        act = activation(self.activation, self.odd)
        biases = [None if self.odd else weights[f"bias{number}"] for number in range(len(self.hidden))]
        parts = [
            stencil.apply(weights[f"in{n}"], inputs[n], None if n else biases[0])
            for n, stencil in enumerate(plan.first)
        ]
        h = act(reduce(jnp.add, parts))
        for number, stencil in enumerate(plan.hidden):
            h = act(stencil.apply(weights[f"hidden{number}"], h, biases[number + 1]))
        if self.odd:
            return plan.last_even.apply(weights["even"], h * h, weights["even_bias"]), plan.last.apply(
                weights["odd"], h
            )
        bias = jnp.concatenate([weights["even_bias"], weights["odd_bias"]])
        joint = plan.last.apply(jnp.concatenate([weights["even"], weights["odd"]]), h, bias)
        return joint[: len(weights["even"])], joint[len(weights["even"]) :]


@dataclass(frozen=True, eq=False)
class _Plan:
    first: tuple[Stencil, ...]
    hidden: tuple[Stencil, ...]
    last: Stencil
    last_even: Stencil


@lru_cache(maxsize=1024)
def _plan(net: CNN, geometry: Geometry) -> _Plan:
    """From the results backwards: the sites at which each layer is needed, and the stencils between them."""
    lattice = geometry.lattice
    periodic = (1,) * lattice.ndim
    odd_signs = lattice.boundary if net.odd else periodic

    def stencil(sources: np.ndarray, targets: np.ndarray, extent: int, signs: tuple[int, ...]) -> Stencil:
        return Stencil(lattice, sources, targets, extent, net.tied, signs)

    sites = [geometry.active]
    for extent in reversed(net.kernels[1:]):
        sites.insert(0, sites[0] if extent == 1 else np.arange(lattice.volume))
    first = tuple(stencil(group, sites[0], net.kernels[0], lattice.boundary) for group in geometry.groups)
    hidden = tuple(stencil(sites[n], sites[n + 1], net.kernels[n + 1], odd_signs) for n in range(len(net.hidden) - 1))
    last = stencil(sites[-2], sites[-1], net.kernels[-1], odd_signs)
    return _Plan(first, hidden, last, stencil(sites[-2], sites[-1], net.kernels[-1], periodic))
