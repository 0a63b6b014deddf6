"""The exact numbers against each other, against known ones, and against finer quadrature."""

import numpy as np
import pytest
from oracles import onesite
from oracles.free import FreeField, laplacian
from oracles.grids import fitted_half_line, fitted_line, line, product
from oracles.hopping import HoppingRing
from oracles.rings import Ring
from oracles.strips import Strip
from oracles.vectors import VectorRing


def quartic(m2: float, coupling: float):  # type: ignore[no-untyped-def]
    return lambda f: m2 * f**2 + coupling * f**4


def test_anharmonic_ring_known_numbers() -> None:
    ring = Ring(lambda f: -(f[0] ** 2) + f[0] ** 4, line(3.2, 64), 16)
    found = (ring.log_z, ring.mean(lambda f: f[0] ** 2), ring.mean(lambda f: f[0] ** 4), ring.gap)
    assert found == pytest.approx((7.2526376954, 0.3448987441, 0.2564927909, 0.6540372846), abs=1e-10)


@pytest.mark.parametrize("points", [16, 24])
def test_fitted_quadrature_converges(points: int) -> None:
    coarse = Ring(lambda f: -(f[0] ** 2) + f[0] ** 4, fitted_line(quartic(1, 1), 3.5, points), 16)
    assert coarse.log_z == pytest.approx(7.2526376954, abs=1e-9)


def test_one_site_known_numbers() -> None:
    potential = quartic(-4, 8)
    found = [onesite.log_z(potential), *(onesite.mean(potential, lambda r, k=k: r**k) for k in (2, 4))]
    assert found == pytest.approx([0.7337486873, 0.2233662424, 0.0870915606], abs=1e-10)


def test_free_field_known_numbers() -> None:
    field = FreeField((8, 8), laplacian(2, 1.0))
    found = (field.phi2, field.two_point((1, 0)), field.susceptibility, field.log_z)
    assert found == pytest.approx((0.127086998845, 0.033858748556, 0.5, -11.622885257333), abs=1e-11)


@pytest.mark.parametrize("sign", [1, -1])
def test_ring_of_a_free_field(sign: int) -> None:
    ring = Ring(lambda f: f[0] ** 2, line(6, 64), 6, sign=sign)
    field = FreeField((6,), laplacian(1, 1.0), (sign,))
    assert ring.log_z == pytest.approx(field.log_z, abs=1e-10)
    found = ring.correlator(lambda f: f[0])[:4]
    assert found == pytest.approx([field.two_point((t,)) for t in range(4)], abs=1e-10)


@pytest.mark.parametrize(("length", "width"), [(5, 1), (6, 2), (5, 3), (4, 4)])
def test_strip_of_a_free_field(length: int, width: int) -> None:
    """Also for two sites across, which two bonds join, and one, which has none."""
    strip = Strip(lambda f: 2.0 * f**2, fitted_line(lambda f: 4 * f**2, 3.0, 10), length, width, (1.0, 0.6), states=40)
    field = FreeField((length, width), laplacian(2, 2.0, (1.0, 0.6)))
    row = strip.correlator(lambda rows: rows[0])
    assert strip.log_z == pytest.approx(field.log_z, abs=1e-6)
    assert strip.mean(lambda rows: np.mean(rows**2, axis=0)) == pytest.approx(field.phi2, rel=1e-6)
    assert row[1] == pytest.approx(field.two_point((1, 0)), rel=1e-5)
    assert strip.susceptibility == pytest.approx(field.susceptibility, rel=1e-5)


@pytest.mark.slow
def test_strip_of_e1() -> None:
    """6 x 6 of arXiv:1904.12072, as tensor renormalisation gives it; seven points a site."""
    potential = quartic(-4, 6.975)
    strip = Strip(potential, fitted_line(lambda f: 7 * f**4, 1.8, 7), 6, 6, states=12)
    assert strip.log_z == pytest.approx(6.9849479, abs=3e-6)
    assert strip.mean(lambda rows: np.mean(rows**2, axis=0)) == pytest.approx(0.16138658, abs=1e-6)
    assert 6 * strip.gap == pytest.approx(3.9409, abs=1e-4)


def test_vector_ring_against_two_real_fields() -> None:
    vector = VectorRing(2, quartic(1, 1), fitted_half_line(quartic(1, 1), 3.2, 20, 2), 16)
    grid = fitted_line(quartic(1, 1), 3.2, 18)
    plane = Ring(lambda f: -np.sum(f**2, axis=0) + np.sum(f**2, axis=0) ** 2, product(grid, grid), 16)
    assert vector.log_z == pytest.approx(plane.log_z, abs=1e-9)
    assert vector.gap == pytest.approx(plane.gap, abs=1e-9)
    assert vector.correlator() == pytest.approx(2 * plane.correlator(lambda f: f[0]), abs=1e-9)


@pytest.mark.parametrize("components", [2, 3])
def test_vector_ring_of_a_free_field(components: int) -> None:
    grid = fitted_half_line(lambda r: 3 * r**2, 3.5, 24, components)
    ring = VectorRing(components, lambda r: 3 * r**2, grid, 8)
    field = FreeField((8,), laplacian(1, 1.0), components=components)
    assert ring.log_z == pytest.approx(field.log_z, abs=1e-7)
    assert ring.mean(lambda r: r**4) == pytest.approx(field.phi4, abs=1e-7)
    assert ring.correlator()[:4] == pytest.approx([field.two_point((t,)) for t in range(4)], abs=1e-7)


def test_hopping_ring_of_a_free_field() -> None:
    ring = HoppingRing(lambda r: 3 * r**2, fitted_half_line(lambda r: 3 * r**2, 3.2, 6, 2), 10, 8, (0.6, -0.25))
    field = FreeField((8,), {(0,): 3.0, (1,): -1.2, (2,): 0.5}, components=2)
    assert ring.log_z == pytest.approx(field.log_z, abs=1e-7)
    assert ring.mean(lambda r, s, angle: r**2) == pytest.approx(field.phi2, rel=1e-6)
    assert ring.mean(lambda r, s, angle: r * s * np.cos(angle)) == pytest.approx(field.two_point((1,)), rel=1e-6)


def test_hopping_ring_against_vector_ring() -> None:
    hopping = HoppingRing(quartic(1, 1), fitted_half_line(quartic(1, 1), 3.0, 6, 2), 10, 8, (0.5, 0.0))
    vector = VectorRing(2, quartic(1, 1), fitted_half_line(quartic(1, 1), 3.0, 12, 2), 8, 0.5)
    assert hopping.log_z == pytest.approx(vector.log_z, abs=1e-7)
    assert hopping.mean(lambda r, s, angle: r * s * np.cos(angle)) == pytest.approx(vector.correlator()[1], rel=1e-6)
