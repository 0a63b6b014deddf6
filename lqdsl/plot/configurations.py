"""One configuration of each sampler as a picture: lines on one axis, maps on two, a slice of more."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import pi
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lqdsl.plot import particles
from lqdsl.plot.coordinates import component_labels, is_angle, is_site_group, wrapped
from lqdsl.plot.gather import Run
from lqdsl.plot.picture import Picture
from lqdsl.plot.style import CYCLIC, DIVERGING, SEQUENTIAL, angle_ticks, legend, panels
from lqdsl.runtime.kinds import Complex, Links
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.manifolds import Sphere

SMALLEST = 4
"""Sites from which on there is something to see."""
COMPONENTS = 4
ARROWS = 24
"""Longest axis for which angles are drawn as arrows, too."""


@dataclass(frozen=True)
class Sheet:
    """A number at each site [x...]: a spin or another angle, a number of either sign, or a size from 0 on."""

    title: str
    values: np.ndarray
    sort: str

    @property
    def is_angle(self) -> bool:
        return self.sort in ("spin", "angle")


def pictures(run: Run) -> Iterator[Picture]:
    """One for each field of a lattice with saved configurations or a trained flow."""
    if run.model.lattice.volume < SMALLEST or not run.examples:
        return
    more = f" The plane of the first two axes; the others are at 0, of {run.model.lattice.ndim} axes."
    for name, kind in zip(run.model.fields, run.model.kinds, strict=True):
        if particles.are_particles(run, name, kind):
            caption = f"{name}: the particles of one configuration of each sampler; grey, those of others."
            yield Picture(f"configurations-{name}", "configurations", caption, partial(particles.draw, run, name))
            continue
        caption = f"{name}: one configuration of each sampler." + more * (run.model.lattice.ndim > 2)
        yield Picture(f"configurations-{name}", "configurations", caption, partial(draw, run, name, kind))


def draw(run: Run, name: str, kind: Any) -> Figure:
    """Samplers across, numbers at a site down; lines of all samplers in one panel where there is one axis."""
    lattice = run.model.lattice
    found = {label: sheets(name, kind, fields[name][..., -1], lattice) for label, fields in run.examples.items()}
    return _lines(run, found) if lattice.ndim == 1 else _maps(found)


def sheets(name: str, kind: Any, values: Any, lattice: Lattice) -> list[Sheet]:
    """What is drawn of one configuration [component, x...]."""
    if isinstance(kind, Links) and not is_site_group(kind):
        return _plaquettes(name, kind, values, lattice)
    if is_angle(kind):
        return [Sheet(name, wrapped(values[0] if is_site_group(kind) else values), "spin")]
    if isinstance(kind, Links):
        return [
            Sheet(f"Re tr {name} / {kind.group.n}", np.asarray(kind.link(values, 0).re_tr()) / kind.group.n, "sign")
        ]
    if isinstance(kind, Sphere) and kind.n == 2:
        return [Sheet(f"angle of {name}", np.arctan2(values[1], values[0]), "spin")]
    if isinstance(kind, Complex):
        size, phase = np.hypot(values[0], values[1]), np.arctan2(values[1], values[0])
        return [Sheet(f"|{name}|", size, "size"), Sheet(f"arg {name}", phase, "angle")]
    rows = zip(component_labels(name, kind), np.asarray(kind.split(values)), strict=True)
    return [Sheet(label, part, "sign") for label, part in list(rows)[:COMPONENTS]]


def _plaquettes(name: str, kind: Links, values: Any, lattice: Lattice) -> list[Sheet]:
    """Plaquettes of the first two axes; for angles the links of both axes as well."""
    first, second = (np.eye(lattice.ndim, dtype=int)[mu] for mu in (0, 1))
    u, v = kind.link(values, 0), kind.link(values, 1)
    loop = u @ lattice.shift(v, tuple(first)) @ lattice.shift(u, tuple(second)).H @ v.H
    if kind.group.n > 1:
        return [
            Sheet(f"Re tr of plaquettes of {name} / {kind.group.n}", np.asarray(loop.re_tr()) / kind.group.n, "sign")
        ]
    links = [Sheet(f"angle of {name}[{mu}]", wrapped(np.asarray(values[mu])), "angle") for mu in (0, 1)]
    return [Sheet(f"plaquette angle of {name}", np.asarray(loop.arg()), "angle"), *links]


def _lines(run: Run, found: dict[str, list[Sheet]]) -> Figure:
    """Angles as points, since they jump."""
    count = len(next(iter(found.values())))
    figure, axes = panels(count, 1, width=5.6, height=2.2)
    for label, rows in found.items():
        look = run.look(label)
        for axis, sheet in zip(axes, rows, strict=True):
            line = "none" if sheet.is_angle else look.line
            axis.plot(sheet.values, linestyle=line, marker=look.marker, color=look.colour, label=label)
            axis.set(xlabel="site", ylabel=sheet.title)
            if sheet.is_angle:
                angle_ticks(axis.yaxis)
                axis.set_ylim(-pi * 1.05, pi * 1.05)
            axis.xaxis.get_major_locator().set_params(integer=True)
    legend(figure, axes)
    return figure


def _maps(found: dict[str, list[Sheet]]) -> Figure:
    """Rows of maps with a common scale each."""
    count = len(next(iter(found.values())))
    columns = len(found) if len(found) > 1 else count
    figure, axes = panels(count * len(found), columns, width=2.9, height=2.6)
    for row in range(count):
        own = axes[row * len(found) : (row + 1) * len(found)]
        planes = [_plane(rows[row].values) for rows in found.values()]
        sheet = next(iter(found.values()))[row]
        limits = _limits(sheet.sort, planes)
        for axis, label, plane in zip(own, found, planes, strict=True):
            image = _map(axis, plane, sheet.sort, limits)
            axis.set(title=f"{label}: {sheet.title}", xlabel="axis 0", ylabel="axis 1")
            axis.label_outer()
        bar = figure.colorbar(image, ax=own, shrink=0.9)
        if sheet.is_angle:
            angle_ticks(bar)
    return figure


def _plane(values: np.ndarray) -> np.ndarray:
    """[x0, x1] at 0 of the other axes."""
    return values.reshape(*values.shape[:2], -1)[..., 0]


def _limits(sort: str, planes: list[np.ndarray]) -> tuple[float, float]:
    largest = max(float(np.max(np.abs(plane))) for plane in planes) or 1.0
    return {"spin": (-pi, pi), "angle": (-pi, pi), "sign": (-largest, largest), "size": (0.0, largest)}[sort]


def _map(axis: Axes, plane: np.ndarray, sort: str, limits: tuple[float, float]) -> Any:
    colours = {"spin": CYCLIC, "angle": CYCLIC, "sign": DIVERGING, "size": SEQUENTIAL}[sort]
    axis.grid(False)
    image = axis.imshow(
        plane.T, origin="lower", cmap=colours, vmin=limits[0], vmax=limits[1], interpolation="nearest", aspect="equal"
    )
    if sort == "spin" and max(plane.shape) <= ARROWS:
        arrows = {"color": "black", "edgecolor": "white", "linewidth": 0.3, "width": 0.012 / (max(plane.shape) / 8)}
        axis.quiver(np.cos(plane.T), np.sin(plane.T), pivot="mid", scale=1.3 * max(plane.shape), **arrows)
    axis.locator_params(integer=True, nbins=6)
    return image
