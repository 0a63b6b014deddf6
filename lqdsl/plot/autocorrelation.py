"""Autocorrelation functions and integrated autocorrelation times."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lqdsl.plot.gather import Run
from lqdsl.plot.picture import Picture, pages
from lqdsl.plot.style import legend, panels
from lqdsl.runtime.analysis import autocorrelation

ROWS = 30
FAR = 10
"""Ratio of windows beyond which times are logarithmic."""


def pictures(run: Run) -> Iterator[Picture]:
    """Pages of twelve functions, then pages of thirty times."""
    caption = (
        "Normalised autocorrelation rho(t) of each observable, t in draws; the vertical line is the window up to which "
        "tau_int is summed (Wolff, hep-lat/0306017)."
    )
    for name, names in pages("autocorrelation", run.scalars):
        yield Picture(name, "autocorrelation", caption, partial(draw, run, names))
    caption = "Integrated autocorrelation times in draws with errors; 1/2 (the line) is a series of independent draws."
    for name, names in pages("autocorrelation-times", run.scalars, ROWS):
        yield Picture(name, "autocorrelation", caption, partial(draw_times, run, names))


def draw(run: Run, names: list[str]) -> Figure:
    """A panel for each observable."""
    figure, axes = panels(len(names))
    for axis, name in zip(axes, names, strict=True):
        _panel(axis, run, name)
    legend(figure, axes)
    return figure


def _panel(axis: Axes, run: Run, name: str) -> None:
    """rho(t) up to three windows of the slowest sampler."""
    functions = {sampler: autocorrelation(found[name]) for sampler, found in run.series.items() if name in found}
    ends = [max(5, min(3 * window, len(rho) - 1)) for rho, window in functions.values()]
    is_far = max(ends) > FAR * min(ends)
    axis.axhline(0, color="black", linewidth=0.6)
    for sampler, (rho, window) in functions.items():
        look, shown = run.look(sampler), rho[: max(ends) + 1]
        axis.plot(shown, look.line, color=look.colour, label=sampler, marker=look.marker if len(shown) < 30 else "")
        axis.axvline(window, color=look.colour, linestyle=look.line, linewidth=0.7)
    axis.set(xlim=(int(is_far), max(ends)), ylim=(-0.25, 1.05), xlabel="t (draws)", ylabel="rho(t)", title=name)
    if is_far:
        axis.set_xscale("log")


def draw_times(run: Run, names: list[str]) -> Figure:
    """Observables down, tau_int across, logarithmic."""
    figure = Figure(figsize=(5.6, 1.1 + 0.3 * len(names)), layout="constrained")
    axis = figure.subplots()
    samplers = list(run.series)
    for number, sampler in enumerate(samplers):
        known = [row for row, name in enumerate(names) if name in run.series[sampler]]
        found = [run.estimate(sampler, names[row]) for row in known]
        rows = np.array(known) + 0.16 * (number - (len(samplers) - 1) / 2)
        look = run.look(sampler)
        errors = [estimate.tau_int_error for estimate in found]
        times = [estimate.tau_int for estimate in found]
        axis.errorbar(times, rows, xerr=errors, fmt=look.marker, color=look.colour, label=sampler, capsize=2)
    axis.axvline(0.5, color="black", linewidth=0.8)
    axis.set(xscale="log", xlabel="tau_int (draws)", yticks=range(len(names)), yticklabels=names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    legend(figure, [axis])
    return figure
