"""Correlators with their errors, fit, and effective mass."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lqdsl.plot.gather import Run
from lqdsl.plot.picture import Picture
from lqdsl.plot.style import Look, legend, panels
from lqdsl.runtime.analysis import (
    Correlator,
    Estimate,
    connected,
    default_window,
    derived_estimate,
    effective_mass,
    pole_mass,
)
from lqdsl.runtime.campaign.records import Arrays

SHORTEST = 3
"""Extent from which on there is a picture."""
LARGEST_ERROR = 1.0
"""Relative error up to which an effective mass is shown."""


def pictures(run: Run) -> Iterator[Picture]:
    """One for each correlator."""
    for name in run.correlators:
        kind = run.model.observable_kinds[name]
        if kind.extent >= SHORTEST and any(name in found for found in run.series.values()):
            caption = (
                f"Correlator {name} along axis {kind.axis} with errors by the Gamma method, the fit A cosh(m(T/2 - t)) "
                "in its window (sinh for antiperiodic boundaries), and the effective mass with the fitted mass as a band."
            )
            yield Picture(f"correlators-{name}", "correlators", caption, partial(draw, run, name))


def draw(run: Run, name: str) -> Figure:
    """C(t) on the left, effective mass on the right."""
    figure, (left, right) = panels(2, width=3.6, height=3.2)
    kind: Correlator = run.model.observable_kinds[name]
    found = {sampler: series for sampler, series in run.series.items() if name in series}
    is_connected = False
    for number, (sampler, series) in enumerate(found.items()):
        offset = 0.08 * (number - (len(found) - 1) / 2)
        part, is_connected = connected_part(run, name, series)
        _sampler(left, right, run.look(sampler), sampler, kind, part, series, offset)
    left.set(xlabel=f"t along axis {kind.axis} (lattice spacings)", ylabel=f"{name}(t)" + ", connected" * is_connected)
    right.set(xlabel="t (lattice spacings)", ylabel="effective mass (1 / spacing)")
    right.set_xlim(0.5, kind.extent // 2 + 0.5)
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)
    _scale(left)
    legend(figure, [left])
    return figure


def connected_part(run: Run, name: str, series: Arrays) -> tuple[Callable[[Any], np.ndarray], bool]:
    """(C(t) from expectation values, whether a disconnected part is subtracted).

    It is where the theory measures one-point functions, NAME_vev or NAME_vev0, NAME_vev1, ... of several components.
    """
    tails = [label for label in series if label.startswith(f"{name}_vev") and label[len(name) + 4 :] in _DIGITS]
    lattice, axis = run.model.lattice, run.model.observable_kinds[name].axis
    spatial = lattice.volume // lattice.extents[axis]

    def part(mean: Any) -> np.ndarray:
        values = np.asarray(mean(name), np.float64)
        for tail in tails:
            values = connected(values, mean(tail), spatial)
        return values

    return part, bool(tails)


_DIGITS = ("", *map(str, range(64)))


def _sampler(
    left: Axes, right: Axes, look: Look, label: str, kind: Correlator, part: Any, series: Arrays, offset: float
) -> None:
    """Points, fit and effective mass of one sampler, moved by `offset` so that error bars stand side by side."""
    points = derived_estimate(lambda mean, _: part(mean), series)
    times = np.arange(kind.extent)
    mass = derived_estimate(lambda mean, _: pole_mass(part(mean), boundary=kind.boundary), series)
    is_found = bool(np.isfinite(mass.mean) and np.isfinite(mass.error))
    label += f": m = {mass.mean:.4g} ± {mass.error:.2g}" if is_found else ": no fit"
    left.errorbar(times + offset, points.mean, points.error, fmt=look.marker, color=look.colour, label=label, capsize=2)
    local = derived_estimate(lambda mean, _: effective_mass(part(mean)), series)
    _masses(right, look, local, offset)
    if is_found:
        _fit(left, right, look, kind, np.asarray(points.mean), mass)


def _masses(axes: Axes, look: Look, local: Estimate, offset: float) -> None:
    values, errors = np.asarray(local.mean), np.asarray(local.error)
    shown = np.isfinite(values) & np.isfinite(errors) & (errors < LARGEST_ERROR * np.abs(values))
    times = 1 + np.flatnonzero(shown)
    axes.errorbar(times + offset, values[shown], errors[shown], fmt=look.marker, color=look.colour, capsize=2)


def _fit(left: Axes, right: Axes, look: Look, kind: Correlator, values: np.ndarray, mass: Estimate) -> None:
    """The curve with its amplitude by least squares over the window, and the mass as a band."""
    first, last = default_window(kind.extent)
    shape = np.cosh if kind.boundary > 0 else np.sinh
    times = np.arange(first, last + 1)
    form = shape(mass.mean * (kind.extent / 2 - times))
    norm = float(form @ form)
    fine = np.linspace(first, last, 100)
    if norm > 0 and np.isfinite(norm):
        curve = float(form @ values[times]) / norm * shape(mass.mean * (kind.extent / 2 - fine))
        left.plot(fine, curve, look.line, color=look.colour, linewidth=1.0)
    right.axhline(mass.mean, xmin=0, color=look.colour, linestyle=look.line, linewidth=1.0)
    right.axhspan(mass.mean - mass.error, mass.mean + mass.error, color=look.colour, alpha=0.18, linewidth=0)


def _scale(axes: Axes) -> None:
    """Logarithmic where all points are positive and more than their errors."""
    values = np.concatenate([np.asarray(line.get_ydata(), np.float64) for line in axes.lines])
    if len(values) and np.all(values > 0) and values.max() > 3 * values.min():
        axes.set_yscale("log", nonpositive="clip")
        axes.set_ylim(0.6 * values.min(), 1.6 * values.max())
