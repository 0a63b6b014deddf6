"""Histograms of observables, all samplers in one panel."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lqdsl.plot.gather import Run
from lqdsl.plot.picture import Picture, pages
from lqdsl.plot.style import legend, panels

BINS = 50
WHOLE = 2e-3
"""Largest distance to a whole number in an observable that counts, like a charge."""
FEWEST, MOST = 2, 60


def pictures(run: Run) -> Iterator[Picture]:
    """Pages of twelve observables."""
    caption = "Distribution of each observable over all draws and chains; samplers that agree lie on each other."
    for name, names in pages("histograms", run.scalars):
        yield Picture(name, "histograms", caption, partial(draw, run, names))


def draw(run: Run, names: list[str]) -> Figure:
    """A panel for each observable."""
    figure, axes = panels(len(names))
    for axis, name in zip(axes, names, strict=True):
        _panel(axis, run, name)
    legend(figure, axes)
    return figure


def _panel(axis: Axes, run: Run, name: str) -> None:
    values = {sampler: found[name].reshape(-1) for sampler, found in run.series.items() if name in found}
    edges = bin_edges(np.concatenate(list(values.values())))
    for sampler, numbers in values.items():
        look = run.look(sampler)
        heights = np.histogram(numbers, edges)[0] / (len(numbers) * np.diff(edges))
        axis.stairs(heights, edges, color=look.colour, linestyle=look.line, linewidth=1.3, label=sampler)
    axis.set(xlabel=name, ylabel="density", ylim=(0, None))


def bin_edges(values: np.ndarray) -> np.ndarray:
    """Around whole numbers where all values are such, else equal bins from the lowest to the highest value."""
    low, high = float(values.min()), float(values.max())
    whole = np.rint(values)
    if FEWEST <= round(high) - round(low) <= MOST and np.max(np.abs(values - whole)) < WHOLE:
        return np.arange(round(low) - 0.5, round(high) + 1.0)
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        room = 0.5 * max(abs(low), 1e-3)
        return np.linspace(low - room, high + room, 4)
    return np.linspace(low, high, max(4, min(BINS, round(len(values) ** 0.5))) + 1)
