"""[length, width] strips of one real field by the transfer matrix of whole rows.

S = sum_x [ V(f(x)) + kappa[0] (f(x + e0) - f(x))^2 + kappa[1] (f(x + e1) - f(x))^2 ], both axes periodic. A row of two sites has
two bonds (forwards and backwards around the torus), as the sum over x says; a row of one has none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from oracles.grids import Grid

Local = Callable[[np.ndarray], np.ndarray]
DENSE = 1100


@dataclass(frozen=True)
class Strip:
    """`states` eigenvectors are kept where the rows are too many for dense algebra."""

    potential: Local
    grid: Grid
    length: int
    width: int
    kappa: tuple[float, float] = (1.0, 1.0)
    states: int = 60

    @cached_property
    def rows(self) -> np.ndarray:
        """Field values [site of the row, row]."""
        f = self.grid.points[:, 0]
        return np.stack([axis.ravel() for axis in np.meshgrid(*[f] * self.width, indexing="ij")])

    @cached_property
    def _spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        f, n = self.grid.points[:, 0], len(self.grid.weights)
        rows = self.rows
        inside = np.sum(self.potential(rows) + self.kappa[1] * (np.roll(rows, -1, axis=0) - rows) ** 2, axis=0)
        weight = np.ones(1)
        for _ in range(self.width):
            weight = np.kron(weight, self.grid.weights)
        half = np.sqrt(weight) * np.exp(-0.5 * inside)
        hop = np.exp(-self.kappa[0] * (f[:, None] - f[None, :]) ** 2)

        def apply(vectors: np.ndarray) -> np.ndarray:
            moved = (half[:, None] * vectors.reshape(n**self.width, -1)).reshape((n,) * self.width + (-1,))
            for axis in range(self.width):
                moved = np.moveaxis(np.tensordot(hop, moved, axes=(1, axis)), 0, axis)
            return half[:, None] * moved.reshape(n**self.width, -1)

        size = n**self.width
        if size <= DENSE:
            matrix = apply(np.eye(size))
            values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
        else:
            operator = LinearOperator((size, size), matvec=lambda v: apply(v).reshape(v.shape), dtype=float)
            start = half / np.linalg.norm(half)
            values, vectors = eigsh(operator, k=self.states, v0=start, tol=1e-12)
        order = np.argsort(-values)
        return values[order], vectors[:, order]

    @property
    def _ratios(self) -> np.ndarray:
        values, _ = self._spectrum
        return np.clip(values, 0, None) / values[0]

    @property
    def truncation(self) -> float:
        """Weight of the highest state that was kept, relative to Z."""
        powers = self._ratios**self.length
        return float(powers[-1] / powers.sum())

    @property
    def log_z(self) -> float:
        """log of the integral with Lebesgue measure."""
        values, _ = self._spectrum
        return float(self.length * np.log(values[0]) + np.log(np.sum(self._ratios**self.length)))

    @property
    def gap(self) -> float:
        """Energy of the first excited state of the rows."""
        return float(-np.log(self._ratios[1]))

    def mean(self, operator: Callable[[np.ndarray], np.ndarray]) -> float:
        """<O(row)>, O taking field values [site of the row, row]."""
        _, vectors = self._spectrum
        diagonal = np.einsum("pi,p,pi->i", vectors, operator(self.rows), vectors, optimize=True)
        powers = self._ratios**self.length
        return float(np.sum(powers * diagonal) / np.sum(powers))

    def correlator(self, operator: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """<O(row 0) O(row t)> for t = 0 ... length - 1; t = 0 exactly, others within the states kept."""
        _, vectors = self._spectrum
        values, ratios = operator(self.rows), self._ratios
        matrix = vectors.T @ (values[:, None] * vectors)
        z = np.sum(ratios**self.length)
        result = [self.mean(lambda rows: operator(rows) ** 2)]
        for t in range(1, self.length):
            result.append(float(np.einsum("i,ij,j->", ratios ** (self.length - t), matrix**2, ratios**t) / z))
        return np.array(result)

    @property
    def susceptibility(self) -> float:
        """<(sum_x f)^2> / volume."""
        return float(np.sum(self.correlator(lambda rows: rows.sum(axis=0)))) / self.width
