"""Spectral kernels, arXiv:2008.05456: maps of the eigenvalues of a matrix that leave its eigenvectors alone."""

from dataclasses import dataclass
from typing import Any

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups import SU, U
from lqdsl.runtime.kernels.chain import steps
from lqdsl.runtime.kernels.rational import MIN_BIN
from lqdsl.runtime.kernels.spectral2 import SpectralSU2
from lqdsl.runtime.kernels.spectral3 import SpectralSU3
from lqdsl.runtime.kernels.spectral_special import SpectralSU
from lqdsl.runtime.kernels.spectral_unitary import SpectralUnitary


@dataclass(frozen=True)
class Spectral:
    """Rational-quadratic splines of `bins` pieces on the canonical cell of eigenvalue angles, borders kept as borders.

    P' = f(P) is a polynomial in P, so that X P X^+ goes over into X P' X^+; its log slope is the one with respect to
    the Haar measure. For SU(n), in closed form for n = 2 and 3, and with the phase of the determinant on a circle for U(n).
    """

    bins: int = 8

    def __post_init__(self) -> None:
        if self.bins < 2 or self.bins * MIN_BIN >= 1:
            raise RuntimeInputError(f"a spectral kernel needs 2 <= bins < {1 / MIN_BIN:g}, got {self}")

    def of(self, group: Any) -> SpectralSU2 | SpectralSU3 | SpectralSU | SpectralUnitary:
        """The kernel on matrices of this group; raises RuntimeInputError for groups that have none."""
        if group == SU(2):
            return SpectralSU2(self.bins)
        if group == SU(3):
            return SpectralSU3(self.bins)
        if isinstance(group, SU):
            return SpectralSU(group.n, self.bins)
        if isinstance(group, U):
            return SpectralUnitary(self.of(SU(group.n)), self.bins)
        raise RuntimeInputError(f"spectral kernels are there for SU(n) and U(n), got {group}")


def is_spectral(kernel: Any) -> bool:
    """Whether all it does is spectral maps, of which a chain is one again."""
    return all(isinstance(step, Spectral) for step in steps(kernel))
