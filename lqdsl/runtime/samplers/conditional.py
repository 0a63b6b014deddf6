"""Exact draws from the conditional distributions of links: von Mises on the circle, exp(alpha a_0) on SU(2).

Draws by rejection make a fixed number of trials. Whether all of them fail depends on the coupling alone, so a link that then
keeps its old value leaves the distribution as it is: a mixture of a heatbath and of no move is exact.
"""

from collections.abc import Callable
from math import pi
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.groups.borders import computed_once

TRIALS = 6
"""At least 0.65 of the trials succeed at any coupling: fewer than 2 of 1000 links keep their value."""
SMALLEST = 1e-15
"""Couplings below are taken as this one, which changes no density by more than rounding."""


def von_mises(words: Array, kappa: Array) -> tuple[Array, Array]:
    """Angles with density exp(kappa cos theta) / I_0(kappa) on the circle, and whether one was found (else 0).

    Best and Fisher, Appl. Statist. 28 (1979) 152: cos theta = (1 + s z) / (s + z), z = cos(pi u), in terms of
    s - 1, 1 - z and 1 - cos theta, which do not cancel at large kappa; s = (1 + sqrt(1 + 4 kappa^2)) / (2 kappa).
    """
    kappa = jnp.maximum(kappa, SMALLEST)
    excess = (1 + 1 / (jnp.sqrt(1 + 4 * kappa * kappa) + 2 * kappa)) / (2 * kappa)

    def trial(words: Array) -> tuple[Array, Array]:
        u, v, side = _uniforms(words, 3, kappa)
        half = jnp.sin(0.5 * pi * u) ** 2
        distance = 2 * excess * half / (excess + 2 * (1 - half))
        ratio = kappa * (excess + distance)
        accepted = jnp.log(ratio) - jnp.log(v) + 1 >= ratio
        angle = 2 * jnp.arctan2(jnp.sqrt(distance), jnp.sqrt(jnp.maximum(2 - distance, 0)))
        return jnp.where(side < 0.5, -angle, angle), accepted

    return _first_success(words, jnp.zeros_like(kappa), trial)


def quaternion(words: Array, alpha: Array) -> tuple[tuple[Array, ...], Array]:
    """Points of SU(2) with density exp(alpha a_0) dHaar, and whether one was found (else 1).

    1 - a_0 by Kennedy and Pendleton, Phys. Lett. B 156 (1985) 393, where alpha > 2, below by Creutz, Phys. Rev. D 21
    (1980) 2308; the direction of a is uniform.
    """
    alpha = jnp.maximum(alpha, SMALLEST)

    def trial(words: Array) -> tuple[Array, Array]:
        u, v, w, test = _uniforms(words, 4, alpha)
        creutz = -jnp.log1p(u * jnp.expm1(-2 * alpha)) / alpha
        pendleton = -(jnp.log(u) + jnp.cos(2 * pi * v) ** 2 * jnp.log(w)) / alpha
        distance = jnp.where(alpha > 2, pendleton, creutz)
        weight = 1 - 0.5 * distance
        accepted = test * test <= jnp.where(alpha > 2, weight, 2 * distance * weight)
        return distance, accepted

    distance, found = _first_success(words, jnp.zeros_like(alpha), trial)
    radius = jnp.sqrt(jnp.maximum(distance * (2 - distance), 0))
    height, turn = _uniforms(random.fold(words, TRIALS), 2, alpha)
    cosine = 2 * height - 1
    across = radius * jnp.sqrt(1 - cosine * cosine)
    turn = 2 * pi * turn
    return (1 - distance, across * jnp.cos(turn), across * jnp.sin(turn), radius * cosine), found


def _first_success(words: Array, start: Array, trial: Callable[[Array], tuple[Any, Array]]) -> tuple[Array, Array]:
    """Value of the first of TRIALS trials that succeeded, else `start`, and whether one did."""

    def body(number: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        value, done = carry
        new, success = trial(random.fold(words, number))
        return jnp.where(success & ~done, new, value), done | success

    return jax.lax.fori_loop(0, TRIALS, body, (start, jnp.zeros(start.shape, bool)))


def _uniforms(words: Array, count: int, like: Array) -> Array:
    """Uniform numbers [count, ...], drawn once: fused with what reads them, they would be drawn anew for each use of each,
    which takes minutes to compile in double precision."""
    always = ~(like.reshape(-1)[0] > jnp.inf)
    return computed_once(always, lambda: random.uniform(words, (count, *like.shape), like.dtype))
