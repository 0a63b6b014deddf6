"""Densities that a flow starts from: samples and exact log-densities for one field.

Arrays are [component, x0, ..., x_{d-1}, batch]; weights are a dict, empty where nothing is learnt.
"""

from dataclasses import dataclass
from math import log, pi
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.boxes import Box
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.link_algebra import link_algebra
from lqdsl.runtime.lattice import Lattice

Weights = dict[str, jax.Array]


class _FromNoise:
    """Priors that are maps of standard normal noise."""

    def draw(self, weights: Weights, key: jax.Array, kind: Any, lattice: Lattice, n: int, dtype: Any) -> jax.Array:
        """n samples [c, x..., n]."""
        noise = jax.random.normal(key, (kind.components, *lattice.extents, n), dtype)
        return self.sample(weights, noise, lattice)

    def sample(self, weights: Weights, noise: jax.Array, lattice: Lattice) -> jax.Array:
        raise NotImplementedError


class _NothingLearnt:
    """Priors without weights."""

    def init(self, dtype: Any) -> Weights:
        return {}

    def redrawn(self, weights: Weights, values: jax.Array, lattice: Lattice) -> jax.Array:
        """Samples as functions of the weights: themselves."""
        return values


@dataclass(frozen=True)
class Normal(_FromNoise, _NothingLearnt):
    """Independent normal numbers of the given mean and standard deviation."""

    mean: float = 0.0
    sigma: float = 1.0

    def __post_init__(self) -> None:
        if not self.sigma > 0:
            raise RuntimeInputError(f"sigma of a normal prior must be positive, got {self.sigma}")

    def sample(self, weights: Weights, noise: jax.Array, lattice: Lattice) -> jax.Array:
        """Standard normal noise [c, x..., b] to a sample of the same shape."""
        return self.mean + self.sigma * noise

    def log_prob(self, weights: Weights, values: jax.Array, lattice: Lattice) -> jax.Array:
        """Normalised log-density [b] of values [c, x..., b]."""
        scaled = (values - self.mean) / self.sigma
        sites = values.size // values.shape[-1]
        return -0.5 * jnp.sum(scaled * scaled, axis=range(values.ndim - 1)) - sites * log(self.sigma * (2 * pi) ** 0.5)


@dataclass(frozen=True)
class FreeField(_FromNoise):
    """The free field S = sum over x of [sum over mu (phi(x + mu) - phi(x))^2 + mass2 phi(x)^2] for each component.

    In momentum space S = sum over p of lambda(p) |phi(p)|^2 with lambda = p^2 + mass2, p^2 = sum over mu of
    4 sin^2(p_mu / 2); the propagator is 1 / (2 lambda), without a 1/2 in the action. With `learn` the spectrum becomes
    lambda(p) = exp(a + b t + c t^2) (p^2 + M^2), t = p^2 / 4d, which does not depend on the volume and starts at the
    given mass. Antiperiodic axes have half-integer momenta.
    """

    mass2: float = 1.0
    learn: bool = True

    def __post_init__(self) -> None:
        if not self.mass2 > 0:
            raise RuntimeInputError(f"mass2 of a free field must be positive, got {self.mass2}")

    def init(self, dtype: Any) -> Weights:
        if not self.learn:
            return {}
        return {"log_mass2": jnp.full((), log(self.mass2), dtype), "log_amplitude": jnp.zeros((3,), dtype)}

    def sample(self, weights: Weights, noise: jax.Array, lattice: Lattice) -> jax.Array:
        """Standard normal noise [c, p..., b] in momentum space to a sample [c, x..., b]."""
        width = jnp.exp(-0.5 * self.log_spectrum(weights, lattice, noise.dtype)) * 0.5**0.5
        return _transform(noise * width[..., None], lattice)

    def redrawn(self, weights: Weights, values: jax.Array, lattice: Lattice) -> jax.Array:
        """Samples [c, x..., b] as functions of the weights, with the noise that leads to them held fixed."""
        width = jnp.exp(-0.5 * self.log_spectrum(weights, lattice, values.dtype))[..., None]
        modes = _transform(values, lattice, inverse=True)
        return _transform(jax.lax.stop_gradient(modes / width) * width, lattice)

    def log_prob(self, weights: Weights, values: jax.Array, lattice: Lattice) -> jax.Array:
        """Normalised log-density [b] of values [c, x..., b]."""
        spectrum = jnp.exp(self.log_spectrum(weights, lattice, values.dtype))
        modes = _transform(values, lattice, inverse=True)
        action = jnp.sum(spectrum[..., None] * modes * modes, axis=range(values.ndim - 1))
        return -action - values.shape[0] * self.log_normalisation(weights, lattice, values.dtype)

    def log_normalisation(self, weights: Weights, lattice: Lattice, dtype: Any = float) -> jax.Array:
        """log of the integral of exp(-S) over one component: -1/2 sum over p of log(lambda(p) / pi)."""
        return -0.5 * jnp.sum(self.log_spectrum(weights, lattice, dtype) - log(pi))

    def log_spectrum(self, weights: Weights, lattice: Lattice, dtype: Any = float) -> jax.Array:
        """log lambda(p) [p0, ..., p_{d-1}]."""
        momenta2 = _momenta_squared(lattice)
        if not self.learn:
            return jnp.asarray(np.log(momenta2 + self.mass2), dtype)
        t = jnp.asarray(momenta2 / (4 * lattice.ndim), dtype)
        a, b, c = weights["log_amplitude"]
        return a + b * t + c * t * t + jnp.log(jnp.asarray(momenta2, dtype) + jnp.exp(weights["log_mass2"]))


