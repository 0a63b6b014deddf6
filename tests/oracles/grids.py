"""Quadrature: nodes [point, component] and weights [point] for Lebesgue measure, fitted to the weight of one site."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

FINE = 400


@dataclass(frozen=True)
class Grid:
    """`points` [point, component], `weights` [point]."""

    points: np.ndarray
    weights: np.ndarray


def line(radius: float, n: int) -> Grid:
    """Gauss-Legendre on [-radius, radius]."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return Grid(radius * nodes[:, None], radius * weights)


def fitted_line(potential: Callable[[np.ndarray], np.ndarray], radius: float, n: int) -> Grid:
    """Gauss rule of n points for the weight exp(-V), given back as weights for Lebesgue measure."""
    fine = line(radius, FINE)
    return _gauss(fine.points[:, 0], fine.weights, potential, n)


def fitted_half_line(potential: Callable[[np.ndarray], np.ndarray], radius: float, n: int, dimension: int) -> Grid:
    """The same on r > 0 for r^(dimension - 1) exp(-V(r)); weights for r^(dimension - 1) dr."""
    nodes, weights = np.polynomial.legendre.leggauss(FINE)
    r = 0.5 * radius * (nodes + 1)
    return _gauss(r, 0.5 * radius * weights * r ** (dimension - 1), potential, n)


def product(first: Grid, second: Grid) -> Grid:
    """All pairs, components side by side."""
    a, b = np.meshgrid(np.arange(len(first.weights)), np.arange(len(second.weights)), indexing="ij")
    points = np.concatenate([first.points[a.ravel()], second.points[b.ravel()]], axis=1)
    return Grid(points, first.weights[a.ravel()] * second.weights[b.ravel()])


def _gauss(nodes: np.ndarray, weights: np.ndarray, potential: Callable[[np.ndarray], np.ndarray], n: int) -> Grid:
    """Golub and Welsch with the recurrence of a discrete measure, by Lanczos with full orthogonalisation."""
    values = potential(nodes)
    measure = weights * np.exp(-(values - values.min()))
    basis = np.zeros((n, len(nodes)))
    diagonal, off = np.zeros(n), np.zeros(n - 1)
    vector = np.sqrt(measure / measure.sum())
    for k in range(n):
        basis[k] = vector
        moved = nodes * vector
        diagonal[k] = vector @ moved
        for _ in range(2):
            moved = moved - basis[: k + 1].T @ (basis[: k + 1] @ moved)
        if k < n - 1:
            off[k] = np.linalg.norm(moved)
            vector = moved / off[k]
    points, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
    share = measure.sum() * vectors[0] ** 2
    return Grid(points[:, None], share * np.exp(potential(points) - values.min()))
