"""Quadrature on lines, planes and half-lines: nodes [point, component] and weights [point] for Lebesgue measure."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Grid:
    """`points` [point, component], `weights` [point]."""

    points: np.ndarray
    weights: np.ndarray


def line(radius: float, n: int) -> Grid:
    """Gauss-Legendre on [-radius, radius]."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return Grid(radius * nodes[:, None], radius * weights)


def product(first: Grid, second: Grid) -> Grid:
    """All pairs, components side by side."""
    a, b = np.meshgrid(np.arange(len(first.weights)), np.arange(len(second.weights)), indexing="ij")
    points = np.concatenate([first.points[a.ravel()], second.points[b.ravel()]], axis=1)
    return Grid(points, first.weights[a.ravel()] * second.weights[b.ravel()])


def half_line(radius: float, n: int, dimension: int) -> Grid:
    """Gauss-Legendre on [0, radius] with weight r^(dimension - 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    r = 0.5 * radius * (nodes + 1)
    return Grid(r[:, None], 0.5 * radius * weights * r ** (dimension - 1))
