"""One table of flows: every kernel, net, prior, kind, mask and dimension; each law test runs over it."""

from collections import namedtuple
from collections.abc import Iterable
from dataclasses import replace
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lqdsl.runtime.boxes import Box
from lqdsl.runtime.flow import Coupling, Flow
from lqdsl.runtime.flow.frame import Frame
from lqdsl.runtime.flow.matrix_frame import MatrixFrame
from lqdsl.runtime.groups import SU, U1, U
from lqdsl.runtime.groups.generators import generators
from lqdsl.runtime.kernels import (
    NCP,
    Affine,
    Axial,
    Chain,
    CircularSpline,
    Mix,
    Moebius,
    Radial,
    Recursive,
    Spectral,
    Spline,
)
from lqdsl.runtime.kinds import Complex, Links, Real, Vector
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.manifolds import Angle, Sphere
from lqdsl.runtime.masks import CoarseMask, LinearMask, SiteMask, TableMask
from lqdsl.runtime.nets import CNN, MLP
from lqdsl.runtime.priors import FreeField, Haar, Normal, Uniform

CHECKERBOARD = {d: LinearMask((1,) * d, 2) for d in (1, 2, 3, 4)}
UNEVEN = TableMask("b1e8")
SPLINE = Spline(bins=5, interval=1.5)
NESTED = Mix((NCP(1), Chain((Moebius(2), CircularSpline(3)))))
ODD = CNN((4,), 3, odd=True)
SYMMETRIC = CNN((4, 3), (5, 1, 3), odd=True, isotropic=True)
PLAIN = CNN((4,), 3, "silu")


def flow(extents: tuple[int, ...], kinds: dict[str, Any], *couplings: Coupling, **options: Any) -> Flow:
    """A flow with standard normal priors, uniform ones of compact fields, unless `priors` says otherwise."""
    fields = namedtuple("Fields", kinds)
    compact = {Angle: Uniform(), Box: Uniform(), Sphere: Uniform(), Links: Haar()}
    usual = {name: compact.get(type(kind), Normal()) for name, kind in kinds.items()}
    priors = options.pop("priors", usual)
    lattice = Lattice(extents, options.pop("boundary", ()))
    return Flow(lattice, fields(**kinds), fields(**priors), couplings, **options)


def real(extents: tuple[int, ...], *couplings: tuple[Any, ...], **options: Any) -> Flow:
    """One real field; couplings as (layers, mask, kernel, net)."""
    return flow(extents, {"phi": Real()}, *(Coupling("phi", *rest) for rest in couplings), **options)


def _two_fields() -> Flow:
    return flow(
        (4, 2),
        {"phi": Real(), "chi": Vector(2)},
        Coupling("phi", 2, CHECKERBOARD[2], SPLINE, PLAIN),
        Coupling("chi", 3, LinearMask((1, 0), 2), Affine(), MLP((6,))),
    )


def angle(extents: tuple[int, ...], *couplings: tuple[Any, ...], **options: Any) -> Flow:
    """One field of angles; couplings as (layers, mask, kernel, net)."""
    return flow(extents, {"theta": Angle()}, *(Coupling("theta", *rest) for rest in couplings), **options)


def box(extents: tuple[int, ...], *couplings: tuple[Any, ...]) -> Flow:
    """Points of a periodic box with sides of different lengths; couplings as (layers, mask, kernel, net)."""
    return flow(extents, {"r": Box((1.5, 9.0))}, *(Coupling("r", *rest) for rest in couplings))


def spins(kind: Any, extents: tuple[int, ...], *couplings: tuple[Any, ...], **options: Any) -> Flow:
    """One compact field; couplings as (layers, mask, kernel, net)."""
    return flow(extents, {"s": kind}, *(Coupling("s", *rest) for rest in couplings), **options)


