"""Zero-momentum two-point functions of one configuration, inside the compiled measurement."""

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.lattice import Lattice

DIRECT = 64
"""Extents up to this are summed directly: in a compiled loop that is faster on CPU than a short FFT."""


def correlator(lattice: Lattice, values: jax.Array, axis: int, other: jax.Array | None = None) -> jax.Array:
    """C(t) = (1/V) sum_{t0} Phi(t0) Phi'(t0 + t), [t, ...batch], not connected.

    `values` (and `other`, by default the same) are densities [x..., ...batch], Phi sums them over the sites
    perpendicular to `axis`; crossing an antiperiodic border gives a minus sign.
    """
    perpendicular = tuple(a for a in range(lattice.ndim) if a != axis)
    source = jnp.sum(values, axis=perpendicular)
    sink = source if other is None else jnp.sum(other, axis=perpendicular)
    extent, sign = lattice.extents[axis], lattice.boundary[axis]
    form = _direct if extent <= DIRECT else _fourier
    return form(source, sink, extent, sign) / lattice.volume


def _direct(source: jax.Array, sink: jax.Array, extent: int, sign: int) -> jax.Array:
    times = np.add.outer(np.arange(extent), np.arange(extent))
    signs = np.where(times >= extent, sign, 1).reshape(extent, extent, *(1,) * (source.ndim - 1))
    return jnp.sum(source * sink[times % extent] * signs.astype(source.dtype), axis=1)


def _fourier(source: jax.Array, sink: jax.Array, extent: int, sign: int) -> jax.Array:
    period = extent
    if sign < 0:
        period = 2 * extent
        source, sink = (jnp.concatenate([part, -part]) for part in (source, sink))
    power = jnp.conj(jnp.fft.rfft(source, axis=0)) * jnp.fft.rfft(sink, axis=0)
    return jnp.fft.irfft(power, period, axis=0)[:extent] * (extent / period)
