"""Periodic chains of one or several real fields with nearest-neighbour coupling, by the transfer matrix on a grid.

S = sum_x [ V(f(x)) + W(f(x), f(x + 1)) ] with W symmetric; f(x) holds all field components at x.
T(f, f') = exp(-V(f)/2 - W(f, f') - V(f')/2), Z = Tr T^N.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oracles.grids import Grid

Local = Callable[[np.ndarray], np.ndarray]
"""Function of the field components f[component, ...] at one site."""
Bond = Callable[[np.ndarray, np.ndarray], np.ndarray]


def gradient_squared(f: np.ndarray, g: np.ndarray) -> np.ndarray:
    """sum_c (f_c - g_c)^2."""
    return np.sum((f - g) ** 2, axis=0)


@dataclass(frozen=True)
class Ring:
    """`extent` sites; `sign` -1 for antiperiodic boundary conditions (V even then)."""

    potential: Local
    grid: Grid
    extent: int
    bond: Bond = gradient_squared
    sign: int = 1

    @cached_property
    def _spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        f = self.grid.points.T
        half = np.sqrt(self.grid.weights) * np.exp(-0.5 * self.potential(f))
        matrix = half[:, None] * np.exp(-self.bond(f[:, :, None], f[:, None, :])) * half[None, :]
        values, vectors = np.linalg.eigh(matrix)
        return values[::-1], vectors[:, ::-1]

    @cached_property
    def _twist(self) -> np.ndarray:
        """<i| f -> sign f |i>; the grid is symmetric."""
        values, vectors = self._spectrum
        if self.sign > 0:
            return np.ones_like(values)
        return np.einsum("pi,pi->i", vectors, vectors[::-1])

    @property
    def log_z(self) -> float:
        """log of the integral over all fields with Lebesgue measure."""
        values, _ = self._spectrum
        ratios = values / values[0]
        return float(self.extent * np.log(values[0]) + np.log(np.sum(self._twist * ratios**self.extent)))

    @property
    def gap(self) -> float:
        """Energy of the first excited state above the ground state."""
        values, _ = self._spectrum
        return float(np.log(values[0] / values[1]))

    def mean(self, operator: Local) -> float:
        """<O(f(x))>."""
        return self.correlator(operator, lambda f: np.ones(f.shape[1]))[0]

    def correlator(self, first: Local, second: Local | None = None) -> np.ndarray:
        """<O1(f(0)) O2(f(t))> for t = 0 ... N - 1."""
        values, vectors = self._spectrum
        ratios = values / values[0]
        f = self.grid.points.T
        a = vectors.T @ (first(f)[:, None] * vectors)
        b = a if second is None else vectors.T @ (second(f)[:, None] * vectors)
        z = np.sum(self._twist * ratios**self.extent)
        steps = range(self.extent)
        return np.array(
            [np.einsum("i,ij,j,ji,i->", ratios ** (self.extent - t), a, ratios**t, b, self._twist) / z for t in steps]
        )

    def susceptibility(self, operator: Local) -> float:
        """sum_t <O(0) O(t)>, the connected and the disconnected part."""
        return float(np.sum(self.correlator(operator)))