def _cylinder() -> Flow:
    return flow(
        (4, 2),
        {"theta": Angle(), "phi": Real()},
        Coupling("theta", 3, CHECKERBOARD[2], NCP(2), PLAIN),
        Coupling("phi", 2, LinearMask((1, 0), 2), SPLINE, MLP((6,))),
    )


def matrices(group: Any, extents: tuple[int, ...], *couplings: tuple[Any, ...], **options: Any) -> Flow:
    """One field of matrices at sites; couplings as (layers, mask, kernel, net, frame)."""
    return spins(Links(group, 1), extents, *couplings, **options)


def _matrices_in_a_bath(group: Any, frame: MatrixFrame | None) -> Flow:
    """Beside a real field and matrices of another group, whose own layers see components and do not keep multiplications."""
    others = (
        Coupling("phi", 2, CHECKERBOARD[1], Affine(), PLAIN),
        Coupling("w", 2, CHECKERBOARD[1], Recursive(3, NCP(1)), PLAIN),
    )
    kinds = {"s": Links(group, 1), "phi": Real(), "w": Links(SU(2), 1)}
    own = Coupling("s", 2, CHECKERBOARD[1], Spectral(3), PLAIN, frame)
    return flow((4,), kinds, own, *(() if frame else others))


COARSE = (
    CoarseMask((2, 4), (False, False), 0),
    CoarseMask((2, 2), (False, True), 1),
    CoarseMask((1, 1), (True, True), 2),
    CoarseMask((1, 1), (True, True), 1),
)
"""The sites of a 4 x 4 lattice from coarse to fine, once each."""


def _spins_beside(*extents: int, mask: Any, net: Any) -> Flow:
    """Unit vectors beside real numbers."""
    own = Coupling("s", 2, mask, Axial(3), net, Frame(2, 3))
    seen = (Frame(2, 3, fields=("s",)),)
    return flow(extents, {"s": Sphere(3), "phi": Real()}, own, Coupling("phi", 2, mask, SPLINE, net, views=seen))


def _two_rotations() -> Flow:
    """Angles of two fields, each with shifts of its own; reflections of one of them are no symmetry."""
    t, u = Frame(2, 3), Frame(2, 3, mirror=False)
    return flow(
        (4, 2),
        {"t": Angle(), "u": Angle(), "phi": Real()},
        Coupling("t", 2, CHECKERBOARD[2], NCP(2), PLAIN, t, (replace(u, fields=("u",)),)),
        Coupling("u", 3, CHECKERBOARD[2], CircularSpline(3), PLAIN, u, (replace(t, fields=("t",)),)),
        Coupling(
            "phi", 2, CHECKERBOARD[2], Affine(), PLAIN, None, (replace(t, fields=("t",)), replace(u, fields=("u",)))
        ),
    )


def _together(kind: Any, kernel: Any, extents: tuple[int, ...], mask: Any, net: Any, layers: int = 2) -> Flow:
    """Two fields of spins that rotate together, beside real numbers."""
    frame = Frame(2, 3)
    return flow(
        extents,
        {"a": kind, "b": kind, "phi": Real()},
        Coupling("a", layers, mask, kernel, net, replace(frame, fields=("b",))),
        Coupling("b", layers, mask, kernel, net, replace(frame, fields=("a",))),
        Coupling("phi", layers, mask, Affine(), net, views=(replace(frame, fields=("a", "b")),)),
    )


def _coarse_spins() -> Flow:
    """Two fields that rotate together, from coarse to fine: those of the coarsest sublattice see each other only."""
    steps = [
        Coupling(a, 1, mask, NCP(2), PLAIN, Frame(2, 3, fields=(b,)))
        for mask in COARSE
        for a, b in (("a", "b"), ("b", "a"))
    ]
    return flow((4, 4), {"a": Angle(), "b": Angle()}, *steps)


def _matrices_beside_spins() -> Flow:
    return flow(
        (4,),
        {"s": Links(U(2), 1), "n": Sphere(2)},
        Coupling("s", 2, CHECKERBOARD[1], Spectral(2), PLAIN, MatrixFrame(2, 3), (Frame(2, 3, fields=("n",)),)),
    )


