"""What the facts of a sampler say against its means: chains that do not move, and energies that do not add up."""

from typing import Any

import numpy as np

FEWEST_DRAWS = 10
"""With fewer, a chain may have accepted nothing by chance."""
SHORTEST = 20
REJECTED = 0.1
"""More rejections in a row than `SHORTEST` and than this part of the draws are a warning."""
ERRORS = 5
SMALLEST = 1e-4
"""Deviations of <exp(-dH)> from 1 that rounding explains."""


def sampler_warnings(facts: dict[str, Any], accepted: np.ndarray | None, options: Any) -> list[str]:
    """What to do where the means of a sampler are not to be trusted; `facts` as in the results, `accepted` [chain, draw]."""
    said = [] if accepted is None else _rejections(facts["longest_rejection"], accepted)
    if "exp_minus_delta_h" in facts:
        said += _energies(**facts["exp_minus_delta_h"], draws=options.draws)
    return [f"{text}; {_remedy(options)}" for text in said]


def _rejections(longest: int, accepted: np.ndarray) -> list[str]:
    chains, draws = accepted.shape
    frozen = int(np.sum(~np.any(accepted, axis=1)))
    if frozen and draws >= FEWEST_DRAWS:
        return [f"{frozen} of {chains} chains accepted nothing in {draws} draws: what they hold biases all means"]
    if longest > max(SHORTEST, REJECTED * draws):
        return [f"a chain rejected {longest} of {draws} draws in a row: means are biased, and errors too small"]
    return []


def _energies(mean: float | None, error: float | None, draws: int) -> list[str]:
    if mean is None:
        return ["<exp(-dH)> is not finite: the integrator is unstable on some trajectories, which were rejected"]
    if error is None or draws < SHORTEST or abs(mean - 1) <= max(ERRORS * error, SMALLEST):
        return []
    figure = f"<exp(-dH)> = {mean:.4g} +- {error:.2g} is more than {ERRORS} errors from 1"
    return [f"{figure}: the chains are not in equilibrium, or some stay where no trajectory leads away"]


def _remedy(options: Any) -> str:
    if type(options).__name__ == "FlowMetropolis":
        return "train the flow longer or with more layers"
    moves = getattr(options, "update", options)
    smaller = "more `steps`" if moves.steps and not getattr(moves, "adapts", False) else "a higher `target`"
    cold = ["`start = cold`"] if options.start == "hot" else []
    return f"try {', '.join([*cold, 'a longer `warmup`'])} or {smaller}"
