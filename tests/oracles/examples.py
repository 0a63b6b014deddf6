"""Exact expectation values of the example theories, by name of the example and of its observables."""

from functools import cache

import numpy as np

from oracles.free import FreeField, laplacian
from oracles.grids import fitted_half_line, fitted_line, product
from oracles.hopping import HoppingRing
from oracles.rings import Ring
from oracles.strips import Strip
from oracles.vectors import VectorRing

Numbers = dict[str, float]


def chain() -> Ring:
    return Ring(lambda f: -(f[0] ** 2) + f[0] ** 4, fitted_line(lambda f: f**2 + f**4, 3.5, 24), 16)


def vector_chain() -> VectorRing:
    grid = fitted_half_line(lambda r: r**2 + r**4, 3.2, 20, 3)
    return VectorRing(3, lambda r: r**2 + r**4, grid, 16)


CORRELATORS = {
    "anharmonic_chain": lambda: chain().correlator(lambda f: f[0]),
    "on_model": lambda: vector_chain().correlator(),
}
"""<phi(0).phi(t)>."""


@cache
def anharmonic_chain() -> Numbers:
    ring = chain()
    correlator = ring.correlator(lambda f: f[0])
    return {
        "log Z": ring.log_z,
        "phi2": ring.mean(lambda f: f[0] ** 2),
        "phi4": ring.mean(lambda f: f[0] ** 4),
        "nn": float(correlator[1]),
        "chi2": float(correlator.sum()),
        "gap": ring.gap,
    }


@cache
def free_field_3d() -> Numbers:
    field = FreeField((6, 6, 6), laplacian(3, 0.5))
    return {"log Z": field.log_z, "phi2": field.phi2, "nn": field.two_point((1, 0, 0)), "chi2": 1.0}


@cache
def on_model() -> Numbers:
    ring = vector_chain()
    correlator = ring.correlator()
    return {
        "log Z": ring.log_z,
        "phi2": ring.mean(lambda r: r**2),
        "phi4": ring.mean(lambda r: r**4),
        "nn": float(correlator[1]),
        "chi": float(correlator.sum()),
        "gap": ring.gap,
    }


@cache
def complex_nnn() -> Numbers:
    def potential(r: np.ndarray) -> np.ndarray:
        return r**2 + (r**2 - 1) ** 2

    def ring(far: float) -> HoppingRing:
        return HoppingRing(potential, fitted_half_line(potential, 3.0, 5, 2), 8, 8, (0.6, far))

    middle, step = ring(-0.25), 1e-3
    return {
        "log Z": middle.log_z,
        "phi2": middle.mean(lambda r, s, angle: r**2),
        "phi4": middle.mean(lambda r, s, angle: r**4),
        "nn": middle.mean(lambda r, s, angle: r * s * np.cos(angle)),
        # d log Z / d kappa_2 = 2 N Re <phi* phi_2>
        "nnn": (ring(-0.25 + step).log_z - ring(-0.25 - step).log_z) / (2 * step) / 16,
    }


@cache
def phi6_anisotropic() -> Numbers:
    def potential(f: np.ndarray) -> np.ndarray:
        return f**2 - 2 * f**4 + 1.5 * f**6

    grid = fitted_line(lambda f: potential(f) + 2 * f**2, 2.2, 5)
    strip = Strip(potential, grid, 6, 6, (1.0, 0.5), states=30)
    return {
        "log Z": strip.log_z,
        "phi2": strip.mean(lambda row: np.mean(row**2, axis=0)),
        "phi4": strip.mean(lambda row: np.mean(row**4, axis=0)),
        "nn0": float(strip.correlator(lambda row: row[0])[1]),
        "nn1": strip.mean(lambda row: row[0] * row[1]),
        "chi2": strip.susceptibility,
    }


@cache
def sine_gordon() -> Numbers:
    def potential(f: np.ndarray) -> np.ndarray:
        return 0.2 * f**2 + 1 - np.cos(2.5 * f)

    strip = Strip(potential, fitted_line(lambda f: potential(f) + 2 * f**2, 6.0, 6), 6, 6, (0.5, 0.5), states=12)
    return {
        "log Z": strip.log_z,
        "phi2": strip.mean(lambda row: np.mean(row**2, axis=0)),
        "kink": strip.mean(lambda row: np.mean(np.cos(2.5 * row), axis=0)),
        "nn": strip.mean(lambda row: row[0] * row[1]),
        "chi2": strip.susceptibility,
    }


@cache
def two_fields() -> Numbers:
    line = fitted_line(lambda f: f**2 + f**4, 3.0, 14)

    def potential(f: np.ndarray) -> np.ndarray:
        phi, chi = f
        return -0.5 * phi**2 + chi**2 + phi**4 + chi**4 + 0.8 * phi**2 * chi**2 - 0.6 * phi * chi

    ring = Ring(potential, product(line, line), 16)
    return {
        "log Z": ring.log_z,
        "phi2": ring.mean(lambda f: f[0] ** 2),
        "chi2": ring.mean(lambda f: f[1] ** 2),
        "mixing": ring.mean(lambda f: f[0] * f[1]),
        "portal": ring.mean(lambda f: f[0] ** 2 * f[1] ** 2),
    }


def phi4_tutorial() -> Numbers:
    """By tensor renormalisation (L = 8, lambda = 8), all digits converged."""
    return {"log Z": 9.29136385, "phi2": 0.14345018, "phi4": 0.04231680, "nn": 0.04426721, "chi2": 0.74413434}


def minimal() -> Numbers:
    """The same theory with the names of the standard observables."""
    table = phi4_tutorial()
    return {"log Z": table["log Z"], "phi2": table["phi2"], "phi4": table["phi4"], "chi_phi": table["chi2"]}


def phi4() -> Numbers:
    """E1 of arXiv:1904.12072, by tensor renormalisation."""
    return {"log Z": 6.9849479, "phi2": 0.16138658, "phi4": 0.05257284, "nn": 0.05834777, "chi2": 1.0630699}


EXAMPLES = {
    "anharmonic_chain": anharmonic_chain,
    "complex_nnn": complex_nnn,
    "free_field_3d": free_field_3d,
    "minimal": minimal,
    "on_model": on_model,
    "phi4": phi4,
    "phi4_tutorial": phi4_tutorial,
    "phi6_anisotropic": phi6_anisotropic,
    "sine_gordon": sine_gordon,
    "two_fields": two_fields,
}
