"""Errors of means over Markov chains by the Gamma method (Wolff, Comput. Phys. Commun. 156 (2004) 143).

Series are [chain, draw] or [chain, draw, component...]; all chains are replica of one ensemble. Everything is float64.
"""

from math import exp, log, sqrt

import numpy as np

from lqdsl.runtime.analysis.estimate import Estimate
from lqdsl.runtime.errors import NotFiniteError, RuntimeInputError

WINDOW = 1.5
"""Wolff's S: tau = S tau_int in the automatic window, eq. (51)."""
ROUNDING = 1e-13
"""Relative deviations up to this are a constant series."""


def gamma_method(series: np.ndarray, window: float = WINDOW) -> Estimate:
    """Mean over chains and draws with error and tau_int, component by component.

    Raises RuntimeInputError for fewer than 4 draws or numbers that are not finite.
    """
    series = as_series(series)
    shape = series.shape[2:]
    flat = series.reshape(*series.shape[:2], -1)
    results = [_estimate(flat[..., i], window) for i in range(flat.shape[-1])]
    n = series.shape[0] * series.shape[1]
    if not shape:
        return Estimate(*results[0], n)
    mean, error, tau, tau_error = (np.array(column).reshape(shape) for column in zip(*results, strict=True))
    return Estimate(mean, error, tau, tau_error, n)


def as_series(series: np.ndarray) -> np.ndarray:
    """float64 [chain, draw, ...]; a single axis is one chain."""
    series = np.asarray(series, dtype=np.float64)
    series = series[None] if series.ndim == 1 else series
    if series.ndim < 2 or series.shape[1] < 4:
        raise RuntimeInputError(f"a series needs the axes [chain, draw] and at least 4 draws, got {series.shape}")
    if not np.all(np.isfinite(series)):
        raise NotFiniteError("a series holds NaN or infinite numbers")
    return series


def _estimate(series: np.ndarray, window: float) -> tuple[float, float, float, float]:
    """(mean, error, tau_int, its error) of [chain, draw]."""
    mean = float(series.mean())
    deviations = series - mean
    if np.max(np.abs(deviations)) <= ROUNDING * abs(mean):
        return mean, 0.0, 0.5, 0.0
    return (mean, *error_of_mean(deviations, window))


def error_of_mean(deviations: np.ndarray, window: float = WINDOW) -> tuple[float, float, float]:
    """(error, tau_int, error of tau_int) of deviations [chain, draw] from the mean over all of them.

    The window W is the first where g(W) = exp(-W / tau(W)) - tau(W) / sqrt(W N) < 0, eq. (52); Gamma is corrected for
    its bias by C(W) / N, eq. (49); the error of tau_int is tau_int sqrt(4 (W + 1/2 - tau_int) / N), eq. (42).
    """
    chains, draws = deviations.shape
    n = chains * draws
    gamma = autocovariance(deviations, draws // 2)
    if not gamma[0] > 0:
        return 0.0, 0.5, 0.0
    size = automatic_window(gamma / gamma[0], n, window)
    covariance = float(gamma[0] + 2 * gamma[1 : size + 1].sum())
    gamma = gamma + covariance / n
    covariance = max(float(gamma[0] + 2 * gamma[1 : size + 1].sum()), 0.0)
    tau = covariance / (2 * float(gamma[0]))
    return sqrt(covariance / n), tau, tau * sqrt(4 * max(size + 0.5 - tau, 0.0) / n)


def autocovariance(deviations: np.ndarray, length: int) -> np.ndarray:
    """Gamma(t) for t = 0 ... length, averaged over the pairs of all chains, eq. (31), by zero-padded FFT."""
    chains, draws = deviations.shape
    padded = 1 << (draws + length).bit_length()
    spectrum = np.fft.rfft(deviations, padded, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=0)
    return np.fft.irfft(power, padded)[: length + 1] / (chains * (draws - np.arange(length + 1)))


def automatic_window(rho: np.ndarray, n: int, window: float) -> int:
    """The summation window W for normalised rho(t); the longest possible one where g never changes sign.

    Where tau_int(W) <= 1/2 the decay time is taken from |rho(1)| instead: eq. (51) would end the sum of an
    anticorrelated series at W = 1 and give too small an error.
    """
    decay = 1 / max(-log(min(max(abs(float(rho[1])), 1e-12), 0.999)), 1e-12) if len(rho) > 1 else 1.0
    tau_int = 0.5
    for size in range(1, len(rho)):
        tau_int += float(rho[size])
        tau = window / log((2 * tau_int + 1) / (2 * tau_int - 1)) if tau_int > 0.5 else window * decay
        if exp(-size / tau) - tau / sqrt(size * n) < 0:
            return size
    return len(rho) - 1


def autocorrelation(series: np.ndarray, window: float = WINDOW) -> tuple[np.ndarray, int]:
    """(rho(t) for t = 0 ... draws / 2, the automatic window) of [chain, draw]; rho is 1, 0, 0, ... of a constant series.

    Raises RuntimeInputError as `gamma_method`.
    """
    series = as_series(series)
    deviations = series - series.mean()
    gamma = autocovariance(deviations, series.shape[1] // 2)
    if not gamma[0] > 0 or np.max(np.abs(deviations)) <= ROUNDING * abs(series.mean()):
        return np.eye(1, len(gamma))[0], 1
    rho = gamma / gamma[0]
    return rho, automatic_window(rho, series.size, window)
