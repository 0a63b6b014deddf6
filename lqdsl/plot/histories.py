"""Histories of the slowest observables."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lqdsl.plot.gather import Run
from lqdsl.plot.histograms import WHOLE
from lqdsl.plot.picture import Picture
from lqdsl.plot.style import panels

OBSERVABLES, CHAINS, DRAWS = 6, 3, 2000


def pictures(run: Run) -> Iterator[Picture]:
    """One picture of at most six observables: whole numbers, like charges, first; then the largest tau_int."""
    names = slowest(run)
    if names:
        caption = (
            f"Histories of the observables that move slowest: the first {DRAWS} draws of up to {CHAINS} chains. A line "
            "that stays where it is for long is a chain that does not move."
        )
        yield Picture("histories", "histories", caption, partial(draw, run, names))


def slowest(run: Run) -> list[str]:
    """Names in the order of their pictures."""
    order = {name: (not _counts(run, name), -_tau(run, name)) for name in run.scalars}
    return sorted(order, key=lambda name: order[name])[:OBSERVABLES]


def _counts(run: Run, name: str) -> bool:
    values = np.concatenate([found[name].reshape(-1) for found in run.series.values() if name in found])
    return bool(np.max(np.abs(values - np.rint(values))) < WHOLE)


def _tau(run: Run, name: str) -> float:
    return max(float(run.estimate(sampler, name).tau_int) for sampler, found in run.series.items() if name in found)


def draw(run: Run, names: list[str]) -> Figure:
    """Observables down, samplers across."""
    samplers = list(run.series)
    figure, axes = panels(len(names) * len(samplers), len(samplers), width=4.2, height=1.5, sharey="row")
    for number, axis in enumerate(axes):
        name, sampler = names[number // len(samplers)], samplers[number % len(samplers)]
        if name in run.series[sampler]:
            _history(axis, run, sampler, run.series[sampler][name])
        if number < len(samplers):
            axis.set_title(sampler)
        if _counts(run, name):
            axis.yaxis.get_major_locator().set_params(integer=True)
        if number % len(samplers) == 0:
            axis.set_ylabel(name)
        if number >= len(axes) - len(samplers):
            axis.set_xlabel("draw")
    return figure


def _history(axis: Axes, run: Run, sampler: str, series: np.ndarray) -> None:
    colour = run.look(sampler).colour
    for chain, values in enumerate(series[:CHAINS, :DRAWS]):
        axis.plot(values, color=colour, alpha=1 - 0.3 * chain, linewidth=0.7)
