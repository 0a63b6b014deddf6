"""Topological charge: geometric in two dimensions, by clover leaves in four."""

from collections.abc import Callable, Sequence
from math import pi

import jax.numpy as jnp
from jax import Array, lax

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.gauge.paths import path
from lqdsl.runtime.groups import Element, borders_by, kept
from lqdsl.runtime.lattice import Lattice

Smearing = Callable[[Lattice, Sequence[Element]], Sequence[Element]]


def topological_charge(lattice: Lattice, links: Sequence[Element], smearing: Smearing | None = None) -> Array:
    """Q [...batch] of the links, smeared first if asked for; raises RuntimeInputError unless there are 2 or 4 axes."""
    if lattice.ndim not in (2, 4):
        raise RuntimeInputError(f"the topological charge is defined on 2 or 4 axes, not on {lattice.ndim}")
    with borders_by(links[0].stored[0]):
        links = links if smearing is None else smearing(lattice, links)
        if lattice.ndim == 2:
            return whole_turns(lattice.sum(path(lattice, links, (1, 2, -1, -2)).arg())) / (2 * pi)
        return lattice.sum(charge_density(lattice, links))


def whole_turns(total: Array) -> Array:
    """The multiple of 2 pi that is next to a sum of angles known to be one; its derivative is that of the sum.

    Rounding errors would move a frozen charge, and look like independent draws of it.
    """
    return 2 * pi * jnp.round(lax.stop_gradient(total) / (2 * pi)) + (total - lax.stop_gradient(total))


def charge_density(lattice: Lattice, links: Sequence[Element]) -> Array:
    """q(x) = (1 / 32 pi^2) eps_{mu nu rho sigma} tr(F_{mu nu} F_{rho sigma}) [x0, ..., x3, ...batch], F Hermitian."""
    pairs = (((1, 2), (3, 4), 1), ((1, 3), (2, 4), -1), ((1, 4), (2, 3), 1))
    total: Array | float = 0.0
    for first, second, sign in pairs:
        product = clover(lattice, links, *first) * clover(lattice, links, *second)
        total = total + sign * (product if links[0].group.components == 1 else jnp.sum(product, axis=0) / 2)
    return jnp.asarray(total) / (4 * pi**2)


def clover(lattice: Lattice, links: Sequence[Element], mu: int, nu: int) -> Array:
    """F_a with F = F_a H_a, tr(H_a H_b) = delta_ab / 2: a quarter of the Hermitian part of the four leaves over i
    [a, x..., ...batch]; U(1): F [x..., ...batch]. Axes count from 1."""
    turns = ((mu, nu, -mu, -nu), (nu, -mu, -nu, mu), (-mu, -nu, mu, nu), (-nu, mu, nu, -mu))
    leaves = [path(lattice, links, turn) for turn in turns]
    total = leaves[0].as_matrix() + leaves[1] + leaves[2] + leaves[3]
    stored = total.kept().stored
    force = kept(lambda: total.group.form.force(stored))
    return force / 4 if total.group.components == 1 else force / 2
