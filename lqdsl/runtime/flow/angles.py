"""Links of U(1) as angles: loops are sums."""

from functools import reduce
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np


class Angles:
    """What coupling layers do with angles [row, b], kept as [1, row, b]."""

    components: ClassVar[int] = 1
    channels: ClassVar[int] = 2
    is_angle: ClassVar[bool] = True

    def loop(self, links: jax.Array, signs: np.ndarray) -> jax.Array:
        """links [1, step, n, b] along a path to its angle [n, b]."""
        return reduce(jnp.add, [links[0, k] if sign > 0 else -links[0, k] for k, sign in enumerate(signs)])

    def features(self, loop: jax.Array) -> jax.Array:
        """[n, b] to cos and sin, [2, n, b]."""
        return jnp.stack([jnp.cos(loop), jnp.sin(loop)])

    def adjoint(self, links: jax.Array) -> jax.Array:
        """U^+ of links [1, n, b]."""
        return -links

    def moved(self, link: jax.Array, loop: jax.Array, image: jax.Array) -> jax.Array:
        """U' = P' P^+ U for links [1, n, b]."""
        return link + (image - loop)[None]

    def wrapped(self, links: jax.Array) -> jax.Array:
        """Angles in [-pi, pi], with derivative one."""
        return links - 2 * np.pi * jax.lax.stop_gradient(jnp.round(links / (2 * np.pi)))

    def haar(self, key: jax.Array, rows: int, n: int, dtype: jnp.dtype) -> jax.Array:
        """Uniform angles [1, row, n]."""
        return jax.random.uniform(key, (1, rows, n), dtype, -np.pi, np.pi)
