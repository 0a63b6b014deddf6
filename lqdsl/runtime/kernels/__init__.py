"""Invertible maps of one real number whose parameters come from a net.

A kernel has `even` and `odd` parameters for each active component: under a sign flip of all fields the even ones stay
and the odd ones change sign, and then forward(-z, even, -odd) = -forward(z, even, odd). All parameters zero is the
identity. `forward(z, even, odd)` and `inverse(x, even, odd)` return the value and the logarithm of their derivative.
"""

from lqdsl.runtime.kernels.affine import Affine
from lqdsl.runtime.kernels.spline import Spline

__all__ = ["Affine", "Kernel", "Spline"]

Kernel = Affine | Spline
