"""Fully connected nets on flattened sites: cheap on small lattices, tied to their extents."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.nets.activations import activation
from lqdsl.runtime.nets.geometry import Geometry
from lqdsl.runtime.nets.product import matrix_product

Weights = dict[str, Any]


@dataclass(frozen=True)
class MLP:
    """Dense layers of `hidden` units on all input sites. `odd` as in `CNN`: no biases in the trunk h, odd results
    linear in h, even results linear in h^2 plus a bias. The last layer starts at zero."""

    hidden: tuple[int, ...]
    activation: str = "tanh"
    odd: bool = False

    def __post_init__(self) -> None:
        activation(self.activation, self.odd)
        if min(self.hidden, default=0) < 1:
            raise RuntimeInputError(f"MLP needs at least one hidden layer of positive width, got {self}")

    def init(self, key: jax.Array, geometry: Geometry, even: int, odd: int, dtype: Any) -> Weights:
        """Weights for `even` + `odd` results a site; hidden weights are normal with unit gain, the last are zero."""
        inputs = sum(c * n for c, n in zip(geometry.channels, geometry.group_capacities, strict=True))
        widths = (inputs, *self.hidden)
        keys = jax.random.split(key, len(self.hidden))
        weights: Weights = {}
        for number, (fan_in, width) in enumerate(zip(widths[:-1], self.hidden, strict=True)):
            weights[f"hidden{number}"] = jax.random.normal(keys[number], (width, fan_in), dtype) / fan_in**0.5
            if not self.odd:
                weights[f"bias{number}"] = jnp.zeros((width,), dtype)
        sites = geometry.active_capacity
        weights["even"] = jnp.zeros((even, sites, widths[-1]), dtype)
        weights["even_bias"] = jnp.zeros((even, sites), dtype)
        weights["odd"] = jnp.zeros((odd, sites, widths[-1]), dtype)
        if not self.odd:
            weights["odd_bias"] = jnp.zeros((odd, sites), dtype)
        return weights

    def apply(self, weights: Weights, inputs: tuple[jax.Array, ...], geometry: Geometry) -> tuple[jax.Array, jax.Array]:
        """inputs [channel, site of the group, b] each, to even and odd results [result, active site, b]."""
        act = activation(self.activation, self.odd)
        padded = [_pad(x, n) for x, n in zip(inputs, geometry.group_capacities, strict=True)]
        h = jnp.concatenate([x.reshape(-1, x.shape[-1]) for x in padded])
        for number in range(len(self.hidden)):
            h = matrix_product(weights[f"hidden{number}"], h)
            h = act(h if self.odd else h + weights[f"bias{number}"][:, None])
        sites = len(geometry.active)
        even = _results(weights["even"][:, :sites], h * h if self.odd else h) + weights["even_bias"][:, :sites, None]
        odd = _results(weights["odd"][:, :sites], h)
        return even, odd if self.odd else odd + weights["odd_bias"][:, :sites, None]


def _pad(values: jax.Array, sites: int) -> jax.Array:
    return jnp.pad(values, ((0, 0), (0, sites - values.shape[1]), (0, 0))) if values.shape[1] < sites else values


def _results(weights: jax.Array, h: jax.Array) -> jax.Array:
    """weights [result, site, unit], h [unit, b] to [result, site, b]."""
    flat = matrix_product(weights.reshape(-1, weights.shape[-1]), h)
    return flat.reshape(*weights.shape[:2], h.shape[-1])
