"""Estimates, errors and derived quantities of Markov chains."""

from lqdsl.runtime.analysis.estimate import Estimate, pull
from lqdsl.runtime.analysis.gamma import gamma_method

__all__ = ["Estimate", "gamma_method", "pull"]
