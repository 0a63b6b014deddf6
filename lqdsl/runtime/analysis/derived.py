"""Errors of functions of expectation values (Wolff, Comput. Phys. Commun. 156 (2004) 143, sec. 2.1 and eq. (37))."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lqdsl.runtime.analysis.estimate import Estimate
from lqdsl.runtime.analysis.gamma import ROUNDING, WINDOW, as_series, error_of_mean
from lqdsl.runtime.annotations import Mean
from lqdsl.runtime.errors import RuntimeInputError

Primary = tuple[str, int]


class RecordedMeans:
    """The `Mean` of series [chain, draw, component...]; remembers what was asked for."""

    def __init__(self, series: Mapping[str, np.ndarray]) -> None:
        self._series = series
        self.values: dict[Primary, np.ndarray] = {}

    def __call__(self, name: str, power: int = 1) -> Any:
        if (name, power) not in self.values:
            self.values[name, power] = self.samples(name, power).mean(axis=(0, 1))
        value = self.values[name, power]
        return value.copy() if value.ndim else np.float64(value)

    @property
    def size(self) -> int:
        """The number of draws of all chains."""
        return max((int(np.prod(as_series(values).shape[:2])) for values in self._series.values()), default=0)

    def samples(self, name: str, power: int) -> np.ndarray:
        """name^power, [chain, draw, component...]; raises RuntimeInputError for an unknown name."""
        if name not in self._series:
            raise RuntimeInputError(f"no observable {name!r}; there are {', '.join(sorted(self._series))}")
        return as_series(self._series[name]) ** power


class ReweightedMeans(RecordedMeans):
    """The same for independent samples [1, sample, ...] of another density, with their log weights [sample].

    Each sample stands for <O> + w (O - <O>) / <w>: their mean is the ratio estimate, their spread its error.
    """

    def __init__(self, series: Mapping[str, np.ndarray], log_weights: np.ndarray) -> None:
        super().__init__(series)
        weights = np.exp(log_weights - np.max(log_weights))
        self._weights = weights / weights.mean()

    def samples(self, name: str, power: int) -> np.ndarray:
        values = super().samples(name, power)
        weights = self._weights.reshape(1, -1, *(1,) * (values.ndim - 2))
        centre = (weights * values).mean(axis=(0, 1))
        return centre + weights * (values - centre)


def derived_estimate(
    function: Callable[[Mean, Any], Any],
    series: Mapping[str, np.ndarray] | RecordedMeans,
    parameters: Any = None,
    window: float = WINDOW,
) -> Estimate:
    """function(mean, parameters) with its error; the result is a float or an array [component].

    The deviations of all expectation values are projected on the gradient (central differences over their naive errors),
    which gives one series [chain, draw] for the Gamma method. NaN where the function or its gradient is not finite.
    """
    mean = series if isinstance(series, RecordedMeans) else RecordedMeans(series)
    value = _value(function, mean, parameters)
    samples = {primary: mean.samples(*primary) for primary in mean.values}
    if not samples:  # a constant, or nothing finite before the first expectation value was asked for
        known = value.ndim == 0 and bool(np.isfinite(value))
        return Estimate(float(value), *((0.0, 0.5, 0.0) if known else (np.nan,) * 3), mean.size)
    chains, draws = next(iter(samples.values())).shape[:2]
    projected = np.zeros((chains, draws, value.size))
    for primary, values in samples.items():
        deviations = (values - mean.values[primary]).reshape(chains, draws, -1)
        gradient = _gradient(function, mean, primary, deviations, parameters, value.size)
        projected += deviations @ gradient
    results = [_component(value.reshape(-1)[i], projected[..., i], window) for i in range(value.size)]
    columns = [np.array(column).reshape(value.shape) for column in zip(*results, strict=True)]
    mean_, error, tau, tau_error = (column if value.ndim else float(column) for column in columns)
    return Estimate(mean_, error, tau, tau_error, chains * draws)


def _value(function: Callable[[Mean, Any], Any], mean: RecordedMeans, parameters: Any) -> np.ndarray:
    """function(mean, parameters), NaN or infinite where it is not defined: 1/0, the root of a negative number."""
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(function(mean, parameters))
    except (ZeroDivisionError, OverflowError):  # numbers of Python, from parameters
        return np.asarray(np.nan)
    return np.where(value.imag == 0, value.real, np.nan).astype(np.float64)


def _component(value: float, projected: np.ndarray, window: float) -> tuple[float, float, float, float]:
    if not (np.isfinite(value) and np.all(np.isfinite(projected))):
        return float(value), float("nan"), float("nan"), float("nan")
    return (float(value), *error_of_mean(projected - projected.mean(), window))


def _gradient(
    function: Callable[[Mean, Any], Any],
    mean: RecordedMeans,
    primary: Primary,
    deviations: np.ndarray,
    parameters: Any,
    size: int,
) -> np.ndarray:
    """dF_i / d<primary_j>, [j, i]; zero where a component does not fluctuate."""
    centre = mean.values[primary]
    spread = np.sqrt(np.mean(deviations**2, axis=(0, 1)))
    steps = np.where(spread > ROUNDING * np.abs(centre.reshape(-1)), spread, 0) / np.sqrt(deviations[..., 0].size)
    rows = np.zeros((len(steps), size))
    for index, step in enumerate(steps):
        if step > 0:
            sides = []
            for sign in (1, -1):
                moved = centre.reshape(-1).copy()
                moved[index] += sign * step
                mean.values[primary] = moved.reshape(centre.shape)
                sides.append(_value(function, mean, parameters).reshape(-1))
            with np.errstate(invalid="ignore"):
                rows[index] = (sides[0] - sides[1]) / (2 * step)
    mean.values[primary] = centre
    return rows
