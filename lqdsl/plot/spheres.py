"""Points of the sphere S^2 in Mollweide's projection, which keeps areas."""

from math import pi
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lqdsl.plot.coordinates import action_of
from lqdsl.plot.gather import Run
from lqdsl.plot.style import SEQUENTIAL
from lqdsl.runtime.manifolds import Sphere
from lqdsl.runtime.model import Model

GRID = 96
"""Cells from pole to pole in the exact map; twice as many around."""
FINER = 8
Map = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Borders of the longitudes, of the latitudes, and the density [latitude, longitude] over the area of the sphere."""


def is_one_point(model: Model) -> bool:
    """Whether a theory is one point of S^2 and nothing else."""
    kind: Any = model.kinds[0]
    return len(model.kinds) == 1 and model.lattice.volume == 1 and isinstance(kind, Sphere) and kind.n == 3


def draw(run: Run, name: str, with_exact: bool) -> Figure:
    """exp(-S) / Z where the theory is one point, then the samples of each sampler."""
    found = {"exact": exact(run.model)} if with_exact else {}
    for label, fields in run.samples.items():
        found[label] = counted(fields[name].reshape(3, -1))
    columns = min(2, len(found))
    figure = Figure(figsize=(4.0 * columns, 2.3 * -(-len(found) // columns)), layout="constrained")
    axes = []
    top = max(float(density.max()) for label, (_, _, density) in found.items() if not with_exact or label == "exact")
    for number, (label, (longitudes, latitudes, density)) in enumerate(found.items(), start=1):
        axis = figure.add_subplot(-(-len(found) // columns), columns, number, projection="mollweide")
        axis.grid(False)
        image = axis.pcolormesh(
            longitudes, *_finer(latitudes, density), cmap=SEQUENTIAL, vmin=0, vmax=top, rasterized=True
        )
        axis.set(title=label, xticks=[], yticks=[])
        axes.append(axis)
    figure.colorbar(image, ax=axes, label=f"density of {name} (per area)")
    return figure


def exact(model: Model) -> Map:
    """exp(-S), normalised over cells of equal area."""
    longitudes, heights = np.linspace(-pi, pi, 2 * GRID + 1), np.linspace(-1, 1, GRID + 1)
    angle, z = (part.reshape(-1) for part in np.meshgrid(_centres(longitudes), _centres(heights)))
    radius = np.sqrt(1 - z**2)
    point = np.stack([radius * np.cos(angle), radius * np.sin(angle), z])
    shape = model.kinds[0].shape(model.lattice)
    weights = -action_of(model, {model.fields[0]: point.reshape(*shape, -1)})
    density = np.exp(weights - weights.max()).reshape(GRID, 2 * GRID)
    return longitudes, np.arcsin(heights), density / (density.mean() * 4 * pi)


def counted(points: np.ndarray) -> Map:
    """Histogram of [component, sample] over cells of equal area."""
    rows = max(6, min(48, round(points.shape[1] ** 0.5 / 4)))
    longitudes, heights = np.linspace(-pi, pi, 2 * rows + 1), np.linspace(-1, 1, rows + 1)
    angle, z = np.arctan2(points[1], points[0]), np.clip(points[2], -1, 1)
    counts = np.histogram2d(z, angle, (heights, longitudes))[0]
    return longitudes, np.arcsin(heights), counts / (points.shape[1] * 4 * pi / counts.size)


def _finer(latitudes: np.ndarray, density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same map in thinner rows, whose straight sides follow the round border."""
    places = np.linspace(0, len(latitudes) - 1, FINER * (len(latitudes) - 1) + 1)
    return np.interp(places, np.arange(len(latitudes)), latitudes), np.repeat(density, FINER, axis=0)


def _centres(borders: np.ndarray) -> np.ndarray:
    return 0.5 * (borders[1:] + borders[:-1])
