"""Figures of merit from log-weights log p - log q [sample] of independent samples of q; float64."""

import numpy as np


def effective_samples(log_weights: np.ndarray) -> float:
    """ESS = (mean w)^2 / mean(w^2), between 1/n and 1."""
    weights = _relative(log_weights)
    return float(weights.mean() ** 2 / np.mean(weights**2))


def forward_effective_samples(log_weights: np.ndarray) -> float:
    """ESS = 1 / (E_p[w] E_p[1/w]) from log weights of samples of p itself, between 0 and 1.

    It sees the parts of p that q never visits, which `effective_samples` cannot (Nicoli et al., arXiv:2302.14082).
    """
    log_weights = np.asarray(log_weights, np.float64)
    if not np.all(np.isfinite(log_weights)):
        return 0.0
    up, down = (np.exp(sign * log_weights - np.max(sign * log_weights)).mean() for sign in (1, -1))
    return float(np.exp(np.min(log_weights) - np.max(log_weights)) / (up * down))


def log_normalisation(log_weights: np.ndarray) -> tuple[float, float]:
    """log Z = log mean w, Z = integral of p, with its standard error std(w) / (mean(w) sqrt(n))."""
    log_weights = np.asarray(log_weights, np.float64)
    weights = _relative(log_weights)
    value = float(np.max(log_weights) + np.log(weights.mean()))
    return value, float(weights.std(ddof=1) / weights.mean() / np.sqrt(len(weights)))


def expected_acceptance(log_weights: np.ndarray) -> float:
    """Acceptance of independence Metropolis in equilibrium, E_{x ~ p, y ~ q} min(1, w(y) / w(x)), over all pairs."""
    weights = np.sort(_relative(log_weights))
    below = np.cumsum(weights) - weights
    above = np.arange(len(weights))[::-1]
    return float(np.sum(below + weights * above + weights) / (len(weights) * weights.sum()))


def longest_rejection(accepted: np.ndarray) -> int:
    """Longest run of rejections in [chain, draw]."""
    longest = 0
    for chain in np.atleast_2d(accepted).astype(bool):
        edges = np.flatnonzero(np.concatenate([[True], chain, [True]]))
        longest = max(longest, int(np.diff(edges).max()) - 1)
    return longest


def _relative(log_weights: np.ndarray) -> np.ndarray:
    """Weights over the largest one; NaN counts as zero weight."""
    log_weights = np.nan_to_num(np.asarray(log_weights, np.float64), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    return np.exp(log_weights - np.max(log_weights))
