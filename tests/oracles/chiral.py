"""Matrices of SU(n) or U(n) on a ring with S = -beta sum retr(U(x)^+ U(x + 1)), by characters.

A bond exp(beta Re tr(U) / n) = sum_r c_r chi_r(U) is diagonal in the matrix elements of representations, where it is
c_r / d_r, d_r^2 times each: Z = sum_r d_r^2 (c_r / d_r)^L with respect to the normalised Haar measure.
"""

from dataclasses import dataclass

import numpy as np

from oracles.gauge import dimension, wilson_torus


@dataclass(frozen=True)
class ChiralRing:
    """`extent` matrices."""

    n: int
    special: bool
    beta: float
    extent: int

    def log_z_at(self, beta: float) -> float:
        """log Z at another coupling."""
        bonds = wilson_torus(self.n, self.special, beta, 1).coefficients
        logs = {weight: self.extent * np.log(bond) for weight, bond in bonds.items()}
        top = max(logs.values())
        return float(top + np.log(sum(dimension(weight) ** 2 * np.exp(own - top) for weight, own in logs.items())))

    @property
    def log_z(self) -> float:
        return self.log_z_at(self.beta)

    @property
    def energy(self) -> float:
        """<retr(U(x)^+ U(x + 1))> = d log Z / d beta / L, by a symmetric difference of fourth order."""
        step = 1e-3
        far, near = (self.log_z_at(self.beta + k * step) - self.log_z_at(self.beta - k * step) for k in (2, 1))
        return (8 * near - far) / (12 * step * self.extent)
