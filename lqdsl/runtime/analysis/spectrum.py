"""Masses from a correlator C(t), t = 0 ... T - 1, of expectation values; numpy float64, NaN where there is no mass."""

from math import nan, pi, sin, sqrt

import numpy as np

ITERATIONS = 60


def connected(correlation: np.ndarray, mean: float, spatial_volume: int) -> np.ndarray:
    """C(t) minus its disconnected part spatial_volume * mean^2, where `mean` is that of the density at a site."""
    return np.asarray(correlation, np.float64) - spatial_volume * mean**2


def effective_mass(correlation: np.ndarray) -> np.ndarray:
    """acosh[(C(t-1) + C(t+1)) / (2 C(t))] for t = 1 ... T/2, [T // 2]; exact for a single cosh or sinh."""
    values = np.asarray(correlation, np.float64)
    times = np.arange(1, len(values) // 2 + 1)
    following = values[(times + 1) % len(values)]
    with np.errstate(all="ignore"):
        return np.arccosh((values[times - 1] + following) / (2 * values[times]))


def default_window(extent: int) -> tuple[int, int]:
    """(first, last) time of a mass fit: from about a sixth of the extent, at least 1, to the middle."""
    return max(1, round(extent / 6)), extent // 2


def pole_mass(correlation: np.ndarray, window: tuple[int, int] | None = None, boundary: int = 1) -> float:
    """m of the least-squares fit A cosh(m (T/2 - t)) over first <= t <= last, after folding C(t) with C(T - t).

    All times have the same weight, since the noise of C hardly depends on t. The default window is `default_window`.
    For boundary -1 the fit is A sinh(m (T/2 - t)). NaN where C does not decrease along the window.
    """
    values = np.asarray(correlation, np.float64)
    extent = len(values)
    first, last = default_window(extent) if window is None else window
    times = np.arange(first, last + 1)
    if boundary < 0:
        times = times[2 * times != extent]  # the sinh vanishes there for any mass
    mirrored = np.where(times > 0, boundary * values[(extent - times) % extent], values[0])
    folded = 0.5 * (values[times] + mirrored)
    distance = extent / 2 - times
    if len(times) < 2 or not np.all(np.isfinite(folded)):
        return nan
    return _fit(folded, distance, 1 if boundary > 0 else -1)


def _shape(mass: float, distance: np.ndarray, sign: int) -> tuple[np.ndarray, np.ndarray]:
    """exp(-m d_max) (e^{m d} +- e^{-m d}) and its derivative by m, with d_max the largest distance."""
    top = distance[0]
    grow, fall = np.exp(mass * (distance - top)), sign * np.exp(-mass * (distance + top))
    return grow + fall, (distance - top) * grow - (distance + top) * fall


def _fit(values: np.ndarray, distance: np.ndarray, sign: int) -> float:
    """Variable projection: the amplitude is eliminated, m found by bracketing and bisection-safe Newton steps."""

    def slope(mass: float) -> float:
        """d/dm of -(c.v)^2 / (2 c.c), whose zero from below is the minimum of the squared residual."""
        c, dc = _shape(mass, distance, sign)
        overlap, norm = c @ values, c @ c
        return -overlap * ((dc @ values) * norm - overlap * (c @ dc)) / norm**2

    masses = np.geomspace(1e-3, 20.0, 80)
    slopes = np.array([slope(mass) for mass in masses])
    crossings = np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] >= 0))
    if len(crossings) == 0 or values[0] <= 0:
        return nan
    low, high = masses[crossings[0]], masses[crossings[0] + 1]
    for _ in range(ITERATIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return float(0.5 * (low + high))


def second_moment_mass(correlation: np.ndarray) -> float:
    """2 sin(k/2) / sqrt(G(0)/G(k) - 1) at the lowest momentum k = 2 pi / T, G(k) = sum_t C(t) cos(k t)."""
    values = np.asarray(correlation, np.float64)
    momentum = 2 * pi / len(values)
    zero, lowest = float(values.sum()), float(values @ np.cos(momentum * np.arange(len(values))))
    if not zero > lowest > 0:
        return nan
    return 2 * sin(momentum / 2) / sqrt(zero / lowest - 1)
