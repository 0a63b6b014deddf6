"""Unit vectors with S = -beta sum s(x).s(y) over neighbours and normalised uniform measure: rings, and XY on small tori.

On a ring exp(beta s.s') is diagonal in the harmonics of degree l with the eigenvalue
Gamma(n/2) (beta/2)^(1 - n/2) I_{l + n/2 - 1}(beta). In two dimensions XY is a sum over conserved integer currents,
Z = sum prod_links I_k(beta), which the transfer matrix of the currents between rows sums up.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from scipy.special import gamma, iv, ivp

from oracles.vectors import multiplicity

WAVES = 60
LARGEST = 6
"""Of the currents; six of them on one link weigh less than 1e-12 of all at beta = 1."""


@dataclass(frozen=True)
class SpinRing:
    """`extent` unit vectors of R^n."""

    components: int
    beta: float
    extent: int

    def _log_eigenvalues(self, beta: float) -> np.ndarray:
        order = np.arange(WAVES) + self.components / 2 - 1
        return np.log(gamma(self.components / 2) * (beta / 2) ** (1 - self.components / 2) * iv(order, beta))

    def log_z_at(self, beta: float) -> float:
        """log Z at another coupling."""
        logs = self.extent * self._log_eigenvalues(beta)
        weights = np.array([multiplicity(self.components, wave) for wave in range(WAVES)], float)
        return float(logs[0] + np.log(np.sum(weights * np.exp(logs - logs[0]))))

    @property
    def log_z(self) -> float:
        return self.log_z_at(self.beta)

    @property
    def energy(self) -> float:
        """<s(x).s(x + 1)> = d log Z / d beta / N."""
        order = np.arange(WAVES) + self.components / 2 - 1
        logs = self.extent * self._log_eigenvalues(self.beta)
        weights = [multiplicity(self.components, wave) for wave in range(WAVES)] * np.exp(logs - logs[0])
        slopes = ivp(order, self.beta) / iv(order, self.beta) + (1 - self.components / 2) / self.beta
        return float(np.sum(weights * slopes) / np.sum(weights))

    @property
    def susceptibility(self) -> float:
        """sum_t <s(0).s(t)>, by the share of the harmonics of degree l + 1 in cos times those of degree l."""
        n, ratios = self.components, np.exp(self._log_eigenvalues(self.beta) - self._log_eigenvalues(self.beta)[0])
        total = np.sum([multiplicity(n, w) * ratios[w] ** self.extent for w in range(WAVES)])
        chi = 0.0
        for wave in range(WAVES - 1):
            share = 1.0 if 2 * wave + n == 2 else (wave + n - 2) / (2 * wave + n - 2)
            weight = multiplicity(n, wave) * share
            low, high = ratios[wave], ratios[wave + 1]
            for t in range(self.extent):
                chi += weight * (low ** (self.extent - t) * high**t + low**t * high ** (self.extent - t))
        return float(chi / total)


@dataclass(frozen=True)
class TorusXY:
    """XY on `length` rows of `width` sites."""

    beta: float
    length: int
    width: int

    def _loops(self) -> np.ndarray:
        """H[a_1, ..., a_{width - 1}] = sum_c I_c prod_i I_{c + a_i}: currents along a row that differ by a_i - a_{i-1}."""
        reach = 4 * LARGEST
        bessel = np.where(
            np.abs(np.arange(-3 * reach, 3 * reach + 1)) > 2 * reach,
            0.0,
            iv(np.arange(-3 * reach, 3 * reach + 1), self.beta),
        )
        total = 0.0
        for loop in range(-reach, reach + 1):
            row = bessel[loop + 2 * reach : loop + 4 * reach + 1]
            table = np.array(bessel[loop + 3 * reach])
            for _ in range(self.width - 1):
                table = table[..., None] * row
            total = total + table
        return total

    @cached_property
    def _sectors(self) -> list[tuple[np.ndarray, np.ndarray, int]]:
        """For each total current |s| through a row: the currents [state, column], T = sqrt(W) H sqrt(W'), how often."""
        states = np.array(list(product(range(-LARGEST, LARGEST + 1), repeat=self.width)))
        states = states[np.abs(states).sum(axis=1) <= 2 * LARGEST]
        loops, sectors = self._loops(), []
        for total in range(LARGEST + 1):
            currents = states[states.sum(axis=1) == total]
            around = np.cumsum(currents[:, None] - currents[None, :], axis=2)[..., :-1] + 4 * LARGEST
            half = np.sqrt(np.prod(iv(currents, self.beta), axis=1))
            matrix = half[:, None] * loops[tuple(np.moveaxis(around, 2, 0))] * half[None, :]
            sectors.append((currents, matrix, 1 if total == 0 else 2))
        return sectors

    @cached_property
    def _powers(self) -> list[np.ndarray]:
        """The diagonal of T^length of each sector, times the number of such sectors."""
        return [times * np.diag(np.linalg.matrix_power(matrix, self.length)) for _, matrix, times in self._sectors]

    @property
    def log_z(self) -> float:
        return float(np.log(sum(np.sum(diagonal) for diagonal in self._powers)))

    @property
    def energy(self) -> float:
        """<cos> of a link from row to row: the mean of I'_k / I_k, k its current."""
        total = 0.0
        for (currents, *_), diagonal in zip(self._sectors, self._powers, strict=True):
            first = currents[:, 0]
            total += np.sum(diagonal * ivp(first, self.beta) / iv(first, self.beta))
        return float(total / np.exp(self.log_z))
