"""The exact numbers of gauge theories against known ones and against each other."""

import numpy as np
import pytest
from oracles.gauge import (
    Torus,
    catalan,
    dimension,
    mixed_su2,
    one_link_su2,
    one_link_u1,
    su2_torus,
    su2_trace_moment,
    u1_charge2,
    wilson_torus,
)

U1 = [  # L, beta, <cos P>, <Q^2>, log Z
    (8, 2, 0.697774658010, 1.23929891072, 52.73558665510),
    (16, 1, 0.446389965896, 10.4028764428, 60.39407577783),
    (16, 2, 0.697774657964, 4.95719568076, 210.9423466196),
    (16, 3, 0.809985293956, 2.83156471975, 405.8387511842),
    (16, 4, 0.863522611024, 1.93387854218, 620.7930356519),
    (16, 5, 0.893383137044, 1.47348665951, 845.9985346105),
    (16, 6, 0.912359304355, 1.19470144824, 1077.295392019),
    (16, 7, 0.925532210854, 1.00641415786, 1312.638186266),
]
SU = [  # N, beta, P at L = 4, P at L = 16, W(1x2), W(2x2), log Z at L = 16
    (2, 2.2, 0.46448054973, 0.464479025270, 0.2157407649, 0.04654407764, 141.8072483125),
    (3, 5.0, 0.35395446137, 0.353954436705, 0.1252837432, 0.01569601632, 216.8465421863),
    (3, 6.0, 0.42253205663, 0.422531739649, 0.1785330710, 0.03187405744, 316.3878634488),
]


@pytest.mark.parametrize(("extent", "beta", "plaquette", "charge2", "log_z"), U1)
def test_u1(extent: int, beta: float, plaquette: float, charge2: float, log_z: float) -> None:
    torus = wilson_torus(1, False, beta, extent**2)
    assert torus.wilson(1) == pytest.approx(plaquette, abs=1e-11)
    assert u1_charge2(beta, extent**2) == pytest.approx(charge2, rel=1e-10)
    assert torus.log_z == pytest.approx(log_z, rel=1e-11)


@pytest.mark.parametrize(("n", "beta", "small", "plaquette", "pair", "square", "log_z"), SU)
def test_su_n(n: int, beta: float, small: float, plaquette: float, pair: float, square: float, log_z: float) -> None:
    torus = wilson_torus(n, True, beta, 256)
    assert [torus.wilson(area) for area in (1, 2, 4)] == pytest.approx([plaquette, pair, square], abs=2e-10)
    assert torus.log_z == pytest.approx(log_z, rel=1e-10)
    assert wilson_torus(n, True, beta, 16).wilson(1) == pytest.approx(small, abs=1e-10)


@pytest.mark.parametrize(("n", "special"), [(2, True), (3, True), (2, False)])
def test_plaquette_is_the_derivative_of_log_z(n: int, special: bool) -> None:
    def torus(step: float) -> Torus:
        return wilson_torus(n, special, 2.0 + step, 16, rows=16)

    assert su2_trace_moment(torus) == pytest.approx(torus(0.0).wilson(1), abs=1e-9)


def test_quadrature_agrees_with_bessel_functions() -> None:
    direct, expanded = su2_torus(lambda trace: 1.1 * trace, 64), wilson_torus(2, True, 2.2, 64)
    assert direct.log_z == pytest.approx(expanded.log_z, rel=1e-12)
    assert direct.wilson(3) == pytest.approx(expanded.wilson(3), rel=1e-11)


def test_mixed_action_is_the_derivative_of_log_z() -> None:
    torus = mixed_su2(1.5, 0.8, 64)
    found = su2_trace_moment(lambda step: mixed_su2(1.5 + step, 0.8, 64))
    assert found == pytest.approx(torus.wilson(1), abs=1e-9)
    assert mixed_su2(2.2, 0.0, 64).wilson(1) == pytest.approx(wilson_torus(2, True, 2.2, 64).wilson(1), rel=1e-11)


def test_dimensions() -> None:
    assert [dimension(w) for w in [(1, 0), (3, 0), (1, 0, 0), (1, 1, 0), (2, 1, 0), (2, 0, 0), (3, 0, 0)]] == [
        *(2, 4, 3, 3, 8, 6, 10)
    ]


def test_one_link() -> None:
    angle = np.linspace(-np.pi, np.pi, 2000, endpoint=False)
    assert one_link_u1(2.0) == pytest.approx(np.average(np.cos(angle), weights=np.exp(2 * np.cos(angle))), abs=1e-12)
    half = np.linspace(0, np.pi, 20001)
    weights = np.sin(half) ** 2 * np.exp(2.2 * np.cos(half))
    assert one_link_su2(2.2) == pytest.approx(np.average(np.cos(half), weights=weights), abs=1e-9)
    plain = np.sin(half) ** 2
    assert [np.average((2 * np.cos(half)) ** (2 * k), weights=plain) for k in (1, 2, 3)] == pytest.approx(
        [catalan(k) for k in (1, 2, 3)], abs=1e-9
    )
