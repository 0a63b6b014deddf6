"""One table of flows of links: every group, kernel, dimension and kind of update; each law test runs over it."""

from collections import namedtuple
from typing import Any

from lqdsl.runtime.flow import Flow, LinkUpdate, LoopCoupling
from lqdsl.runtime.groups import SU, U1, U
from lqdsl.runtime.kernels import NCP, Chain, CircularSpline, Mix, Moebius, Spectral
from lqdsl.runtime.kinds import Links
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.nets import CNN, MLP
from lqdsl.runtime.priors import Haar

Fields = namedtuple("Fields", ["U"])
PLAQUETTE = (1, 2, -1, -2)
WIDE = (1, 1, 2, -1, -1, -2)
PLANE = (LinkUpdate(0, PLAQUETTE, (1, 2), 4), LinkUpdate(1, (2, 1, -2, -1), (2, 1), 4))
STRIPES = (LinkUpdate(0, PLAQUETTE, (0, 1), 4), LinkUpdate(1, (2, 1, -2, -1), (1, 0), 4))
"""Updates of the plane; every other plaquette row or knight's move is frozen."""
SPACE = tuple(
    LinkUpdate(mu, (mu + 1, nu + 1, -mu - 1, -nu - 1), (1, 2, 2) if mu == 0 else (2, 1, 1), 4)
    for mu, nu in ((0, 1), (1, 0))
)
WHOLE = (2, 1, -2, -2, -1, 2)
HALVES = tuple(LinkUpdate(0, (1, s * 2, -1, -s * 2), ((1, 0), (0, 1)), (1, 2), start=1) for s in (1, -1))
"""Blocks of two plaquettes, halved by the loops of both halves in turn."""
NET = CNN((4,), 3, "silu")


def flow(group: Any, extents: tuple[int, ...], *couplings: LoopCoupling, **options: Any) -> Flow:
    kinds = Fields(Links(group, directions=len(extents)))
    return Flow(Lattice(extents), kinds, Fields(Haar()), couplings, **options)


def coupling(
    kernel: Any, layers: int = 4, updates: Any = PLANE, translation: Any = (1, 1), **other: Any
) -> LoopCoupling:
    context = other.get("context", (PLAQUETTE,))
    return LoopCoupling("U", layers, updates, translation, context, kernel, other.get("net", NET), other.get("mirror"))


LINK_FLOWS: dict[str, Flow] = {
    "u1 ncp": flow(U1(), (4, 4), coupling(NCP(2), layers=5)),
    "u1 spline mlp": flow(U1(), (4, 4), coupling(CircularSpline(4), translation=None, net=MLP((6,)))),
    "u1 chain": flow(U1(), (4, 4), coupling(Chain((NCP(2), CircularSpline(4))))),
    "u1 nested mix": flow(U1(), (4, 4), coupling(Mix((NCP(1), Chain((Moebius(1), CircularSpline(3))))))),
    "u1 wide context": flow(U1(), (4, 8), coupling(NCP(1), context=(PLAQUETTE, WIDE), updates=STRIPES)),
    "u1 two couplings": flow(U1(), (4, 4), coupling(NCP(1), layers=3), coupling(Moebius(2), updates=STRIPES, layers=2)),
    "u1 one direction a block": flow(
        U1(),
        (4, 4),
        coupling(NCP(2), updates=STRIPES[1:], translation=(1, 0)),
        coupling(NCP(2), updates=STRIPES[:1], translation=(0, 1)),
    ),
    "u1 halves": flow(
        U1(), (4, 4), coupling(CircularSpline(4), updates=HALVES, context=(WHOLE,), translation=None, layers=2)
    ),
    "u1 mirrored halves": flow(
        U1(),
        (4, 4),
        coupling(Moebius(2), updates=HALVES[:1], context=(WHOLE,), translation=None, layers=3, mirror=1),
        composition="scan",
    ),
    "u1 in 3d": flow(U1(), (4, 2, 2), coupling(NCP(1), updates=SPACE, layers=3, translation=None)),
    "su2": flow(SU(2), (4, 2), coupling(Spectral(4), layers=2, updates=PLANE[:1]), composition="scan"),
    "su2 on 2x2": flow(
        SU(2), (2, 2), coupling(Spectral(3), updates=HALVES[:1], context=(WHOLE,), translation=None, layers=2, mirror=1)
    ),
    "u2": flow(U(2), (4, 2), coupling(Spectral(3), layers=2, updates=PLANE[:1]), composition="scan"),
    "u3": flow(U(3), (2, 4), coupling(Spectral(2), layers=2, updates=PLANE[1:]), composition="scan"),
    "su3": flow(SU(3), (2, 4), coupling(Spectral(3), layers=2, updates=PLANE[1:]), composition="scan"),
    "su2 chain": flow(SU(2), (2, 4), coupling(Chain((Spectral(3), Spectral(2))), layers=2, updates=PLANE[1:])),
    "su4": flow(SU(4), (2, 4), coupling(Spectral(2), layers=2, updates=PLANE[1:]), composition="scan"),
}
