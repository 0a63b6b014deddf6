"""Short rings of one complex field with nearest and next-nearest-neighbour hopping: pairs of sites as states.

S = sum_x [ V(|f(x)|) - 2 Re sum_{s=1,2} kappa_s f*(x) f(x + s) ], an even number of sites, at least four. Moduli by
Gauss-Legendre, phases by the trapezoidal rule; the common phase is Fourier transformed, so that Z = sum_q Tr M_q^(N/2).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oracles.grids import Grid

Radial = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class HoppingRing:
    """`grid` is a half line with weight r; `angles` points on the circle."""

    potential: Radial
    grid: Grid
    angles: int
    extent: int
    kappa: tuple[float, float]

    @cached_property
    def _sectors(self) -> tuple[np.ndarray, float]:
        """Transfer matrices [charge, (r1, r2, a), (r3, r4, b)] divided by a scale, and its logarithm.

        State: f1 = r1, f2 = r2 e^{ia}, both turned by a common phase; (f1, f2) -> (f3, f4).
        """
        r, n, m = self.grid.points[:, 0], len(self.grid.weights), self.angles
        theta = 2 * np.pi * np.arange(m) / m
        turned = np.cos(theta)

        def hop(kappa: float) -> np.ndarray:
            return np.exp(2 * kappa * r[:, None, None] * r[None, :, None] * turned)  # [r, r', relative angle]

        near, far = hop(self.kappa[0]), hop(self.kappa[1])
        site = self.grid.weights * np.exp(-self.potential(r)) * (2 * np.pi / m)
        pair = np.sqrt(site[:, None, None] * site[None, :, None] * near)  # (r1, r2, a): half of its own weight
        angle = np.arange(m)
        a, b, c = np.meshgrid(angle, angle, angle, indexing="ij")  # c: phase of f3 relative to f1
        # weight of the bonds 1-3 (far), 2-3 (near), 2-4 (far); [r1, r2, a, r3, r4, b, c]
        first = np.moveaxis(far[:, :, angle], 2, 0)  # [c, r1, r3]
        second = near[:, :, (c - a) % m]  # [r2, r3, a, b, c]
        third = far[:, :, (c + b - a) % m]  # [r2, r4, a, b, c]
        shape = n * n * m
        matrices = np.zeros((m, shape, shape), dtype=complex)
        half = pair.reshape(shape)
        for turn in range(m):
            block = np.einsum("pr,qrab,qsab->pqarsb", first[turn], second[..., turn], third[..., turn], optimize=True)
            block = half[:, None] * block.reshape(shape, shape) * half[None, :]
            for charge in range(m):
                matrices[charge] += np.exp(1j * charge * theta[turn]) * block
        scale = float(np.abs(matrices[0]).sum(axis=1).max())
        return matrices / scale, float(np.log(scale))

    @cached_property
    def _powers(self) -> np.ndarray:
        matrices, _ = self._sectors
        return np.stack([np.linalg.matrix_power(matrix, self.extent // 2) for matrix in matrices])

    @property
    def _z(self) -> float:
        return float(np.trace(self._powers, axis1=1, axis2=2).sum().real)

    @property
    def log_z(self) -> float:
        """log of the integral with Lebesgue measure d(re) d(im)."""
        return self.extent // 2 * self._sectors[1] + float(np.log(self._z))

    def mean(self, operator: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> float:
        """<O(|f(x)|, |f(x+1)|, relative phase)>."""
        r, theta = self.grid.points[:, 0], 2 * np.pi * np.arange(self.angles) / self.angles
        values = operator(r[:, None, None], r[None, :, None], theta[None, None, :])
        values = np.broadcast_to(values, (len(r), len(r), self.angles)).reshape(-1)
        diagonal = np.diagonal(self._powers, axis1=1, axis2=2).sum(axis=0).real
        return float(np.sum(values * diagonal) / self._z)
