"""Densities over two numbers as maps of equal colours, the exact one first."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lqdsl.plot.coordinates import Coordinate, actions, component_labels, coordinate_range
from lqdsl.plot.gather import Run
from lqdsl.plot.style import SEQUENTIAL, angle_ticks, panels
from lqdsl.runtime.boxes import Box

GRID = 240
TAIL = 5e-4
"""Share of the samples beyond each end of a map."""
Range = tuple[float, float]
Map = tuple[np.ndarray, tuple[Range, Range]]
"""Density [i, j] over the ranges of both numbers."""


def draw(run: Run, coordinates: list[Coordinate]) -> Figure:
    """exp(-S) / Z, then each sampler."""
    values = {label: [c.read(fields) for c in coordinates] for label, fields in run.samples.items()}
    whole, shown = (
        [coordinate_range(c, [v[i] for v in values.values()], tail) for i, c in enumerate(coordinates)]
        for tail in (0.0, TAIL)
    )
    found = {"exact": exact(run, coordinates, (whole[0], whole[1]))}
    for label, (first, second) in values.items():
        found[label] = counted(first, second, (shown[0], shown[1]))
    return _side_by_side(found, [c.label for c in coordinates], [c.is_angle for c in coordinates])


def draw_plane(run: Run, name: str, kind: Any) -> Figure:
    """The two numbers at a site, all sites together; over the whole of a periodic box."""
    values = {label: fields[name].reshape(2, -1) for label, fields in run.samples.items()}
    largest = max(float(np.quantile(np.abs(parts), 0.9999)) for parts in values.values()) or 1.0
    ends = [length / 2 for length in kind.lengths] if isinstance(kind, Box) else [largest, largest]
    ranges = ((-ends[0], ends[0]), (-ends[1], ends[1]))
    found = {label: counted(parts[0], parts[1], ranges) for label, parts in values.items()}
    return _side_by_side(found, component_labels(name, kind), [False, False])


def exact(run: Run, coordinates: list[Coordinate], ranges: tuple[Range, Range]) -> Map:
    """exp(-S) at the centres of a grid, normalised over it."""
    centres = [low + (np.arange(GRID) + 0.5) * (high - low) / GRID for low, high in ranges]
    first, second = (part.reshape(-1) for part in np.meshgrid(*centres, indexing="ij"))
    weights = -actions(run.model, [(coordinates[0], first), (coordinates[1], second)])
    density = np.exp(weights - weights.max()).reshape(GRID, GRID)
    cell = np.prod([(high - low) / GRID for low, high in ranges])
    return density / (density.sum() * cell), ranges


def counted(first: np.ndarray, second: np.ndarray, ranges: tuple[Range, Range]) -> Map:
    """Histogram, normalised over all samples."""
    bins = max(12, min(80, round(len(first) ** 0.5 / 3)))
    counts = np.histogram2d(first, second, bins, ranges)[0]
    cell = np.prod([(high - low) / bins for low, high in ranges])
    return counts / (len(first) * cell), ranges


def _side_by_side(found: dict[str, Map], labels: list[str], angles: list[bool]) -> Figure:
    figure, axes = panels(len(found), 3, width=3.0, height=2.9, sharex=True, sharey=True)
    top = next(iter(found.values()))[0].max() if "exact" in found else max(m.max() for m, _ in found.values())
    limits = list(found.values())[-1][1]
    for axis, (title, (density, ranges)) in zip(axes, found.items(), strict=True):
        image = axis.imshow(
            density.T,
            origin="lower",
            extent=(*ranges[0], *ranges[1]),
            aspect="auto",
            cmap=SEQUENTIAL,
            vmin=0,
            vmax=top,
            interpolation="nearest",
        )
        axis.set(title=title, xlabel=labels[0], ylabel=labels[1], xlim=limits[0], ylim=limits[1])
        axis.grid(False)
        _ticks(axis, angles)
        axis.label_outer()
    figure.colorbar(image, ax=axes, label="density")
    return figure


def _ticks(axis: Axes, angles: list[bool]) -> None:
    for direction, angle in zip((axis.xaxis, axis.yaxis), angles, strict=True):
        if angle:
            angle_ticks(direction)
    if all(angles):
        axis.set_aspect("equal")
