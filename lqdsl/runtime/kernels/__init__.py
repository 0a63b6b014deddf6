"""Invertible maps whose parameters come from a net: of one real number, of an angle, of a matrix up to conjugation.

A kernel has `even` and `odd` parameters for each active component: under a sign flip of all fields (charge conjugation
of an angle) the even ones stay and the odd ones change sign, and then forward(-z, even, -odd) = -forward(z, even, odd).
All parameters zero is the identity. `forward(z, even, odd)` and `inverse(x, even, odd)` return the value and the
logarithm of their derivative.
"""

from lqdsl.runtime.kernels.affine import Affine
from lqdsl.runtime.kernels.axial import Axial
from lqdsl.runtime.kernels.chain import Chain
from lqdsl.runtime.kernels.circular import CircularSpline
from lqdsl.runtime.kernels.mix import Mix
from lqdsl.runtime.kernels.moebius import Moebius
from lqdsl.runtime.kernels.projection import NCP
from lqdsl.runtime.kernels.radial import Radial
from lqdsl.runtime.kernels.recursive import Recursive
from lqdsl.runtime.kernels.spectral import Spectral
from lqdsl.runtime.kernels.spline import Spline

__all__ = [
    "NCP",
    "Affine",
    "Chain",
    "CircleKernel",
    "CircularSpline",
    "Kernel",
    "Mix",
    "Moebius",
    "Radial",
    "Recursive",
    "Spectral",
    "SphereKernel",
    "Spline",
]

Kernel = Affine | Spline | Chain
CircleKernel = NCP | Moebius | CircularSpline | Mix | Chain
SphereKernel = Recursive | Radial | Axial | Chain
