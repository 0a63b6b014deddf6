"""Types that generated modules write into their signatures."""

from typing import Any, Protocol

import numpy as np

Number = float | np.ndarray
"""A derived quantity: a number, or an array [t] of numbers."""


class Mean(Protocol):
    """Expectation values: mean(name, power) is <name^power>, a number or an array [t]."""

    def __call__(self, name: str, power: int = 1) -> Any: ...
