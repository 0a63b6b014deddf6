"""Estimates with errors from series [chain, draw, ...]; tau_int is 1/2 for an independent series."""

from lqdsl.runtime.analysis.correlator import correlator
from lqdsl.runtime.analysis.derived import derived_estimate
from lqdsl.runtime.analysis.estimate import Estimate, pull
from lqdsl.runtime.analysis.exports import to_arviz, to_pyerrors
from lqdsl.runtime.analysis.gamma import autocorrelation, gamma_method
from lqdsl.runtime.analysis.kinds import Correlator, Scalar
from lqdsl.runtime.analysis.ladder import LadderLogZ, ladder_log_z
from lqdsl.runtime.analysis.moments import binder, susceptibility, variance
from lqdsl.runtime.analysis.spectrum import (
    connected,
    default_window,
    effective_mass,
    pole_mass,
    second_moment_mass,
)
from lqdsl.runtime.analysis.weights import (
    effective_samples,
    expected_acceptance,
    log_normalisation,
    longest_rejection,
)

__all__ = [
    "Correlator",
    "Estimate",
    "LadderLogZ",
    "Scalar",
    "autocorrelation",
    "binder",
    "connected",
    "correlator",
    "default_window",
    "derived_estimate",
    "effective_mass",
    "effective_samples",
    "expected_acceptance",
    "gamma_method",
    "ladder_log_z",
    "log_normalisation",
    "longest_rejection",
    "pole_mass",
    "pull",
    "second_moment_mass",
    "susceptibility",
    "to_arviz",
    "to_pyerrors",
    "variance",
]
