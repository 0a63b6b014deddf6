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


def by_halving(bound: Array, series: Callable[[Array | float], Any], double: Callable[[Any], Any]) -> Any:
    """series(1), which holds where bound <= 1; else series(2^-h) doubled h times, h the least that makes bound 2^-h <= 1.

    bound: [x..., ...batch]. The usual case, all bounds at most 1, costs one comparison more than the series.
    """

    def large() -> Any:
        halvings = jnp.clip(jnp.ceil(jnp.log2(jnp.maximum(bound, 1))), 0, HALVINGS)
        start = series(jnp.exp2(-halvings).astype(bound.dtype))

        def body(index: Array, value: Any) -> Any:
            return jax.tree.map(lambda new, old: jnp.where(index < halvings, new, old), double(value), value)

        return jax.lax.fori_loop(0, HALVINGS, body, start)

    return jax.lax.cond(jnp.all(bound <= 1), lambda: series(1.0), large)


def cosine_and_sine_ratio(square: Array) -> tuple[Array, Array]:
    """cos z and sin(z) / z of z^2 >= 0; entire functions of z^2, so there is no singular point."""

    def series(scale: Array | float) -> tuple[Array, Array]:
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

    return by_halving(jnp.sqrt(jax.lax.stop_gradient(square)), series, double)