def _two_hierarchies() -> Flow:
    steps = [
        Coupling(name, 1, mask, kernel, PLAIN) for mask in COARSE for name, kernel in (("a", NCP(2)), ("b", SPLINE))
    ]
    return flow((4, 4), {"a": Angle(), "b": Real()}, *steps)


FLOWS: dict[str, Flow] = {
    "1d affine": real((6,), (2, CHECKERBOARD[1], Affine(), CNN((4, 4), 3))),
    "1d odd spline": real((6,), (2, CHECKERBOARD[1], SPLINE, SYMMETRIC), priors={"phi": FreeField(0.5)}),
    "2d symmetric affine": real((4, 4), (5, CHECKERBOARD[2], Affine(), SYMMETRIC)),
    "2d symmetric spline": real((6, 6), (2, CHECKERBOARD[2], Spline(4, 2.0), CNN((4,), 3, odd=True, isotropic=True))),
    "2d antiperiodic": real((4, 4), (2, CHECKERBOARD[2], Affine(), ODD), boundary=(-1, 1), priors={"phi": FreeField()}),
    "2d reflections": real((4, 2), (2, CHECKERBOARD[2], Affine(), CNN((4,), 3, odd=True, reflections=True))),
    "2d odd mlp": real((4, 2), (2, CHECKERBOARD[2], Affine(), MLP((8, 6), odd=True))),
    "2d stripes": real((2, 4), (2, LinearMask((0, 1), 2), SPLINE, MLP((8,), "relu"))),
    "2d four classes": real((4, 4), (5, LinearMask((1, 2), 4), Affine(), PLAIN)),
    "2d nets that see nothing": real((4, 4), (2, CHECKERBOARD[2], Affine(), CNN((4,), 1))),
    "2d odd nets that see nothing": real((4, 4), (2, CHECKERBOARD[2], SPLINE, CNN((4,), 1, odd=True, isotropic=True))),
    "2d uneven table cnn": real((4, 4), (2, UNEVEN, Affine(), PLAIN)),
    "2d uneven table mlp": real((4, 4), (2, UNEVEN, Affine(), MLP((8,), odd=True))),
    "3d sweeps": real((2, 2, 2), (3, CoarseMask((1, 1, 1), (True, True, True), 2, sweeps=True), Affine(), MLP((6,)))),
    "2d two masks": real((4, 4), (3, CHECKERBOARD[2], Affine(), ODD), (2, LinearMask((1, 0), 2), Affine(), ODD)),
    "2d complex": flow((4, 2), {"phi": Complex()}, Coupling("phi", 2, CHECKERBOARD[2], SPLINE, ODD)),
    "3d vector": flow((2, 2, 2), {"phi": Vector(3)}, Coupling("phi", 2, CHECKERBOARD[3], Affine(), SYMMETRIC)),
    "3d symmetric": real((4, 4, 2), (2, CHECKERBOARD[3], Affine(), SYMMETRIC)),
    "4d odd": real((2, 2, 2, 2), (2, CHECKERBOARD[4], Affine(), ODD)),
    "two fields": _two_fields(),
    "1d constant layer": real((3,), (2, None, SPLINE, MLP((4,), odd=True))),
    "1d chain": real((4,), (2, CHECKERBOARD[1], Chain((Affine(), SPLINE)), CNN((4,), 3))),
    "1d angles": angle((4,), (3, CHECKERBOARD[1], CircularSpline(4), CNN((4,), 3))),
    "2d angles": angle((4, 4), (2, CHECKERBOARD[2], Moebius(2), CNN((4,), 3, "silu", isotropic=True))),
    "4d angles": angle((2, 2, 2, 2), (2, CHECKERBOARD[4], NCP(2), PLAIN)),
    "autoregressive angles": angle((3,), (4, SiteMask(3), Chain((NCP(2), Moebius(2))), MLP((6,), "silu"))),
    "one angle": angle((1,), (3, None, CircularSpline(5), MLP((4,)))),
    "one angle by a nested mix": angle((1,), (2, None, Chain((NESTED, NCP(1))), MLP((4,)))),
    "angles by a nested mix": angle((4,), (2, CHECKERBOARD[1], Mix((NESTED, NCP(1))), PLAIN)),
    "torus": flow(
        (1,),
        {"a": Angle(), "b": Angle()},
        Coupling("a", 2, None, CircularSpline(5), MLP((4,))),
        Coupling("b", 2, None, NCP(2), MLP((4,))),
    ),
    "cylinder": _cylinder(),
    "particles in a box": box((3,), (4, SiteMask(3), CircularSpline(4), MLP((6,), "silu"))),
    "box on a lattice": box((4, 2), (3, CHECKERBOARD[2], Moebius(2), PLAIN)),
    "one point of a box": box((1,), (3, None, Chain((NCP(2), CircularSpline(3))), MLP((4,)))),
    "box beside a real field": flow(
        (3,),
        {"r": Box((2.5,)), "phi": Real()},
        Coupling("r", 3, SiteMask(3), NCP(2), MLP((4,), "silu")),
        Coupling("phi", 3, SiteMask(3), SPLINE, MLP((4,))),
    ),
    "one point of S2": spins(Sphere(3), (1,), (2, None, Recursive(4, NCP(2)), MLP((4,)))),
    "one point of S4": spins(Sphere(5), (1,), (2, None, Recursive(3, CircularSpline(3)), MLP((4,)))),
    "one point of S2 by nested circles": spins(
        Sphere(3), (1,), (2, None, Chain((Recursive(3, NESTED), Recursive(2, NESTED.kernels[1]))), MLP((4,)))
    ),
    "radial S3": spins(Sphere(4), (1,), (2, None, Radial(3), MLP((4,)))),
    "1d S1": spins(Sphere(2), (4,), (2, CHECKERBOARD[1], Chain((Recursive(4, Moebius(2)), Radial(1))), PLAIN)),
    "2d S2": spins(Sphere(3), (4, 2), (3, CHECKERBOARD[2], Recursive(4, CircularSpline(4)), PLAIN)),
    "1d S3": spins(Sphere(4), (4,), (3, CHECKERBOARD[1], Recursive(3, NCP(2)), CNN((4,), 3))),
    "1d radial": spins(Sphere(3), (4,), (5, CHECKERBOARD[1], Radial(3), PLAIN)),
    "2d spins": angle((4, 4), (3, CHECKERBOARD[2], NCP(2), CNN((4,), (1, 1), isotropic=True), Frame(3, 3))),
    "1d chiral spins": angle((6,), (3, CHECKERBOARD[1], CircularSpline(4), CNN((4,), 3), Frame(2, 3, mirror=False))),
    "spins with an index": angle((3,), (4, SiteMask(3), CircularSpline(4), MLP((4,)), Frame(2))),
    "1d axial": spins(Sphere(3), (4,), (3, CHECKERBOARD[1], Axial(4), CNN((4,), 1), Frame(3, 3))),
    "2d axial S3": spins(Sphere(4), (4, 2), (5, CHECKERBOARD[2], Axial(3), PLAIN, Frame(3, 3))),
    "U1 spins": spins(Links(U1(), 1), (4,), (3, CHECKERBOARD[1], CircularSpline(3), CNN((4,), 1), Frame(2, 3))),
    "spins beside a field": _spins_beside(4, mask=CHECKERBOARD[1], net=CNN((4,), (3, 1))),
    "spins beside a field one by one": _spins_beside(3, mask=SiteMask(3), net=MLP((4,), "silu")),
    "two rotations": _two_rotations(),
    "angles together": _together(Angle(), NCP(2), (4,), CHECKERBOARD[1], CNN((4,), 3)),
    "three classes together": _together(Angle(), NCP(1), (3,), LinearMask((1,), 3), MLP((4,)), layers=1),
    "vectors together": _together(Sphere(3), Axial(2), (4, 2), CHECKERBOARD[2], PLAIN),
    "two angles of one site": _together(Angle(), CircularSpline(3), (1,), None, MLP((4,))),
    "coarse to fine together": _coarse_spins(),
    "matrices beside spins": _matrices_beside_spins(),
    "hierarchy": real(
        (4, 4),
        *((1, mask, kernel, ODD) for mask, kernel in zip(COARSE, (SPLINE, Affine()) * 2, strict=True)),
        (2, CHECKERBOARD[2], Affine(), ODD),
    ),
    "hierarchy of spins": angle((4, 4), *((2, mask, NCP(2), CNN((4,), 1), Frame(2, 3)) for mask in COARSE[1:])),
    "hierarchy of two fields": _two_hierarchies(),
    "U1 at sites": spins(Links(U1(), 1), (2, 2), (2, CHECKERBOARD[2], CircularSpline(4), PLAIN)),
    "SU2 at sites": spins(Links(SU(2), 1), (2, 2), (2, CHECKERBOARD[2], Recursive(3, CircularSpline(3)), PLAIN)),
    "1d chiral SU2": matrices(SU(2), (6,), (3, CHECKERBOARD[1], Spectral(4), CNN((4,), 1), MatrixFrame(3, 3))),
    "4d chiral SU2": matrices(SU(2), (2, 2, 2, 2), (2, CHECKERBOARD[4], Spectral(3), PLAIN, MatrixFrame(2, 3))),
    "1d chiral SU3": matrices(SU(3), (4,), (3, CHECKERBOARD[1], Spectral(3), CNN((4,), 1), MatrixFrame(3, 3))),
    "2d chiral SU3": matrices(
        SU(3), (2, 4), (2, CHECKERBOARD[2], Spectral(3), CNN((4,), 3, "silu", isotropic=True), MatrixFrame(2, 3))
    ),
    "chiral U2": matrices(U(2), (4,), (3, CHECKERBOARD[1], Spectral(3), MLP((4,)), MatrixFrame(2))),
    "SU3 about the unit": matrices(
        SU(3), (4,), (2, CHECKERBOARD[1], Spectral(3), CNN((4,), 1), MatrixFrame(2, 3, unit=True))
    ),
    "3d U3 about the unit": matrices(
        U(3), (2, 2, 2), (2, CHECKERBOARD[3], Spectral(2), CNN((4,), 1), MatrixFrame(2, 3, unit=True))
    ),
    "plain SU3": matrices(SU(3), (2, 2), (2, CHECKERBOARD[2], Spectral(3), PLAIN)),
    "chain of SU2": matrices(SU(2), (4,), (2, CHECKERBOARD[1], Chain((Spectral(3), Spectral(2))), PLAIN)),
    "chain of chiral SU2": matrices(
        SU(2), (4,), (2, CHECKERBOARD[1], Chain((Spectral(3), Spectral(2))), CNN((4,), 1), MatrixFrame(2, 3))
    ),
    "plain SU2 by spectral maps": matrices(SU(2), (4,), (4, SiteMask(4), Spectral(3), MLP((4,)))),
    "hierarchy of matrices": matrices(
        U(2), (4, 4), *((1, mask, Spectral(2), CNN((4,), 1), MatrixFrame(2, 3)) for mask in COARSE[1:])
    ),
    "one SU3": matrices(SU(3), (1,), (2, None, Spectral(4), MLP((4,)))),
    "one U3": matrices(U(3), (1,), (2, None, Spectral(4), MLP((4,)), MatrixFrame(unit=True))),
    "one SU4": matrices(SU(4), (1,), (2, None, Spectral(3), MLP((4,)))),
    "1d chiral SU4": matrices(SU(4), (4,), (2, CHECKERBOARD[1], Spectral(2), CNN((4,), 1), MatrixFrame(2, 3))),
    "one U4": matrices(U(4), (1,), (2, None, Spectral(2), MLP((4,)), MatrixFrame(unit=True))),
    "SU3 in a bath": _matrices_in_a_bath(SU(3), MatrixFrame(2, 3)),
    "plain U2 in a bath": _matrices_in_a_bath(U(2), None),
    "blocks of one field": angle(
        (4, 4), (1, None, NCP(2), PLAIN), (4, CHECKERBOARD[2], NCP(2), PLAIN), (2, LinearMask((0, 1), 2), NCP(2), PLAIN)
    ),
}
QUICK = {
    "1d odd spline", "2d uneven table mlp", "1d constant layer",
    "2d angles", "one angle by a nested mix", "autoregressive angles", "cylinder", "particles in a box", "one point of S2", "2d spins",
    "hierarchy", "1d chiral SU2",
}  # fmt: skip
"""Flows of the default tests; the others carry the marker `slow`."""
IS_ODD = {name for name, item in FLOWS.items() if all(c.net.odd for c in item.couplings)}


