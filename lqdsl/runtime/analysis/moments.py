"""Functions of the moments of an observable; arguments are expectation values."""

from math import nan


def variance(first: float, second: float) -> float:
    """<O^2> - <O>^2."""
    return second - first**2


def susceptibility(first: float, second: float, volume: float) -> float:
    """volume (<m^2> - <m>^2) for an observable m that is a mean over sites."""
    return volume * (second - first**2)


def binder(second: float, fourth: float) -> float:
    """1 - <M^4> / (3 <M^2>^2): 0 for a Gaussian, 2/3 in the broken phase. NaN where <M^2> = 0."""
    return 1 - fourth / (3 * second**2) if second else nan
