"""Means with errors; tau_int is 1/2 for an independent series and n_effective = n / (2 tau_int)."""

from dataclasses import dataclass
from math import hypot, nan

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """Mean over n draws of all chains, its one-sigma error, and tau_int in draws (1/2: independent) with error.

    The values are floats, or arrays over the components (time slices, ...) of the observable.
    """

    mean: float | np.ndarray
    error: float | np.ndarray
    tau_int: float | np.ndarray
    tau_int_error: float | np.ndarray
    n: int

    @property
    def n_effective(self) -> float | np.ndarray:
        """n / (2 tau_int)."""
        return self.n / (2 * self.tau_int)

    def cost(self, seconds: float) -> float | np.ndarray:
        """Seconds for an independent sample, where `seconds` made all n draws: seconds * 2 tau_int / n."""
        return seconds * 2 * self.tau_int / self.n


def pull(first: Estimate, second: Estimate | float) -> float:
    """Difference of two independent estimates (or from an exact value) in units of its error."""
    value, error = (second.mean, second.error) if isinstance(second, Estimate) else (second, 0.0)
    spread = hypot(float(first.error), float(error))
    difference = float(first.mean) - float(value)
    if spread == 0:
        return 0.0 if difference == 0 else nan
    return difference / spread
