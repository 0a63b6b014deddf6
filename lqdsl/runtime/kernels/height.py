"""Splines of a height in [-1, 1] on a sphere S^(n-1), with the change of the uniform measure."""

import jax
import jax.numpy as jnp

from lqdsl.runtime.kernels import unit_spline


def move_height(
    spline: unit_spline.Map, h: jax.Array, parameters: jax.Array, dimension: int
) -> tuple[jax.Array, jax.Array]:
    """Image of h [...] and log of the change of (1 - h^2)^((n - 3) / 2) dh for n = `dimension`.

    At the poles the ratio of (1 - h'^2) to (1 - h^2) is the slope there; it is taken at a small distance from them.
    """
    image, log_slope = spline(0.5 * (1 + h), parameters)
    if dimension != 3:  # on S^2 heights are uniform
        least = jnp.finfo(h.dtype).eps ** 0.5
        safe = jnp.clip(0.5 * (1 + h), least, 1 - least)
        near, _ = spline(safe, parameters)
        log_slope = log_slope + 0.5 * (dimension - 3) * jnp.log(near * (1 - near) / (safe * (1 - safe)))
    return jnp.clip(2 * image - 1, -1, 1), log_slope


def radius(h: jax.Array) -> jax.Array:
    """sqrt(1 - h^2), with a finite derivative at the poles."""
    return jnp.sqrt(jnp.maximum((1 - h) * (1 + h), jnp.finfo(h.dtype).tiny))
