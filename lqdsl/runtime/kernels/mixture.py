"""What mixtures of circle maps share: turns by a vector, and gains that tell the components graded."""

from math import pi

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.kernels.arctangent import arctangent


def turn(x: jax.Array, y: jax.Array) -> jax.Array:
    """The angle of the vector (1 + x, y), [...]: x is even, y odd under P -> -P, and zero is no turn.

    A net that sees cos and sin of an angle W turns smoothly by W or by W / 2 in this way, where an angle of its own would
    have to jump.
    """
    along = 1 + x
    size = jnp.maximum(jnp.abs(along), jnp.finfo(along.dtype).tiny)
    angle = arctangent(y, size)
    return jnp.where(along < 0, jnp.copysign(jnp.asarray(pi, y.dtype), y) - angle, angle)


def graded(parameters: jax.Array) -> jax.Array:
    """Parameters [component, ...] times gains of mean one, all different.

    Equal components have equal gradients: from the identity they would never part, whatever their number.
    """
    count = len(parameters)
    gains = 2 * np.arange(1, count + 1) / (count + 1)
    return jnp.asarray(gains, parameters.dtype).reshape(-1, *(1,) * (parameters.ndim - 1)) * parameters
