"""Wilson's action on the links of any group, written by hand, for the tests of samplers."""

from itertools import combinations
from typing import Any, NamedTuple

import jax

from lqdsl.runtime.gauge import path
from lqdsl.runtime.groups import Element, Group, Matrix, link_forces
from lqdsl.runtime.kinds import Links
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.masks import LinearMask
from lqdsl.runtime.model import Model

jax.config.update("jax_enable_x64", True)


class Couplings(NamedTuple):
    beta: float


class OneLink(NamedTuple):
    U: Any


class Higgs(NamedTuple):
    U: Any
    phi: Any


def towards(lattice: Lattice, mu: int, steps: int = 1) -> tuple[int, ...]:
    """`steps` along axis mu."""
    return tuple(steps * (axis == mu) for axis in range(lattice.ndim))


def staples(lattice: Lattice, links: tuple[Element, ...]) -> list[Matrix]:
    """Sum over planes of V with Re tr P = Re tr(U V), of each direction."""
    sums: list[Any] = [None] * lattice.ndim
    for mu, nu in combinations(range(lattice.ndim), 2):
        a, b = links[mu], links[nu]
        a_nu, b_mu = lattice.shift(a, towards(lattice, nu)), lattice.shift(b, towards(lattice, mu))
        first, second = a @ b_mu, b @ a_nu
        for axis, other, ahead, back in (
            (mu, nu, b_mu @ second.H, first.H @ b),
            (nu, mu, a_nu @ first.H, second.H @ a),
        ):
            term = ahead + lattice.shift(back, towards(lattice, other, -1))
            sums[axis] = term if sums[axis] is None else sums[axis] + term
    return sums


def staple(lattice: Lattice, links: tuple[Element, ...], mu: int) -> Matrix:
    """The same for one direction."""
    total: Any = None
    for nu in range(lattice.ndim):
        if nu != mu:
            ahead = path(lattice, [lattice.shift(u, towards(lattice, mu)) for u in links], (nu + 1, -mu - 1, -nu - 1))
            back = path(lattice, [lattice.shift(u, towards(lattice, mu)) for u in links], (-nu - 1, -mu - 1, nu + 1))
            total = ahead + back if total is None else total + (ahead + back)
    return total


def colours(lattice: Lattice) -> tuple[LinearMask, ...]:
    return (LinearMask((1,) * lattice.ndim, 2),) * lattice.ndim


def wilson(group: Group, extents: tuple[int, ...], beta: float, dtype: str = "float64") -> Model:
    """S = -(beta / n) sum_x sum_{mu < nu} Re tr P_{mu nu}(x)."""
    lattice = Lattice(extents)
    kind = Links(group, lattice.ndim)

    def loops(fields: Any) -> Any:
        links = kind.links(fields.U)
        return [path(lattice, links, (m + 1, n + 1, -m - 1, -n - 1)) for m, n in combinations(range(lattice.ndim), 2)]

    def density(fields: Any, p: Couplings) -> jax.Array:
        return -p.beta / group.n * sum(loop.re_tr() for loop in loops(fields))

    def force(fields: Any, p: Couplings) -> Any:
        links = kind.links(fields.U)
        return OneLink(link_forces(links, [-p.beta / group.n * v for v in staples(lattice, links)]))

    def observables(fields: Any, p: Couplings) -> dict[str, jax.Array]:
        planes = lattice.ndim * (lattice.ndim - 1) // 2
        found = {"plaquette": -density(fields, p) / p.beta / planes}
        if lattice.ndim == 2:
            found["charge2"] = lattice.sum(loops(fields)[0].arg()) ** 2
        return {name: lattice.sum(v) / lattice.volume if v.ndim > 1 else v for name, v in found.items()}

    def of_direction(mu: int) -> Any:
        return lambda fields, p: -p.beta / group.n * staple(lattice, kind.links(fields.U), mu)

    def link_action(mu: int) -> Any:
        return lambda here, fields, p: (here @ of_direction(mu)(fields, p)).re_tr()

    return Model(
        name="wilson",
        source="gauge_models.py",
        dtype=dtype,
        lattice=lattice,
        kinds=OneLink(kind),
        parameters=Couplings(beta),
        parameter_names={"beta": "beta"},
        action=lambda fields, p: lattice.sum(density(fields, p)),
        force=force,
        density=density,
        staples={"U": tuple(of_direction(mu) for mu in range(lattice.ndim))},
        link_actions={"U": tuple(link_action(mu) for mu in range(lattice.ndim))},
        observables=observables,
        observable_kinds={},
    )
