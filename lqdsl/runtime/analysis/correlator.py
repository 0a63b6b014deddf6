"""Zero-momentum two-point functions of one configuration, inside the compiled measurement."""

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.lattice import Lattice

MATRIX = 256
"""Extents up to this are transformed by a matrix: on CPU, inside a compiled loop, that is twice as fast as an FFT."""


def correlator(lattice: Lattice, values: jax.Array, axis: int, other: jax.Array | None = None) -> jax.Array:
    """C(t) = (1/V) sum_{t0} Phi(t0) Phi'(t0 + t), [t, ...batch], not connected.

    `values` (and `other`, by default the same) are densities [x..., ...batch], Phi sums them over the sites
    perpendicular to `axis`; crossing an antiperiodic border gives a minus sign.
    """
    perpendicular = tuple(a for a in range(lattice.ndim) if a != axis)
    source = jnp.sum(values, axis=perpendicular)
    sink = source if other is None else jnp.sum(other, axis=perpendicular)
    extent, sign = lattice.extents[axis], lattice.boundary[axis]
    period = extent if sign > 0 else 2 * extent
    if sign < 0:
        source, sink = jnp.concatenate([source, -source]), jnp.concatenate([sink, -sink])
    form = _by_matrix if period <= MATRIX else _by_fft
    return form(source, sink, period)[:extent] * (extent / period / lattice.volume)


def _by_matrix(source: jax.Array, sink: jax.Array, period: int) -> jax.Array:
    """sum_{t0} source(t0) sink(t0 + t) for t = 0 ... period - 1, through cosine and sine transforms."""
    momenta = np.arange(period // 2 + 1)
    angles = 2 * np.pi * (np.outer(momenta, np.arange(period)) % period) / period
    cosine, sine = (jnp.asarray(f(angles), source.dtype) for f in (np.cos, np.sin))
    multiplicity = np.where((momenta == 0) | (2 * momenta == period), 1, 2)[:, None] / period

    def transform(matrix: jax.Array, values: jax.Array) -> jax.Array:
        return jnp.tensordot(matrix, values, axes=1, precision=jax.lax.Precision.HIGHEST)

    source_cos, source_sin = transform(cosine, source), transform(sine, source)
    sink_cos, sink_sin = transform(cosine, sink), transform(sine, sink)
    even = source_cos * sink_cos + source_sin * sink_sin
    odd = source_cos * sink_sin - source_sin * sink_cos
    weights = jnp.asarray(multiplicity, source.dtype)
    back = transform((cosine * weights).T, even)
    return back if source is sink else back + transform((sine * weights).T, odd)


def _by_fft(source: jax.Array, sink: jax.Array, period: int) -> jax.Array:
    """The same by FFT."""
    power = jnp.conj(jnp.fft.rfft(source, axis=0)) * jnp.fft.rfft(sink, axis=0)
    return jnp.fft.irfft(power, period, axis=0)
