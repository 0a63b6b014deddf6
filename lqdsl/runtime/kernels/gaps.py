"""Coordinates in [0, 1]^(n-1) of the canonical cell of SU(n): fractions of the gaps between neighbouring eigenvalue angles.

The gaps g_k = theta_(k+1) - theta_k, 2 pi in sum, with g_n across the turn, form groups that charge conjugation keeps:
g_n, then g_1 and g_(n-1), g_2 and g_(n-2), ... Sticks say which part of what is left lies behind each group; then comes
the share u of the first gap of each pair. Conjugation turns u into 1 - u; the unit matrix has the first stick at zero.
"""

from math import pi

import jax.numpy as jnp
from jax import Array

List = list[Array]


def pairs(n: int) -> list[tuple[int, int]]:
    """Gaps, counted from zero, that conjugation exchanges."""
    return [(k, n - 2 - k) for k in range((n - 1) // 2)]


def sticks(n: int) -> int:
    """Coordinates before those of the pairs."""
    return n // 2


def sizes(n: int) -> list[int]:
    """How many gaps each coordinate divides."""
    return [n, *(n - 1 - 2 * k for k in range(sticks(n) - 1)), *(2 for _ in pairs(n))]


def coordinates(gaps: List) -> List:
    """All positive gaps to sticks and shares."""
    n = len(gaps)
    groups = [(n - 1,), *pairs(n), *(((n - 2) // 2,),) * (1 - n % 2)]
    sums = [sum((gaps[k] for k in group[1:]), gaps[group[0]]) for group in groups]
    found, rest = [], sums[-1]
    for own in reversed(sums[:-1]):
        total = own + rest
        found.append(rest / total)
        rest = total
    return [*reversed(found), *(gaps[a] / (gaps[a] + gaps[b]) for a, b in pairs(n))]


def divided(n: int, known: List) -> List:
    """What each coordinate divides, in units of 2 pi, for as many coordinates behind the first one as follow from those
    known."""
    lefts = [jnp.ones_like(known[0])]
    owns = []
    for stick in known[: sticks(n)]:
        owns.append(lefts[-1] * (1 - stick))
        lefts.append(lefts[-1] * stick)
    if len(known) < sticks(n):
        return lefts
    return [*lefts[:-1], *(*owns[1:], lefts[-1])[: len(pairs(n))]]


def gaps_of(n: int, values: List) -> List:
    """Inverse of `coordinates`."""
    totals = divided(n, values)
    gaps: dict[int, Array] = {n - 1: 1 - values[0]}
    for (a, b), total, share in zip(pairs(n), totals[sticks(n) :], values[sticks(n) :], strict=True):
        gaps[a], gaps[b] = total * share, total * (1 - share)
    if n % 2 == 0:
        left = totals[sticks(n) - 1] * values[sticks(n) - 1]
        gaps[(n - 2) // 2] = left
    return [2 * pi * gaps[k] for k in range(n)]
