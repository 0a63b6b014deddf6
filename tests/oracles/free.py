"""Quadratic actions S = sum_x sum_s k(s) Re( f*(x) f(x + s) ) on any torus, by momentum sums."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FreeField:
    """`kernel` maps offsets s to k(s), with k(-s) = k(s) not needed: the real part symmetrises.

    `components` is 1 for a real field and 2 for a complex one (of which each part has the same kernel).
    """

    extents: tuple[int, ...]
    kernel: Mapping[tuple[int, ...], float]
    boundary: tuple[int, ...] = ()
    components: int = 1

    @property
    def momenta(self) -> np.ndarray:
        """[axis, p0, p1, ...]."""
        signs = self.boundary or (1,) * len(self.extents)
        axes = [
            2 * np.pi * (np.arange(n) + (0.5 if s < 0 else 0)) / n for n, s in zip(self.extents, signs, strict=True)
        ]
        return np.stack(np.meshgrid(*axes, indexing="ij"))

    @property
    def symbol(self) -> np.ndarray:
        """K(p) with S = sum_p K(p) |f(p)|^2 for orthonormal modes."""
        momenta = self.momenta
        return sum(k * np.cos(np.tensordot(np.array(s), momenta, axes=1)) for s, k in self.kernel.items())

    @property
    def volume(self) -> int:
        return int(np.prod(self.extents))

    @property
    def log_z(self) -> float:
        """With Lebesgue measure: each real mode gives sqrt(pi / K)."""
        return float(0.5 * self.components * np.sum(np.log(np.pi / self.symbol)))

    def two_point(self, offset: tuple[int, ...]) -> float:
        """Re <f*(0) f(s)>: components times 1/V sum_p cos(p s) / (2 K)."""
        phase = np.cos(np.tensordot(np.array(offset), self.momenta, axes=1))
        return float(self.components * np.mean(phase / (2 * self.symbol)))

    @property
    def phi2(self) -> float:
        return self.two_point((0,) * len(self.extents))

    @property
    def phi4(self) -> float:
        """<(f* f)^2> by Wick's theorem: n (n + 2) G^2 for n components of variance G."""
        n = self.components
        return n * (n + 2) * (self.phi2 / n) ** 2

    @property
    def susceptibility(self) -> float:
        """<|sum_x f|^2> / V, for antiperiodic axes too."""
        total = 0.0
        for site in np.ndindex(*self.extents):
            for other in np.ndindex(*self.extents):
                total += self.two_point(tuple(b - a for a, b in zip(site, other, strict=True)))
        return total / self.volume


def laplacian(dimension: int, mass2: float, kappa: tuple[float, ...] = ()) -> dict[tuple[int, ...], float]:
    """Kernel of sum_mu kappa_mu (f(x + mu) - f(x))^2 + mass2 f(x)^2."""
    weights = kappa or (1.0,) * dimension
    kernel = {(0,) * dimension: mass2 + 2 * sum(weights)}
    for axis, weight in enumerate(weights):
        kernel[tuple(int(a == axis) for a in range(dimension))] = -2 * weight
    return kernel
