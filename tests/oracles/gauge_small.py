"""Gauge theories of U(1) on small tori by their dual integers: what characters alone do not solve.

exp(b cos a) = sum_n I_n(b) exp(i n a) for each loop; the integral over a link leaves the n whose sum around it vanishes.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from scipy.special import ive, ivp

from oracles.grids import fitted_half_line


def bessel(order: np.ndarray | int, x: np.ndarray | float) -> np.ndarray:
    """I_order(x)."""
    return ive(order, x) * np.exp(np.abs(x))


# ---------------------------------------------------------------- plaquettes and 2x1 loops on two axes


@dataclass(frozen=True)
class Numbers:
    """Per plaquette and per 2x1 loop <cos>, and log Z for the normalised Haar measure."""

    plaquette: float
    rectangle: float
    log_z: float


@cache
def rectangles_u1(length: int, b0: float, b1: float, most: int = 3, winding: int = 2) -> Numbers:
    """S = -b0 sum cos P - b1 sum cos R on a torus of `length` x 4.

    On two axes the plaquettes a are independent but for sum a = 0 (2 pi), R is a sum of two neighbours: a spin model,
    with exp(i m sum a) summed over m for the condition. Integers k, q on its bonds, |k| <= `most`, diagonalise it.
    """
    if length % 2:
        raise ValueError("the length must be even")
    totals = np.zeros(4)
    for m in range(winding + 1):  # m and -m give the same
        rows = [_row(b0, b1, m, most, *kinds) for kinds in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))]
        half = np.linalg.matrix_power(rows[0], length // 2 - 1)
        rest = half @ rows[0] @ half
        totals += (2 if m else 1) * np.array([np.sum(row * rest.T) for row in rows])
    z, plaquette, beside, above = totals
    return Numbers(plaquette / z, (beside + above) / (2 * z), float(np.log(z)))


def _row(b0: float, b1: float, m: int, most: int, site: int, beside: int, above: int) -> np.ndarray:
    """Transfer over four sites from bonds k to k'; 1 differentiates the weight of one site, or of a bond of the row, or of
    one between rows."""
    modes = np.arange(-most, most + 1)
    total = modes[:, None, None, None] + modes[:, None, None] + modes[:, None] + modes + m  # k, k', q, q'

    def local(order: int) -> np.ndarray:
        return ivp(total, b0, order)

    def bond(order: int) -> np.ndarray:
        return ivp(modes, b1, order)

    def half(first: bool) -> np.ndarray:
        """Two sites: [k1 k2, k1' k2', q, q'']; each carries the bond to its right and the one above."""
        marks = (site, beside, above) if first else (0, 0, 0)
        left = local(marks[0]) * bond(marks[1]) * bond(marks[2])[:, None, None]
        right = local(0) * bond(0) * bond(0)[:, None, None]
        return np.einsum("abij,cdjk->acbdik", left, right)

    size = len(modes)
    one, two = half(True).reshape(size**4, size, size), half(False).reshape(size**4, size, size)
    pairs = np.einsum("aik,bki->ab", one, two, optimize=True)
    grid = pairs.reshape([size**2] * 4)  # k1 k2, k1' k2', k3 k4, k3' k4'
    return grid.transpose(0, 2, 1, 3).reshape(size**4, size**4)


# ---------------------------------------------------------------- three axes


@cache
def cube_u1(beta_s: float, beta_t: float, most: int = 3) -> tuple[float, float]:
    """<cos P> in the plane (1, 2), of coupling `beta_s`, and in those of axis 0, of coupling `beta_t`, on 2 x 2 x 2.

    The integers of the plaquettes are differences of heights on the cubes, and steps around the torus.
    """
    modes = np.arange(-most, most + 1)
    free = np.array(list(product(modes, repeat=7)))
    heights = np.concatenate([np.zeros((len(free), 1), int), free], axis=1).reshape(-1, 2, 2, 2)
    weight = np.ones(len(heights))
    slopes = []
    for axis, beta in enumerate((beta_s, beta_t, beta_t)):
        differences = np.roll(heights, -1, axis + 1) - heights
        border = np.zeros((2, 2, 2), int)
        border[(slice(None),) * axis + (1,)] = 1
        total, slope = np.zeros(len(heights)), np.zeros(len(heights))
        for steps in range(-2 * most, 2 * most + 1):
            found = np.abs(differences + steps * border).reshape(-1, 8)
            table = bessel(np.arange(found.max() + 1), beta)
            ratio = ivp(np.arange(found.max() + 1), beta) / table
            own = np.prod(table[found], axis=1)
            total += own
            slope += own * np.mean(ratio[found], axis=1)
        weight *= total
        slopes.append(slope / total)
    means = [float(np.sum(weight * slope) / np.sum(weight)) for slope in slopes]
    return means[0], (means[1] + means[2]) / 2


# ---------------------------------------------------------------- with a charged scalar


@dataclass(frozen=True)
class Higgs:
    """<cos P>, <|phi|^2> and <re phi^* U phi>."""

    plaquette: float
    phi2: float
    hop: float


@cache
def higgs(beta: float, kappa: float, coupling: float, length: int = 8, points: int = 9, most: int = 3) -> Higgs:
    """S = -beta sum cos P - 2 kappa sum re(phi^* U phi) + sum |phi|^2 + coupling (|phi|^2 - 1)^2 on `length` x 2.

    A link carries the difference of the integers of its two plaquettes; radii stay, on a Gauss grid.
    """
    _, plaquette, phi2 = _higgs(beta, kappa, coupling, length, points, most)
    step = 1e-3
    ends = [_higgs(beta, kappa + sign * step, coupling, length, points, most)[0] for sign in (-1, 1)]
    return Higgs(plaquette, phi2, (ends[1] - ends[0]) / (2 * step) / (2 * 2 * 2 * length))


def _higgs(beta: float, kappa: float, coupling: float, length: int, points: int, most: int) -> tuple[float, ...]:
    """log Z up to a constant, <cos P>, <|phi|^2>; a state is (n0, n1, r0, r1) of a column of two plaquettes and sites."""

    def potential(r: np.ndarray) -> np.ndarray:
        return r**2 + coupling * (r**2 - 1) ** 2

    grid = fitted_half_line(potential, 3.5, points, 2)
    radius = grid.points[:, 0]
    n = np.arange(-most, most + 1)
    size, r = len(n), len(radius)
    local = bessel(n, beta)
    gap = np.abs(n[:, None] - n)
    along = bessel(np.arange(2 * most + 1)[:, None, None], 2 * kappa * radius[:, None] * radius)  # k, r, r'
    onsite = grid.weights * np.exp(-potential(radius))
    hop = along[gap]  # n0, n1, r, r'
    states = size**2 * r**2
    columns = np.eye(states).reshape(size, size, r, r, states)
    logs = 0.0
    for _ in range(length // 2):
        columns = columns * (local[:, None] * local)[:, :, None, None, None]
        columns = np.einsum("nmac,nmabz->nmcbz", hop, columns, optimize=True)
        columns = np.einsum("nmbd,nmcbz->nmcdz", hop, columns, optimize=True)
        columns = columns * (onsite[:, None] * onsite)[:, :, None]
        columns = np.einsum("npcd,nmcdz->pmcdz", hop, columns, optimize=True)
        columns = np.einsum("mqcd,pmcdz->pqcdz", hop, columns, optimize=True)
        logs += 2 * float(np.log(columns.max()))
        columns /= columns.max()
    half = columns.reshape(states, states)
    diagonal = np.einsum("ij,ji->i", half, half).reshape(size, size, r, r)
    z = diagonal.sum()
    ratio = ivp(n, beta) / local
    plaquette = np.einsum("nmab,n->", diagonal, ratio) / z
    phi2 = np.einsum("nmab,a->", diagonal, radius**2) / z
    return float(np.log(z)) + logs, float(plaquette), float(phi2)
