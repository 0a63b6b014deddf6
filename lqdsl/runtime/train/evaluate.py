"""How good a flow is, judged on many fresh samples with weights accumulated in float64 on the host."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from lqdsl.runtime.drawing import log_weights
from lqdsl.runtime.model import Model


@dataclass(frozen=True)
class FlowReport:
    """`ess` = (mean w)^2 / mean w^2 with w = exp(-S)/q; `acceptance` and `longest_rejection` of the independence
    Metropolis chain made of the samples in order; `log_z` = log mean w estimates log int exp(-S), standard error
    `log_z_error`; `reverse_kl` = log_z - mean log w estimates KL(q | p)."""

    ess: float
    acceptance: float
    longest_rejection: int
    log_z: float
    log_z_error: float
    reverse_kl: float
    samples: int


def evaluate(model: Model, weights: Any, parameters: Any, key: jax.Array, samples: int = 16384) -> FlowReport:
    """Draw `samples` and judge the flow; equal keys give equal reports."""
    return report(log_weights(model, weights, parameters, key, samples), key)


def report(log_weight: np.ndarray, key: jax.Array) -> FlowReport:
    """The figures for log weights [sample]; the key serves the accept/reject draws."""
    shift = log_weight.max()
    weight = np.exp(log_weight - shift)
    mean = weight.mean()
    acceptance, longest = metropolis(log_weight, np.random.default_rng(np.asarray(jax.random.key_data(key))))
    log_z = float(shift + np.log(mean))
    return FlowReport(
        ess=float(mean**2 / np.mean(weight**2)),
        acceptance=acceptance,
        longest_rejection=longest,
        log_z=log_z,
        log_z_error=float(weight.std(ddof=1) / mean / len(weight) ** 0.5),
        reverse_kl=log_z - float(log_weight.mean()),
        samples=len(weight),
    )


def metropolis(log_weight: np.ndarray, generator: np.random.Generator) -> tuple[float, int]:
    """Acceptance rate and longest run of rejections of the independence chain over the samples, in order."""
    thresholds = np.log(generator.uniform(size=len(log_weight)))
    current, accepted, run, longest = log_weight[0], 0, 0, 0
    for proposal, threshold in zip(log_weight[1:].tolist(), thresholds[1:].tolist(), strict=True):
        if threshold < proposal - current:
            current, accepted, run = proposal, accepted + 1, 0
        else:
            run += 1
            longest = max(longest, run)
    return accepted / max(len(log_weight) - 1, 1), longest
