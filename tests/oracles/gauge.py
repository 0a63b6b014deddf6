"""Pure gauge theories on a two-dimensional torus by characters, from the weight of one plaquette.

w(P) = sum_r c_r chi_r(P), c_r = int dU conj(chi_r(U)) w(U), Haar measure normalised. Gluing plaquettes along links
(int dU chi_r(A U) chi_s(U^-1 B) = delta_rs chi_r(A B) / d_r) gives

Z = sum_r (c_r / d_r)^V,   W(A) = 1 / (N Z) sum_{r, s} N_{s f}^r (d_s / d_r) (c_s / d_s)^A (c_r / d_r)^(V - A)

for the trace in f around a disc of A plaquettes, N_{s f}^r the multiplicity of r in s x f. The topological charge of
U(1), Q = sum P / 2 pi, comes from c_n(theta) = int dP/2pi exp(-i n P + i theta P / 2 pi) w(P).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import comb

import numpy as np
from scipy.special import ive

Weight = tuple[int, ...]
"""Highest weight l_1 >= ... >= l_N; for SU(N) with l_N = 0."""


@dataclass(frozen=True)
class Torus:
    """`logs` of c_r / d_r and dimensions by representation, of a gauge group U(n) or SU(n), on `volume` plaquettes."""

    n: int
    special: bool
    volume: int
    coefficients: dict[Weight, float]

    @property
    def log_z(self) -> float:
        """log Z for the normalised Haar measure."""
        top = max(self.coefficients.values())
        ratios = np.array([c / top for c in self.coefficients.values()])
        return self.volume * np.log(top) + float(np.log(np.sum(ratios**self.volume)))

    def wilson(self, area: int) -> float:
        """<tr W / N> around a disc of `area` plaquettes."""
        top = max(self.coefficients.values())
        total = 0.0
        for inner, c_inner in self.coefficients.items():
            for outer in self._with_a_box(inner):
                if outer in self.coefficients:
                    ratio = dimension(inner) / dimension(outer)
                    total += ratio * (c_inner / top) ** area * (self.coefficients[outer] / top) ** (self.volume - area)
        return total / self.n / np.sum(np.array([c / top for c in self.coefficients.values()]) ** self.volume)

    def _with_a_box(self, weight: Weight) -> Iterable[Weight]:
        """The representations in the product with the fundamental one, each once."""
        for row in range(self.n):
            grown = (*weight[:row], weight[row] + 1, *weight[row + 1 :])
            if all(a >= b for a, b in pairwise(grown)):
                yield tuple(part - grown[-1] for part in grown) if self.special else grown


def dimension(weight: Weight) -> int:
    """Weyl's formula."""
    top = bottom = 1
    for i in range(len(weight)):
        for j in range(i + 1, len(weight)):
            top *= weight[i] - weight[j] + j - i
            bottom *= j - i
    return top // bottom


def wilson_torus(n: int, special: bool, beta: float, volume: int, rows: int = 24) -> Torus:
    """w = exp(beta / N Re tr P); c_r = sum_k det I_{l_j - j + i + k}(beta / N), k = 0 only for U(N)."""
    shifts = range(-rows, rows + 1) if special and n > 1 else (0,)
    coefficients = {}
    for weight in _weights(n, special, rows):
        value = sum(
            np.linalg.det(np.array([[_bessel(weight[j] - j + i + k, beta / n) for j in range(n)] for i in range(n)]))
            for k in shifts
        )
        coefficients[weight] = float(value) / dimension(weight)
    top = max(coefficients.values())
    return Torus(n, special, volume, {weight: c for weight, c in coefficients.items() if c > 1e-13 * top})


def _bessel(order: int, x: float) -> float:
    return float(ive(order, x) * np.exp(abs(x)))


def _weights(n: int, special: bool, rows: int) -> Iterable[Weight]:
    """All highest weights with parts of at most so much, `rows` fewer for larger groups."""
    largest = rows if n < 3 else rows // 2
    lowest = 0 if special else -largest
    stack: list[Weight] = [()]
    while stack:
        head = stack.pop()
        if len(head) == n:
            yield head
        elif special and len(head) == n - 1:
            stack.append((*head, 0))
        else:
            stack += [(*head, part) for part in range(lowest, (head[-1] if head else largest) + 1)]


def su2_torus(log_weight: Callable[[np.ndarray], np.ndarray], volume: int, spins: int = 60) -> Torus:
    """Any class function of one SU(2) plaquette, exp(log_weight(tr P)), by quadrature over the class angle.

    int dU f = 2/pi int_0^pi sin^2(a) f(a) da with tr U = 2 cos a: Gauss-Chebyshev of the second kind.
    """
    points = 400
    angle = np.pi * np.arange(1, points + 1) / (points + 1)
    measure = 2 / (points + 1) * np.sin(angle) ** 2
    weight = np.exp(log_weight(2 * np.cos(angle)))
    coefficients = {}
    for spin in range(spins):
        character = np.sin((spin + 1) * angle) / np.sin(angle)
        coefficients[(spin, 0)] = float(np.sum(measure * character * weight)) / (spin + 1)
    top = max(coefficients.values())
    return Torus(2, True, volume, {weight: c for weight, c in coefficients.items() if c > 1e-14 * top})


def mixed_su2(beta: float, beta_adjoint: float, volume: int) -> Torus:
    """-S = sum beta/2 tr P + beta_a/3 tr_A P with tr_A = (tr)^2 - 1."""
    return su2_torus(lambda trace: beta * trace / 2 + beta_adjoint * (trace**2 - 1) / 3, volume)


def su2_trace_moment(torus: Callable[[float], Torus], step: float = 1e-4) -> float:
    """d(log Z)/ds at s = 0 per plaquette by a symmetric difference of fourth order."""
    values = [torus(factor * step).log_z for factor in (-2, -1, 1, 2)]
    return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step) / torus(0.0).volume


# ---------------------------------------------------------------- U(1)


def u1_charge2(beta: float, volume: int) -> float:
    """<Q^2> of w = exp(beta cos P): minus the second derivative of log Z(theta) at zero."""
    points, weights = np.polynomial.legendre.leggauss(400)
    angle, measure = np.pi * points, np.pi * weights / (2 * np.pi) * np.exp(beta * (np.cos(np.pi * points) - 1))
    modes = np.arange(-60, 61)[:, None]
    f = np.sum(measure * np.cos(modes * angle), axis=1)
    first = -np.sum(measure * angle * np.sin(modes * angle), axis=1)
    second = -np.sum(measure * angle**2 * np.cos(modes * angle), axis=1)
    top = np.max(f)
    f, first, second = f / top, first / top, second / top
    keep = np.abs(f) > 1e-13
    f, first, second = f[keep], first[keep], second[keep]
    change = volume * (volume - 1) * f ** (volume - 2) * first**2 + volume * f ** (volume - 1) * second
    return float(-np.sum(change) / np.sum(f**volume)) / (4 * np.pi**2)


# ---------------------------------------------------------------- one link


def one_link_u1(beta: float) -> float:
    """<cos a> of the density exp(beta cos a)."""
    return float(ive(1, beta) / ive(0, beta))


def one_link_su2(beta: float) -> float:
    """<tr U / 2> of the density exp(beta tr U / 2) on SU(2): I_2 / I_1."""
    return float(ive(2, beta) / ive(1, beta))


def catalan(order: int) -> int:
    """int dU (tr U)^(2 k) on SU(2)."""
    return comb(2 * order, order) // (order + 1)
