"""Densities of fields: samples against exp(-S) where the theory has one or two numbers or is one point of a sphere."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lqdsl.plot import maps, particles, spheres
from lqdsl.plot.coordinates import (
    Coordinate,
    actions,
    chart,
    component_labels,
    coordinate_range,
    is_angle,
    is_site_group,
    wrapped,
)
from lqdsl.plot.gather import Run
from lqdsl.plot.picture import Picture
from lqdsl.plot.style import angle_ticks, legend, panels
from lqdsl.runtime.boxes import Box
from lqdsl.runtime.kinds import Complex, Links
from lqdsl.runtime.manifolds import Sphere

GRID = 2000
MOLLWEIDE = "Equal-area projection (Mollweide), component 2 up, component 0 in the middle."
MOST_SITES = 12
TAIL = 2e-4
"""Share of the samples beyond each end of a panel."""
Parts = dict[str, list[tuple[str, np.ndarray, bool]]]
"""Title of a panel to (sampler, values, whether they are angles)."""


def pictures(run: Run) -> Iterator[Picture]:
    """One of the whole theory where it is small, else one of each field that has a meaning at a site."""
    if all(_is_gauge(kind) for kind in run.model.kinds) or not run.samples:
        return
    coordinates = chart(run.model, 2)
    exact = "Samples against the exact density exp(-S) / Z, Z by summation over a grid."
    if coordinates is not None and len(coordinates) == 1:
        yield Picture("densities", "densities", exact, partial(draw_curve, run, coordinates[0]))
    elif coordinates is not None:
        yield Picture("densities", "densities", exact, partial(maps.draw, run, coordinates))
    elif spheres.is_one_point(run.model):
        caption = f"{exact} {MOLLWEIDE}"
        yield Picture("densities", "densities", caption, partial(spheres.draw, run, run.model.fields[0], True))
    else:
        yield from _of_fields(run)


def _of_fields(run: Run) -> Iterator[Picture]:
    for name, kind in zip(run.model.fields, run.model.kinds, strict=True):
        together = f"Distribution of {name} at a site, sites put together."
        if _is_gauge(kind):
            continue
        if isinstance(kind, Sphere) and kind.n == 3:
            caption, draw = f"{together} {MOLLWEIDE}", partial(spheres.draw, run, name, False)
        elif isinstance(kind, Complex) or particles.is_plane(kind):
            caption, draw = together, partial(maps.draw_plane, run, name, kind)
        else:
            caption = together if pooled(run, name) else f"Distribution of {name} at each site."
            draw = partial(draw_marginals, run, name, kind)
        yield Picture(f"densities-{name}", "densities", caption, draw)


def _is_gauge(kind: Any) -> bool:
    """Links, of which one alone has no gauge-invariant meaning."""
    return isinstance(kind, Links) and not is_site_group(kind)


def pooled(run: Run, name: str) -> bool:
    """Whether sites are put together: where a proved symmetry makes them alike, or they are too many for a panel each."""
    alike = "translations" in run.model.symmetries or particles.are_exchangeable(run, name)
    return alike or run.model.lattice.volume > MOST_SITES


def draw_curve(run: Run, coordinate: Coordinate) -> Figure:
    """Histograms and the exact curve over one coordinate."""
    figure, (axis,) = panels(1, width=5.2, height=3.6)
    values = {label: coordinate.read(fields) for label, fields in run.samples.items()}
    low, high = coordinate_range(coordinate, list(values.values()))
    shown = coordinate_range(coordinate, list(values.values()), TAIL)
    for label, numbers in values.items():
        _steps(axis, run, label, numbers, shown)
    grid = np.linspace(low, high, GRID)
    weights = -actions(run.model, [(coordinate, grid)])
    density = np.exp(weights - weights.max())
    density /= density.sum() * (grid[1] - grid[0])
    axis.plot(grid, density, color="black", linewidth=1.0, label="exact")
    axis.set_xlim(shown)
    _finish(axis, coordinate.label, coordinate.is_angle)
    legend(figure, [axis])
    return figure


def draw_marginals(run: Run, name: str, kind: Any) -> Figure:
    """A panel for each component, or for each site and component where the sites differ; the whole side of a box."""
    parts: Parts = {}
    sides = dict(zip(component_labels(name, kind), kind.lengths, strict=True)) if isinstance(kind, Box) else {}
    for label, fields in run.samples.items():
        for title, values, angle in _parts(run, name, kind, fields[name]):
            parts.setdefault(title, []).append((label, values, angle))
    figure, axes = panels(len(parts))
    for axis, (title, found) in zip(axes, parts.items(), strict=True):
        everything = np.concatenate([values for _, values, _ in found])
        angle = found[0][2]
        low, high = (-np.pi, np.pi) if angle else np.quantile(everything, [TAIL, 1 - TAIL])
        side = sides.get(title.split(" at ")[0])
        limits = (-side / 2, side / 2) if side else (float(low), float(high))
        for label, values, _ in found:
            _steps(axis, run, label, values, limits)
        _finish(axis, title, angle)
    legend(figure, axes)
    return figure


def _parts(run: Run, name: str, kind: Any, values: np.ndarray) -> list[tuple[str, np.ndarray, bool]]:
    """(title, values [sample], whether they are angles) of each panel."""
    rows = _components(name, kind, values)
    if pooled(run, name):
        return [(title, numbers.reshape(-1), angle) for title, numbers, angle in rows]
    sites = list(np.ndindex(*run.model.lattice.extents))
    return [
        (f"{title} at {', '.join(map(str, site))}" if len(sites) > 1 else title, numbers[site], angle)
        for site in sites
        for title, numbers, angle in rows
    ]


def _components(name: str, kind: Any, values: Any) -> list[tuple[str, np.ndarray, bool]]:
    """(title, [x..., sample], whether it is an angle) of each number at a site."""
    if is_angle(kind):
        return [(name, wrapped(values[0] if is_site_group(kind) else values), True)]
    if isinstance(kind, Sphere) and kind.n == 2:
        return [(f"angle of {name}", np.arctan2(values[1], values[0]), True)]
    if isinstance(kind, Links):
        return [(f"Re tr {name} / {kind.group.n}", np.asarray(kind.link(values, 0).re_tr()) / kind.group.n, False)]
    labels = component_labels(name, kind)
    return [(label, part, False) for label, part in zip(labels, np.asarray(kind.split(values)), strict=True)]


def _steps(axis: Axes, run: Run, label: str, values: np.ndarray, limits: tuple[float, float]) -> None:
    look = run.look(label)
    bins = max(8, min(72, round(len(values) ** 0.5 / 2)))
    low, high = limits if limits[0] < limits[1] else (limits[0] - 0.5, limits[1] + 0.5)
    heights, edges = np.histogram(values, bins, (low, high))
    heights = heights / (max(len(values), 1) * np.diff(edges))
    axis.stairs(heights, edges, color=look.colour, linestyle=look.line, linewidth=1.3, label=label)


def _finish(axis: Axes, label: str, angle: bool) -> None:
    axis.set(xlabel=label, ylabel="density", ylim=(0, None))
    if angle:
        axis.set_xlim(-np.pi, np.pi)
        angle_ticks(axis.xaxis)
