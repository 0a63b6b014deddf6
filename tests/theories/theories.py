"""Theories of many shapes with their actions written out in numpy, one function of the field arrays each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Action = Callable[..., float]


@dataclass(frozen=True)
class Case:
    """`action` takes the arrays [component, x...] of the fields in order."""

    text: str
    action: Action


def shifted(values: np.ndarray, axis: int, steps: int = 1, sign: int = 1) -> np.ndarray:
    """values(x + steps e_axis); `sign` -1 where the axis is antiperiodic."""
    extent = values.shape[axis]
    windings = np.floor_divide(np.arange(extent) + steps, extent)
    shape = [1] * values.ndim
    shape[axis] = extent
    return np.roll(values, -steps, axis) * np.where(windings % 2, float(sign), 1.0).reshape(shape)


def site(f: np.ndarray, *steps: int) -> np.ndarray:
    """f(x + steps), periodic."""
    for axis, count in enumerate(steps):
        f = shifted(f, axis, count)
    return f


def gradients(f: np.ndarray, axes: int) -> float:
    """Sum over x and the first `axes` axes of (f(x + mu) - f(x))^2."""
    return sum(float(np.sum((shifted(f, axis) - f) ** 2)) for axis in range(axes))


def _laplacian(f: np.ndarray) -> np.ndarray:
    return site(f, 1, 0) + site(f, -1, 0) + site(f, 0, 1) + site(f, 0, -1) - 4 * f


def _complex_potential(z: np.ndarray) -> float:
    near = (z * np.roll(z, -1)).imag
    return np.sum(
        abs(z) ** 4 + abs(z) + (z**3).real + near + (1 / (z + 2j)).real + np.exp(1j * z).real * np.exp(-(abs(z) ** 2))
    )


REAL = "lattice [4, 3]\nfield phi : real\n"
CHAIN = "lattice [4]\nfield phi : real\n"
COMPLEX = "lattice [4]\nfield phi : complex\n"
VECTOR = "lattice [4]\nfield v : vector(3)\n"

CASES: dict[str, Case] = {
    "four dimensions": Case(
        "lattice [3, 2, 2, 4]\nfield phi : real\n"
        "action = sum[x]( sum[mu]( (phi(x + mu) - phi(x))^2 ) + 0.3*phi(x)^2 + phi(x)^4 )",
        lambda f: gradients(f, 4) + np.sum(0.3 * f**2 + f**4),
    ),
    "one site": Case(
        "lattice [1]\nfield phi : real\n"
        "action = sum[x]( sum[mu]( (phi(x + mu) - phi(x))^2 ) - 4*phi(x)^2 + 8*phi(x)^4 )",
        lambda f: np.sum(-4 * f**2 + 8 * f**4),
    ),
    "one site, antiperiodic": Case(
        "lattice [1, 1]\nboundary antiperiodic in 0\nfield phi : real\n"
        "action = sum[x]( sum[mu]( (phi(x + mu) - phi(x))^2 ) + phi(x)^4 )",
        lambda f: np.sum(4 * f**2 + f**4),
    ),
    "two sites, two bonds": Case(
        "lattice [2]\nfield phi : real\naction = sum[x]( sum[mu]( (phi(x + mu) - phi(x))^2 ) + phi(x)^2 )",
        lambda f: 2 * (f[0] - f[1]) ** 2 + np.sum(f**2),
    ),
    "antiperiodic in both": Case(
        "lattice [2, 3]\nboundary antiperiodic\nfield phi : real\n"
        "action = sum[x]( phi(x) * sum[mu]( 2*phi(x) - phi(x + mu) - phi(x - mu) ) + phi(x)^2 )",
        lambda f: (
            sum(np.sum(f * (2 * f - shifted(f, m, 1, -1) - shifted(f, m, -1, -1))) for m in (0, 1)) + np.sum(f**2)
        ),
    ),
    "offsets that wind around": Case(
        "lattice [3, 5]\nboundary antiperiodic in 1\nfield phi : real\n"
        "action = sum[x]( 2*phi(x)^4 + phi(x)^3 * phi(x - 4*e[0] + 8*e[1]) + phi(x)^2 )",
        lambda f: np.sum(2 * f**4 + f**3 * shifted(shifted(f, 0, -4), 1, 8, -1) + f**2),
    ),
    "diagonal hopping": Case(
        REAL + "param k = 0.2\n"
        "action = sum[x]( phi(x)^2 - k * sum[mu < nu]( phi(x) * phi(x + mu + nu) + phi(x) * phi(x + mu - nu) ) )",
        lambda f: np.sum(f**2 - 0.2 * f * (site(f, 1, 1) + site(f, 1, -1))),
    ),
    "direction conditions": Case(
        REAL
        + "action = sum[x]( 3*phi(x)^2 ) + sum[x, mu != nu]( phi(x + mu) * phi(x + nu) ) + sum[x, mu == 1]( phi(x + mu)^4 )",
        lambda f: np.sum(3 * f**2 + 2 * site(f, 1, 0) * site(f, 0, 1) + f**4),
    ),
    "steps of all kinds": Case(
        REAL + "action = sum[x]( 9*phi(x)^2 ) + sum[x, mu, nu]( phi(x) * phi(-mu + x - 2*nu) )",
        lambda f: np.sum(9 * f**2 + f * (site(f, -3, 0) + site(f, -1, -2) + site(f, -2, -1) + site(f, 0, -3))),
    ),
    "long range": Case(
        "lattice [8]\nfield phi : real\nindex r = 1..4\n"
        "action = sum[x]( 3*phi(x)^2 - sum[r]( phi(x) * phi(x + r*e[0]) / r^2 ) )",
        lambda f: np.sum(3 * f**2 - sum(f * site(f, r) / r**2 for r in range(1, 5))),
    ),
    "all pairs": Case(
        REAL + "action = sum[x]( phi(x)^2 + phi(x)^4 ) + 0.5/volume * sum[x, y]( phi(x) * phi(y) )",
        lambda f: np.sum(f**2 + f**4) + 0.5 / 12 * np.sum(f) ** 2,
    ),
    "differences of all pairs": Case(
        REAL + "action = sum[x]( phi(x)^4 + phi(x)^2 ) + 1/volume * sum[x, y]( (phi(x) - phi(y))^2 )",
        lambda f: np.sum(f**4 + f**2) + 2 * (np.sum(f**2) - np.sum(f) ** 2 / 12),
    ),
    "cosines of all pairs": Case(
        REAL + "action = sum[x]( phi(x)^2 ) - sum[x, y]( cos(phi(x) - phi(y)) ) / volume",
        lambda f: np.sum(f**2) - (np.sum(np.cos(f)) ** 2 + np.sum(np.sin(f)) ** 2) / 12,
    ),
    "a sum inside a sum": Case(
        REAL + "action = sum[x]( phi(x)^2 + phi(x) * sum[y]( phi(y) ) / volume )",
        lambda f: np.sum(f**2) + np.sum(f) ** 2 / 12,
    ),
    "functions of sums": Case(
        REAL + "action = sum[x]( phi(x)^2 ) + log(1 + (sum[x]( phi(x) ))^2) + exp(-(sum[x]( phi(x)^2 )) / volume)",
        lambda f: np.sum(f**2) + np.log(1 + np.sum(f) ** 2) + np.exp(-np.sum(f**2) / 12),
    ),
    "directions outside the site sum": Case(
        REAL + "param kappa = [0.2, 0.3]\n"
        "action = sum[x]( phi(x)^2 + phi(x)^4 ) + sum[mu]( kappa[mu] * (sum[x]( phi(x) * phi(x + mu) ))^2 ) / volume",
        lambda f: (
            np.sum(f**2 + f**4) + (0.2 * np.sum(f * site(f, 1, 0)) ** 2 + 0.3 * np.sum(f * site(f, 0, 1)) ** 2) / 12
        ),
    ),
    "real functions": Case(
        CHAIN + "action = sum[x]( phi(x)^2 + tanh(phi(x) * phi(x + e[0])) + log(1 + phi(x)^2) + sqrt(1 + phi(x)^2)"
        " + exp(-phi(x)^2) + |phi(x)|^3 + cosh(phi(x)/3) + atan(phi(x)) + asinh(phi(x)) + (1 + phi(x)^2)^1.5"
        " + 1/(2 + phi(x)^2) )",
        lambda f: np.sum(
            f**2
            + np.tanh(f * site(f, 1))
            + np.log(1 + f**2)
            + np.sqrt(1 + f**2)
            + np.exp(-(f**2))
            + abs(f) ** 3
            + np.cosh(f / 3)
            + np.arctan(f)
            + np.arcsinh(f)
            + (1 + f**2) ** 1.5
            + 1 / (2 + f**2)
        ),
    ),
    "numbers": Case(
        CHAIN
        + "action = sum[x]( pi*phi(x)^2 + cos(2*pi*phi(x))/pi^2 + sqrt(2)*phi(x)^4 + e^(-phi(x)^2) + 1e10/3*phi(x)^2 )",
        lambda f: np.sum(
            np.pi * f**2 + np.cos(2 * np.pi * f) / np.pi**2 + 2**0.5 * f**4 + np.exp(-(f**2)) + 1e10 / 3 * f**2
        ),
    ),
    "high powers": Case(
        CHAIN + "action = sum[x]( phi(x)^64 + (phi(x) + phi(x + e[0]))^10 )",
        lambda f: np.sum(f**64 + (f + site(f, 1)) ** 10),
    ),
    "signs": Case(
        REAL + "action = -sum[x]( -phi(x)^2 - (phi(x)^4 - phi(x) * phi(x + e[0]) - (-phi(x)^2)) ) + 7",
        lambda f: np.sum(2 * f**2 + f**4 - f * site(f, 1, 0)) + 7,
    ),
    "means and products": Case(
        REAL + "action = 12 * mean[x]( phi(x)^8 ) + mean[x, mu]( phi(x) * phi(x + mu) ) + sum[x]( phi(x)^2 )"
        " - 0.1 * sum[x]( prod[mu]( phi(x) * phi(x + mu) ) )",
        lambda f: (
            np.sum(f**8 + f**2 - 0.1 * f**2 * site(f, 1, 0) * site(f, 0, 1))
            + np.sum(f * (site(f, 1, 0) + site(f, 0, 1))) / 24
        ),
    ),
    "definitions": Case(
        REAL + "param m2 = 0.5\nlet K[mu](x) = (phi(x + mu) - phi(x))^2\nlet V(x) = m2 * phi(x)^2\nlet two = 2\n"
        "let lap(x) = sum[mu]( phi(x + mu) + phi(x - mu) - 2*phi(x) )\n"
        "action = sum[x, mu]( K[mu](x) + lap(x + mu) * lap(x) / 10 ) + two * sum[y]( V(y + e[0]) + V(y)^2 )",
        lambda f: (
            gradients(f, 2)
            + sum(np.sum(shifted(_laplacian(f), m) * _laplacian(f)) for m in (0, 1)) / 10
            + 2 * np.sum(0.5 * f**2 + 0.25 * f**4)
        ),
    ),
    "names that are bound in a definition": Case(
        REAL + "let g(x) = sum[mu]( phi(x + mu) )\n"
        "action = sum[x]( phi(x)^4 + phi(x)^2 + sum[mu]( g(x + mu) * phi(x) ) / 20 )",
        lambda f: np.sum(f**4 + f**2 + f * (site(f, 2, 0) + 2 * site(f, 1, 1) + site(f, 0, 2)) / 20),
    ),
    "tables": Case(
        REAL + "param kappa = [1.0, 0.5]\nparam g = [0.1, 0.2, 0.3]\nindex k = 0..2\n"
        "action = sum[x]( sum[mu]( kappa[mu] * (phi(x + mu) - phi(x))^2 ) + sum[k]( g[k] * phi(x)^(2*k + 2) ) )",
        lambda f: (
            np.sum((site(f, 1, 0) - f) ** 2 + 0.5 * (site(f, 0, 1) - f) ** 2)
            + np.sum(0.1 * f**2 + 0.2 * f**4 + 0.3 * f**6)
        ),
    ),
    "an index that begins below zero": Case(
        "index k = -2..1\nfield q[k] : real\nparam t = [0.1, 0.2, 0.3, 0.4]\n"
        "action = sum[k]( q[k]^2 * (1 + k^2 * t[k + 2]) ) + q[-2] * q[1]^3 / 9 + sum[k]( q[k]^4 ) + sum[k < j]( q[k] * q[j] ) / 10",
        lambda f: (
            np.sum(f**2 * [1.4, 1.2, 1.0, 1.4] + f**4) + f[0] * f[3] ** 3 / 9 + (np.sum(f) ** 2 - np.sum(f**2)) / 20
        ),
    ),
    "vector components": Case(
        VECTOR + "index a = 0..2\n"
        "action = sum[x]( sum[a]( v(x)[a]^4 ) + v(x)[0] * v(x + e[0])[2] + |v(x)|^2 + (v(x)^2 - 1)^2 )",
        lambda f: np.sum(f**4) + np.sum(f[0] * site(f[2], 1)) + np.sum(f**2) + np.sum((np.sum(f**2, axis=0) - 1) ** 2),
    ),
    "a vector of one component": Case(
        "lattice [4]\nfield v : vector(1)\naction = sum[x, mu]( |v(x + mu) - v(x)|^2 ) + sum[x]( |v(x)|^2 + v(x)^4 )",
        lambda f: gradients(f[0], 1) + np.sum(f**2 + f**4),
    ),
    "a complex field": Case(
        COMPLEX + "action = sum[x]( |phi(x)|^4 + |phi(x)| + re(phi(x)^3) + im(phi(x) * phi(x + e[0]))"
        " + re(1/(phi(x) + 2*i)) + re(exp(i*phi(x) - |phi(x)|^2)) )",
        lambda f: _complex_potential(f[0] + 1j * f[1]),
    ),
    "real in sum": Case(
        COMPLEX + "action = sum[x]( 3*|phi(x)|^2 + conj(phi(x)) * phi(x + e[0]) + conj(phi(x)) * phi(x - e[0]) )",
        lambda f: np.sum(3 * f**2 + 2 * f * np.roll(f, -1, axis=1)),
    ),
    "fields of three kinds": Case(
        "lattice [4]\nparam g = 0.3\nfield phi : real\nfield z : complex\nfield v : vector(2)\n"
        "action = sum[x]( phi(x)^4 + |z(x)|^4 + v(x)^4 + phi(x)^2 + g * phi(x) * re(z(x)) * v(x + e[0])[1] )",
        lambda f, z, v: np.sum(
            f**4 + np.sum(z**2, axis=0) ** 2 + np.sum(v**2, axis=0) ** 2 + f**2 + 0.3 * f * z[0] * shifted(v[1], 0)
        ),
    ),
}
