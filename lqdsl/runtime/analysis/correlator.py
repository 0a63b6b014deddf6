"""Zero-momentum two-point functions of one configuration, inside the compiled measurement."""

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.lattice import Lattice

MATRIX = 256
"""Periods up to this are transformed by a matrix: on CPU, inside a compiled loop, that is twice as fast as an FFT."""


def correlator(lattice: Lattice, values: jax.Array, axis: int, boundary: int = 1) -> jax.Array:
    """C(t) = (1/V) sum_{t0} Phi(t0) Phi(t0 + t), t = 0 ... extent - 1, [t, ...batch], not connected.

    `values` is a density [x..., ...batch]; Phi(t) is its sum over the sites perpendicular to `axis`. `boundary` -1: the
    density changes its sign across the border of the axis, so Phi(t + extent) = -Phi(t).
    """
    slices = jnp.sum(values, axis=tuple(a for a in range(lattice.ndim) if a != axis))
    extent = lattice.extents[axis]
    if boundary < 0:
        slices = jnp.concatenate([slices, -slices])
    period = slices.shape[0]
    form = _by_matrix if period <= MATRIX else _by_fft
    return form(slices, period)[:extent] * (extent / period / lattice.volume)


def _by_matrix(slices: jax.Array, period: int) -> jax.Array:
    """sum_{t0} slices(t0) slices(t0 + t), t = 0 ... period - 1: power spectrum by cosines and sines, and back."""
    momenta = np.arange(period // 2 + 1)
    angles = 2 * np.pi * (np.outer(momenta, np.arange(period)) % period) / period
    multiplicity = np.where((momenta == 0) | (2 * momenta == period), 1, 2)[:, None] / period

    def transform(matrix: np.ndarray, values: jax.Array) -> jax.Array:
        return jnp.tensordot(jnp.asarray(matrix, values.dtype), values, axes=1, precision=jax.lax.Precision.HIGHEST)

    power = transform(np.cos(angles), slices) ** 2 + transform(np.sin(angles), slices) ** 2
    return transform((multiplicity * np.cos(angles)).T, power)


def _by_fft(slices: jax.Array, period: int) -> jax.Array:
    """The same by FFT."""
    spectrum = jnp.fft.rfft(slices, axis=0)
    return jnp.fft.irfft(spectrum.real**2 + spectrum.imag**2, period, axis=0)
