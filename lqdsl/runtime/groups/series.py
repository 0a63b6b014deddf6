"""Functions of small arguments by their power series; larger arguments are halved and the result is doubled back."""

from collections.abc import Callable
from math import factorial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

HALVINGS = 24
"""Most halvings: arguments up to 2^24."""


def order(dtype: Any) -> int:
    """Terms after which the series of exp at |z| <= 1 is right to rounding."""
    return 18 if jnp.dtype(dtype) == jnp.float64 else 11


def by_halving(square: Array, series: Callable[[Array], Any], double: Callable[[Any], Any]) -> Any:
    """series(2^-h) doubled h times, with the least h >= 0 that makes |z| 2^-h <= 1, where the series holds.

    square: a bound on |z|^2, [x..., ...batch]. Nothing is doubled in the usual case, all |z| at most 1.
    """
    halvings = jnp.clip(jnp.ceil(0.5 * jnp.log2(jax.lax.stop_gradient(square))), 0, HALVINGS)
    start = series(jnp.exp2(-halvings).astype(square.dtype))

    def body(index: Array, value: Any) -> Any:
        return jax.tree.map(lambda new, old: jnp.where(index < halvings, new, old), double(value), value)

    return jax.lax.cond(
        jnp.any(halvings > 0), lambda value: jax.lax.fori_loop(0, HALVINGS, body, value), lambda value: value, start
    )


def cosine_and_sine_ratio(square: Array) -> tuple[Array, Array]:
    """cos z and sin(z) / z of z^2 >= 0; entire functions of z^2, so there is no singular point."""

    def series(scale: Array) -> tuple[Array, Array]:
        y = -square * scale * scale
        terms = order(square.dtype) // 2 + 1
        cosine = ratio = jnp.zeros_like(square)
        for k in range(terms, -1, -1):
            cosine = cosine * y + 1 / factorial(2 * k)
            ratio = ratio * y + scale * (1 / factorial(2 * k + 1))
        return cosine, ratio

    def double(value: tuple[Array, Array]) -> tuple[Array, Array]:
        cosine, ratio = value
        return 2 * cosine * cosine - 1, 2 * cosine * ratio

    return by_halving(square, series, double)
