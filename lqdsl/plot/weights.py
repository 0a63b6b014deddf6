"""Weights of the flow: their histogram, and how the effective sample size settles."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from lqdsl.plot.gather import FLOW_LABEL, Run
from lqdsl.plot.picture import Picture
from lqdsl.plot.style import panels
from lqdsl.runtime.analysis import effective_samples

POINTS = 200
CLOSE = 1e-9
TAIL = 1e-3
"""Share of the smallest weights that is not shown."""


def pictures(run: Run) -> Iterator[Picture]:
    """One picture, where a sampler proposed from the flow or the flow was trained."""
    found = {name: weights for name in run.samplers if (weights := _of_sampler(run, name)) is not None}
    if not found and run.flow is not None:
        found = {FLOW_LABEL: run.flow[1]}
    found = {name: finite for name, values in found.items() if len(finite := values[np.isfinite(values)]) > 1}
    if found:
        caption = (
            "Weights w = exp(-S) / q of independent samples of the flow over their mean, and the effective sample size "
            "of the first n of them: it falls in steps where rare large weights are found."
        )
        yield Picture("weights", "weights", caption, partial(draw, run, found))


def _of_sampler(run: Run, name: str) -> np.ndarray | None:
    values = run.facts(name, "log_weight")
    return None if values is None or values.ndim != 2 else values.reshape(-1).astype(np.float64)


def draw(run: Run, found: dict[str, np.ndarray]) -> Figure:
    """Histogram of log(w / mean w), and ESS over n."""
    figure, (histogram, growth) = panels(2, width=3.6, height=3.0)
    for name, values in found.items():
        look = run.look(name)
        highest = values.max()
        logs = values - highest - np.log(np.mean(np.exp(values - highest)))
        ess = effective_samples(values)
        bins = max(2, min(80, round(np.sqrt(len(logs)))))
        if np.ptp(logs) > CLOSE:
            histogram.hist(
                logs,
                bins=bins,
                range=(np.quantile(logs, TAIL), logs.max()),
                histtype="step",
                color=look.colour,
                linestyle=look.line,
                label=name,
            )
        sizes = np.unique(np.geomspace(min(16, len(values)), len(values), POINTS).astype(int))
        growth.plot(sizes, _running(values, sizes), look.line, color=look.colour, label=f"{name}: ESS {ess:.3f}")
    histogram.axvline(0, color="black", linewidth=0.8)
    histogram.set(xlabel="log w - log mean w", ylabel="samples", yscale="log")
    growth.set(xlabel="samples n", ylabel="ESS (share of n)", xscale="log", ylim=(0, 1.05))
    growth.legend(loc="best")
    return figure


def _running(values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(sum w)^2 / (n sum w^2) of the first n."""
    weights = np.exp(values - values.max())
    first, second = np.cumsum(weights)[sizes - 1], np.cumsum(weights**2)[sizes - 1]
    return np.divide(first**2, sizes * second, out=np.full(len(sizes), np.nan), where=second > 0)
