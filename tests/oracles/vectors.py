"""Periodic chains of n-component vectors with an O(n)-invariant potential, by partial waves.

S = sum_x [ V(|f(x)|) - 2 kappa f(x).f(x + 1) ]. exp(z cos) has on the sphere S^(n-1) the eigenvalue
(2 pi)^(n/2) z^(1 - n/2) I_{l + n/2 - 1}(z) with multiplicity d_l.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np
from scipy.special import ive

from oracles.grids import Grid

Radial = Callable[[np.ndarray], np.ndarray]


def multiplicity(n: int, wave: int) -> int:
    """Dimension of the harmonics of degree `wave` on S^(n-1)."""
    return comb(wave + n - 1, n - 1) - (comb(wave + n - 3, n - 1) if wave >= 2 else 0)


@dataclass(frozen=True)
class VectorRing:
    """`grid` is a half line with weight r^(n-1)."""

    components: int
    potential: Radial
    grid: Grid
    extent: int
    kappa: float = 1.0
    waves: int = 30

    @cached_property
    def _spectra(self) -> list[tuple[np.ndarray, np.ndarray]]:
        r = self.grid.points[:, 0]
        half = np.sqrt(self.grid.weights) * np.exp(-0.5 * self.potential(r))
        z = 2 * self.kappa * r[:, None] * r[None, :]
        spectra = []
        for wave in range(self.waves):
            order = wave + self.components / 2 - 1
            kernel = (2 * np.pi) ** (self.components / 2) * z ** (1 - self.components / 2) * ive(order, z) * np.exp(z)
            values, vectors = np.linalg.eigh(half[:, None] * kernel * half[None, :])
            spectra.append((values[::-1], vectors[:, ::-1]))
        return spectra

    @property
    def _largest(self) -> float:
        return float(self._spectra[0][0][0])

    def _ratios(self, wave: int) -> np.ndarray:
        return np.clip(self._spectra[wave][0], 0, None) / self._largest

    @cached_property
    def _z(self) -> float:
        return sum(
            multiplicity(self.components, w) * float(np.sum(self._ratios(w) ** self.extent)) for w in range(self.waves)
        )

    @property
    def log_z(self) -> float:
        """log of the integral with Lebesgue measure d^n f at each site."""
        return float(self.extent * np.log(self._largest) + np.log(self._z))

    @property
    def gap(self) -> float:
        """Energy of the lowest vector state."""
        return float(np.log(self._largest / self._spectra[1][0][0]))

    def mean(self, operator: Radial) -> float:
        """<O(|f(x)|)>."""
        total = 0.0
        for wave in range(self.waves):
            vectors = self._spectra[wave][1]
            diagonal = np.einsum("pi,p,pi->i", vectors, operator(self.grid.points[:, 0]), vectors)
            total += multiplicity(self.components, wave) * float(np.sum(self._ratios(wave) ** self.extent * diagonal))
        return total / self._z

    def correlator(self) -> np.ndarray:
        """<f(0).f(t)> for t = 0 ... N - 1."""
        n, total = self.components, np.zeros(self.extent)
        for wave in range(self.waves - 1):
            # multiplicity times the share of the harmonics of degree wave + 1 in cos * (harmonics of degree wave)
            share = 1.0 if 2 * wave + n == 2 else (wave + n - 2) / (2 * wave + n - 2)
            weight = multiplicity(n, wave) * share
            r = self.grid.points[:, 0]
            matrix = self._spectra[wave][1].T @ (r[:, None] * self._spectra[wave + 1][1])
            low, high = self._ratios(wave), self._ratios(wave + 1)
            for t in range(self.extent):
                forward = np.einsum("i,ij,j->", low ** (self.extent - t), matrix**2, high**t)
                backward = np.einsum("i,ij,j->", low**t, matrix**2, high ** (self.extent - t))
                total[t] += weight * (forward + backward)
        return total / self._z
