"""Symmetric splittings of Hamilton's equations H = K(momenta) + S(fields).

Stages alternate between drift (fields += c eps momenta) and kick (momenta += c eps force) and are palindromic, so the map
is reversible and preserves volume. Neighbouring stages of two steps are merged: leapfrog takes n forces in n steps,
omelyan 2n, omf4 5n + 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

Phase = tuple[Any, Any]
Move = Callable[[Phase, Any], Phase]


@dataclass(frozen=True)
class Integrator:
    """Coefficients of one step; the error of H over a fixed length is of order eps^order."""

    name: str
    order: int
    starts_with: str
    stages: tuple[float, ...]

    def forces(self, steps: int) -> int:
        """Force evaluations of a trajectory."""
        kicks = len(self.stages) // 2
        return kicks * steps if self.starts_with == "drift" else kicks * steps + 1


def _palindrome(*head: float) -> tuple[float, ...]:
    """Stages from the first half up to the middle one; drifts and kicks of a step each add up to 1."""
    return (*head, *reversed(head[:-1]))


OMELYAN_LAMBDA = 0.1931833275037836
OMF4 = (0.08398315262876693, 0.2539785108410595, 0.6822365335719091, -0.03230286765269967)

INTEGRATORS = {
    rule.name: rule
    for rule in (
        Integrator("leapfrog", 2, "drift", _palindrome(0.5, 1.0)),
        # Omelyan, Mryglod, Folk, Comput. Phys. Commun. 151 (2003) 272, eqs. (31), (25).
        Integrator("omelyan", 2, "drift", _palindrome(OMELYAN_LAMBDA, 0.5, 1 - 2 * OMELYAN_LAMBDA)),
        # The same, eqs. (71), (72), velocity form.
        Integrator("omf4", 4, "kick", _palindrome(*OMF4, 0.5 - OMF4[0] - OMF4[2], 1 - 2 * (OMF4[1] + OMF4[3]))),
    )
}


def integrate(rule: Integrator, kick: Move, drift: Move, phase: Phase, size: Any, steps: Any) -> Phase:
    """`steps` steps of `size` from (fields, momenta); `steps` may be a traced integer.

    `kick(phase, c)` and `drift(phase, c)` move by the time c, a number or one [chain].
    """
    moves = (drift, kick) if rule.starts_with == "drift" else (kick, drift)
    first, *inner, last = rule.stages
    pairs, dtype = len(inner) // 2 + 1, jnp.result_type(size)
    seconds, firsts = (jnp.asarray(stages, dtype) for stages in (inner[::2], [*inner[1::2], last + first]))

    def pair(index: Any, phase: Phase) -> Phase:
        """Two stages, the later one as the last of all or merged with the first of the next step."""
        place = index % pairs
        phase = moves[1](phase, seconds[place] * size)
        return moves[0](phase, jnp.where(index == pairs * steps - 1, last, firsts[place]).astype(dtype) * size)

    return jax.lax.fori_loop(0, pairs * steps, pair, moves[0](phase, first * size))
