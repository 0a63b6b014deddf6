"""Inverses of increasing functions without a closed form: bracketed root finding, differentiated implicitly."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

Function = Callable[[jax.Array, Any], tuple[jax.Array, jax.Array]]
"""(x [...], parameters) to f(x) and log f'(x), elementwise and increasing in x."""

State = tuple[jax.Array, jax.Array, jax.Array, jax.Array, jax.Array]
"""Steps done, x, lower and upper border, and where Newton has converged."""

MAX_STEPS = 200


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def solve_increasing(function: Function, reach: float, y: jax.Array, parameters: Any) -> jax.Array:
    """x with function(x, parameters)[0] = y, sought in [y - reach, y + reach]; exact to a few units of rounding.

    Newton steps as long as they halve the bracket, bisections else. Derivatives of any order are those of the implicit
    function, dx = (dy - df at fixed x) / f'.
    """
    width = jnp.finfo(y.dtype).eps * 2 * reach

    def is_open(state: State) -> jax.Array:
        number, _, low, high, is_done = state
        return (number < MAX_STEPS) & ~jnp.all(is_done | (high - low <= width))

    def step(state: State) -> State:
        number, x, low, high, _ = state
        value, log_slope = function(x, parameters)
        is_below = value < y
        low, high = jnp.where(is_below, x, low), jnp.where(is_below, high, x)
        move = (y - value) * jnp.exp(-log_slope)
        newton = x + move
        halves = (newton > low) & (newton < high) & (jnp.abs(move) < 0.5 * (high - low))
        return number + 1, jnp.where(halves, newton, 0.5 * (low + high)), low, high, halves & (jnp.abs(move) <= width)

    start = (jnp.zeros((), jnp.int32), y, y - reach, y + reach, jnp.zeros(y.shape, bool))
    return jax.lax.while_loop(is_open, step, start)[1]


@solve_increasing.defjvp
def _implicit(function: Function, reach: float, primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    y, parameters = primals
    x = solve_increasing(function, reach, y, parameters)
    _, log_slope = function(x, parameters)
    _, change = jax.jvp(lambda own: function(x, own)[0], (parameters,), (tangents[1],))
    return x, (tangents[0] - change) * jnp.exp(-log_slope)