def laws(names: Iterable[str]) -> list[Any]:
    """Parameters of a law that holds for flows of these names."""
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names]


def random_weights(item: Flow, seed: int = 0) -> Any:
    """Weights of the size that training leads to, away from the identity at which a flow is started."""
    generator = np.random.default_rng(seed)
    shapes = jax.eval_shape(lambda: item.init(jax.random.key(0), jnp.float64))

    def draw(leaf: Any) -> jax.Array:
        is_matrix = leaf.ndim > 2
        scale = 0.5 / prod(leaf.shape[2:]) ** 0.5 if is_matrix else 0.15
        return jnp.asarray(scale * generator.normal(size=leaf.shape))

    return jax.tree.map(draw, shapes)


def noise(item: Flow, batch: int, seed: int = 5) -> Any:
    """Fields of independent normal numbers, on spheres divided by their length."""
    generator = np.random.default_rng(seed)
    draws = [jnp.asarray(generator.normal(size=(*kind.shape(item.lattice), batch))) for kind in item.kinds]
    return type(item.kinds)(*(kind.restored(values) for kind, values in zip(item.kinds, draws, strict=True)))


def frame(kind: Any, values: np.ndarray) -> np.ndarray:
    """Orthonormal basis [number, tangent] of the directions in which a configuration without batch can move."""
    if not is_joint(kind):
        return np.eye(values.size)
    vectors = np.asarray(values).reshape(kind.components, -1)
    n, sites = vectors.shape
    tangents = [_of_matrix(kind.group, own) if is_square(kind) else _of_vector(own) for own in vectors.T]
    basis = np.zeros((n, sites, tangents[0].shape[1], sites))
    for site, own in enumerate(tangents):
        basis[:, site, :, site] = own
    return basis.reshape(n * sites, -1)


def _of_vector(vector: np.ndarray) -> np.ndarray:
    """[n, n - 1], at right angles to a unit vector."""
    return np.linalg.svd(vector[None])[2][1:].T


def _of_matrix(group: Any, values: np.ndarray) -> np.ndarray:
    """i H_a U [component, a], normalised."""
    re, im = values.reshape(2, group.n, group.n)
    directions = 2**0.5 * 1j * generators(group.n, isinstance(group, SU)) @ (re + 1j * im)
    return np.concatenate([directions.real, directions.imag], axis=1).reshape(len(directions), -1).T


def is_square(kind: Any) -> bool:
    """Whether values are n x n matrices."""
    return isinstance(kind, Links) and kind.group not in (U1(), SU(2))


def is_joint(kind: Any) -> bool:
    """Whether the components of a site move together."""
    return isinstance(kind, Sphere) or (isinstance(kind, Links) and not kind.is_angle)