def _momenta(lattice: Lattice, axis: int) -> np.ndarray:
    """2 pi (n + 1/2 where antiperiodic) / L."""
    extent = lattice.extents[axis]
    return 2 * pi / extent * (np.arange(extent) + (0.5 if lattice.boundary[axis] < 0 else 0.0))


def _momenta_squared(lattice: Lattice) -> np.ndarray:
    """sum over mu of 4 sin^2(p_mu / 2), [p0, ..., p_{d-1}]."""
    axes = [4 * np.sin(_momenta(lattice, axis) / 2) ** 2 for axis in range(lattice.ndim)]
    return np.sum(np.meshgrid(*axes, indexing="ij"), axis=0)


def _transform(values: jax.Array, lattice: Lattice, inverse: bool = False) -> jax.Array:
    """Hartley transform along each axis of [c, p..., b] to [c, x..., b], orthogonal, by matrices cos(px) + sin(px).

    It diagonalises the lattice Laplacian as Fourier does, with real numbers and the batch left in place.
    """
    for axis, extent in enumerate(lattice.extents):
        phase = np.outer(np.arange(extent), _momenta(lattice, axis))
        matrix = (np.cos(phase) + np.sin(phase)) / extent**0.5
        matrix = jnp.asarray(matrix.T if inverse else matrix, values.dtype)
        values = jnp.moveaxis(jnp.tensordot(matrix, values, axes=(1, axis + 1)), 0, axis + 1)
    return values


@dataclass(frozen=True)
class Haar(_NothingLearnt):
    """Group elements independent and uniform, with the density 1 with respect to the normalised Haar measure."""

    def draw(self, weights: Weights, key: jax.Array, kind: Any, lattice: Lattice, n: int, dtype: Any) -> jax.Array:
        """n samples [c, row, n]."""
        return link_algebra(kind.group).haar(key, kind.directions * lattice.volume, n, dtype)

    def log_prob(self, weights: Weights, values: jax.Array, lattice: Lattice) -> jax.Array:
        """Zeros [b]."""
        return jnp.zeros(values.shape[-1], values.dtype)


@dataclass(frozen=True)
class Uniform(_NothingLearnt):
    """Points of circles, boxes and spheres at the sites, independent and uniform; the density 1 of their normalised
    measure."""

    def draw(self, weights: Weights, key: jax.Array, kind: Any, lattice: Lattice, n: int, dtype: Any) -> jax.Array:
        """n samples [c, x..., n]."""
        shape = (kind.components, *lattice.extents, n)
        if isinstance(kind, Box):
            numbers = jax.random.uniform(key, shape, dtype, -0.5, 0.5)
            return numbers * kind.sides(numbers)
        if kind.components == 1:
            return jax.random.uniform(key, shape, dtype, -pi, pi)
        return kind.restored(jax.random.normal(key, shape, dtype))

    def log_prob(self, weights: Weights, values: jax.Array, lattice: Lattice) -> jax.Array:
        """Zeros [b]."""
        return jnp.zeros(values.shape[-1], values.dtype)


Prior = Normal | FreeField | Haar | Uniform
