"""log Z(1) - log Z(lowest) of a ladder of weights exp(-b S), by Bennett's ratios of neighbouring rungs."""

from typing import NamedTuple

import numpy as np

from lqdsl.runtime.analysis.gamma import as_series, error_of_mean


class LadderLogZ(NamedTuple):
    """The difference, its error, and how much the worst two neighbours overlap: 1 for equal distributions, 0 for none."""

    mean: float
    error: float
    overlap: float


def ladder_log_z(up: np.ndarray, down: np.ndarray, offset: np.ndarray) -> LadderLogZ:
    """Sum over pairs of offset + log <up> - log <down>, from series [draw, pair] of means over chains.

    offset is constant, cf. `samplers.bridges`. The error is that of the linear part, whose series over the draws has all
    correlations between pairs and draws. Raises RuntimeInputError as `as_series`; infinite where two rungs never met.
    """
    up, down = (as_series(values[None])[0] for values in (up, down))
    means = up.mean(axis=0), down.mean(axis=0)
    overlap = float(2 * np.minimum(*means).min())
    if not overlap > 0:
        return LadderLogZ(float("nan"), float("nan"), 0.0)
    value = float(np.sum(offset[0].astype(np.float64) + np.log(means[0]) - np.log(means[1])))
    linear = (up / means[0] - down / means[1]).sum(axis=1)
    return LadderLogZ(value, error_of_mean(linear[None] - linear.mean())[0], overlap)
