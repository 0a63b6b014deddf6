"""Topological charge and smearing: exact values on constant fields, gauge invariance, order of the Runge-Kutta rule."""

import jax
import numpy as np
import pytest
from runtime.groups_registry import GROUPS
from runtime.test_groups import close

from lqdsl.runtime import random
from lqdsl.runtime.gauge import Stout, WilsonFlow, path, topological_charge
from lqdsl.runtime.kinds import Links
from lqdsl.runtime.lattice import Lattice

WORDS = random.key_words(jax.random.key(8))
TORUS = Lattice((6, 6, 4, 4))


def flux(extents: tuple[int, int], quanta: int) -> tuple[np.ndarray, np.ndarray]:
    """Angles [x0, x1] of two directions with the same plaquette 2 pi quanta / (L0 L1) everywhere."""
    first, second = np.indices(extents)
    angle = 2 * np.pi * quanta / (extents[0] * extents[1])
    twist = np.where(first == extents[0] - 1, -angle * extents[0] * second, 0.0)
    return twist, angle * first


def fluxes(name: str, lattice: Lattice, quanta: tuple[int, ...]) -> list:
    """Links in the first Cartan direction with constant flux in the planes (0, 1), (2, 3), [x..., 1]."""
    angles = []
    for plane, number in enumerate(quanta):
        extents = lattice.extents[2 * plane : 2 * plane + 2]
        shape = [extents[axis % 2] if axis // 2 == plane else 1 for axis in range(lattice.ndim)]
        angles += [np.broadcast_to(a.reshape(shape), lattice.extents)[..., None] for a in flux(extents, number)]
    group = GROUPS[name]
    if name == "U(1)":
        return [group.element((angle,)) for angle in angles]
    algebra = [np.stack([2 * angle * (a == 2) for a in range(group.dimension)]) for angle in angles]
    return [group.exponential(p) for p in algebra]


def transformed(lattice: Lattice, links: list) -> list:
    """Omega(x) U_mu(x) Omega(x + mu)^dagger with Haar Omega."""
    omega = links[0].group.haar(WORDS, (*lattice.extents, 1), "float64")
    steps = np.eye(lattice.ndim, dtype=int)
    return [omega @ u @ lattice.shift(omega, tuple(map(int, step))).H for u, step in zip(links, steps, strict=True)]


@pytest.mark.parametrize("quanta", [1, -2])
@pytest.mark.parametrize("name", ["U(1)"])
def test_charge_on_two_axes_is_the_number_of_quanta(name: str, quanta: int) -> None:
    lattice = Lattice((4, 5))
    links = fluxes(name, lattice, (quanta,))
    assert close(topological_charge(lattice, links), quanta)
    assert close(topological_charge(lattice, transformed(lattice, links)), quanta)


@pytest.mark.parametrize("name", ["U(1)", "SU(2)", pytest.param("SU(3)", marks=pytest.mark.slow)])
def test_charge_on_four_axes(name: str) -> None:
    """Fluxes m, n in the planes (0, 1), (2, 3) have Q = 2 m n for SU(n), m n for U(1); clover leaves put
    sin(angle) / angle for each plane. Gauge invariant."""
    m, n = 1, -1
    links = fluxes(name, TORUS, (m, n))
    angles = np.array([2 * np.pi * m / 36, 2 * np.pi * n / 16])
    exact = (1 if name == "U(1)" else 2) * m * n * np.prod(np.sin(angles) / angles)
    charge = jax.jit(lambda links: topological_charge(TORUS, links))
    assert close(charge(links), exact)
    assert close(charge(transformed(TORUS, links)), exact, 1e-12)


@pytest.mark.parametrize("smearing", [Stout(0.1, 3), pytest.param(WilsonFlow(0.3, 0.1), marks=pytest.mark.slow)])
def test_smearing_brings_a_noisy_charge_back(smearing) -> None:
    """Constant flux of charge -2 and noise: smearing restores the charge of the smooth links to 2%, Haar rotated or not."""
    smooth = fluxes("SU(2)", TORUS, (1, -1))
    group = GROUPS["SU(2)"]
    noise = random.normal(WORDS, (4, 3, *TORUS.extents, 1), "float64")
    noisy = [group.exponential(0.25 * p) @ link for p, link in zip(noise, smooth, strict=True)]
    charge = jax.jit(
        lambda links, smeared: topological_charge(TORUS, links, smearing if smeared else None), static_argnums=1
    )
    exact, found = charge(smooth, False), charge(noisy, True)
    assert abs(found / exact - 1) < 0.02 < abs(charge(noisy, False) / exact - 1)
    assert close(charge(transformed(TORUS, noisy), True), found, 1e-10)


@pytest.mark.slow
def test_flow_is_of_third_order_and_stout_its_first() -> None:
    """Halving the step divides the error of the flow by 8; one stout step of small rho is a step of the flow."""
    lattice = Lattice((4, 4))
    kind = Links(GROUPS["SU(2)"], 2)
    links = kind.links(kind.random(WORDS, lattice, 1, "float64", True))

    @jax.jit
    def plaquettes(links):
        return path(lattice, links, (1, 2, -1, -2)).re_tr()

    def flowed(steps: int):
        return plaquettes(WilsonFlow(0.4, 0.4 / steps)(lattice, links))

    exact = flowed(64)
    errors = [np.max(np.abs(flowed(steps) - exact)) for steps in (4, 8)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(3, abs=0.4)
    small = plaquettes(Stout(1e-4, 1)(lattice, links)), plaquettes(WilsonFlow(1e-4, 1e-4)(lattice, links))
    assert close(*small, 1e-6) and not close(small[0], plaquettes(links), 1e-5)
    assert np.all(exact > plaquettes(links).min())
