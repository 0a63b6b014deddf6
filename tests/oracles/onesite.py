"""One site: integrals over R^n by adaptive quadrature."""

from collections.abc import Callable
from math import gamma, inf, log, pi

import numpy as np
from scipy.integrate import quad


def log_z(potential: Callable[[float], float], components: int = 1) -> float:
    """log of the integral of exp(-V(|f|)) over R^n."""
    return log(_moment(potential, lambda r: 1.0, components))


def mean(potential: Callable[[float], float], operator: Callable[[float], float], components: int = 1) -> float:
    """<O(|f|)>."""
    return _moment(potential, operator, components) / _moment(potential, lambda r: 1.0, components)


def _moment(potential: Callable[[float], float], operator: Callable[[float], float], n: int) -> float:
    sphere = 2 * pi ** (n / 2) / gamma(n / 2)
    value, _ = quad(
        lambda r: operator(r) * r ** (n - 1) * np.exp(-potential(r)), 0, inf, epsabs=0, epsrel=1e-12, limit=200
    )
    return sphere * value
