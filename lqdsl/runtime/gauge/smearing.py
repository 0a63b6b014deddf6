"""Smooth links: stout smearing and the gradient flow of Wilson's action."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.gauge.paths import path
from lqdsl.runtime.groups import Element, Matrix, borders_by, link_force
from lqdsl.runtime.lattice import Lattice

Links = tuple[Element, ...]


@dataclass(frozen=True)
class Stout:
    """Morningstar and Peardon, Phys. Rev. D 69 (2004) 054501, eqs. (1) to (3), isotropic: U' = exp(i Q) U, with i Q the
    antihermitian part of rho times the adjoint plaquettes through the link, `steps` times."""

    rho: float = 0.1
    steps: int = 1

    def __post_init__(self) -> None:
        if not self.rho > 0 or self.steps < 0:
            raise RuntimeInputError(f"stout smearing needs rho > 0 and steps >= 0, got {self}")

    def __call__(self, lattice: Lattice, links: Sequence[Element]) -> Links:
        """The smeared links of each direction."""

        def step(_: Array, links: Links) -> Links:
            rises = plaquette_rise(lattice, links)
            return tuple(_moved(link, self.rho * rise) for link, rise in zip(links, rises, strict=True))

        with borders_by(links[0].stored[0]):
            return jax.lax.fori_loop(0, self.steps, step, tuple(links))


@dataclass(frozen=True)
class WilsonFlow:
    """Luescher, JHEP 08 (2010) 071: dV/dt = -g0^2 (dS) V up to flow time `time` (in units a^2), by the third-order
    Runge-Kutta rule of its appendix C, in equal steps of at most `step`."""

    time: float = 1.0
    step: float = 0.02

    def __post_init__(self) -> None:
        if not (self.time >= 0 and self.step > 0):
            raise RuntimeInputError(f"the gradient flow needs time >= 0 and step > 0, got {self}")

    def __call__(self, lattice: Lattice, links: Sequence[Element]) -> Links:
        """The links of each direction at flow time `time`."""
        steps = ceil(self.time / self.step - 1e-9)
        size = self.time / max(steps, 1)
        advance = partial(_runge_kutta, lattice, size)
        with borders_by(links[0].stored[0]):
            return jax.lax.fori_loop(0, steps, lambda _, links: advance(links), tuple(links))


def plaquette_rise(lattice: Lattice, links: Sequence[Element]) -> list[Array]:
    """z_a [a, x..., ...batch] of each direction, z_a T_a the antihermitian part (traceless for SU(n)) of (U A)^dagger, A
    the sum of staples: exp(eps z_a T_a) U raises the sum of Re tr P."""
    scale = 1 if links[0].group.components == 1 else 2
    staples = plaquette_staples(lattice, links)
    return [-scale * link_force(link, staple) for link, staple in zip(links, staples, strict=True)]


def plaquette_staples(lattice: Lattice, links: Sequence[Element]) -> list[Matrix]:
    """Sum of the 2(d-1) staples A of each direction: Re tr(U A) is the sum of Re tr P over the plaquettes of the link."""
    found = []
    for mu in range(lattice.ndim):
        around = [nu + 1 for nu in range(lattice.ndim) if nu != mu]
        terms = [path(lattice, links, (side, -mu - 1, -side)) for nu in around for side in (nu, -nu)]
        total = sum(terms[1:], terms[0].as_matrix())
        found.append(lattice.shift(total, tuple(int(axis == mu) for axis in range(lattice.ndim))))
    return found


def _moved(link: Element, algebra: Array) -> Element:
    return link.group.exponential(algebra) @ link


def _runge_kutta(lattice: Lattice, size: float, links: Links) -> Links:
    """W_1 = exp(Z_0/4) V, W_2 = exp(8/9 Z_1 - 17/36 Z_0) W_1, V' = exp(3/4 Z_2 - 8/9 Z_1 + 17/36 Z_0) W_2."""
    total = [jnp.zeros((), link.stored[0].dtype) for link in links]
    for old, new in ((0.0, 1 / 4), (-17 / 9, 8 / 9), (-1.0, 3 / 4)):
        rises = plaquette_rise(lattice, links)
        total = [old * before + new * size * rise for before, rise in zip(total, rises, strict=True)]
        links = tuple(map(_moved, links, total))
    return links
