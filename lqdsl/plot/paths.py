"""Paths in the plane, such as arms and chains, from observables that are families of points."""

import re
from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lqdsl.plot.gather import FLOW_LABEL, Run
from lqdsl.plot.picture import Picture
from lqdsl.plot.style import panels
from lqdsl.runtime.campaign.records import Arrays

MEMBER = re.compile(r"(.+)_(m?\d+)")
PATHS, POINTS = 60, 4000


def pictures(run: Run) -> Iterator[Picture]:
    """One for each pair of families x[k], y[k] over the same range whose names differ in one letter, x and y."""
    families = _families(run.numbers)
    for first, second in pairs(families):
        members = [(families[first][k], families[second][k]) for k in sorted(families[first])]
        found = _series(run, [name for pair in members for name in pair])
        if found:
            caption = (
                f"Paths through the points ({first}[k], {second}[k]) of {PATHS} draws; the dots are the last points of "
                "many draws. Where k begins at 1, paths begin at the origin."
            )
            paths = {label: points(series, members, min(families[first]) == 1) for label, series in found.items()}
            yield Picture(f"paths-{first}-{second}", "paths", caption, partial(draw, run, paths, (first, second)))


def _series(run: Run, names: list[str]) -> dict[str, Arrays]:
    """Of the flow before accept/reject and of the samplers, where they have all of the observables."""
    found = {FLOW_LABEL: run.flow_series} | run.series
    return {label: series for label, series in found.items() if all(name in series for name in names)}


def _families(names: list[str]) -> dict[str, dict[int, str]]:
    """Stem to its members by number, where the numbers have no gap."""
    found: dict[str, dict[int, str]] = {}
    for name in names:
        if match := MEMBER.fullmatch(name):
            found.setdefault(match[1], {})[int(match[2].replace("m", "-"))] = name
    return {stem: m for stem, m in found.items() if len(m) > 1 and max(m) - min(m) == len(m) - 1}


def pairs(families: dict[str, dict[int, str]]) -> Iterator[tuple[str, str]]:
    """Stems that differ in one letter, x in the first and y in the second, with the same numbers."""
    for first, members in families.items():
        for place, letter in enumerate(first):
            second = f"{first[:place]}y{first[place + 1 :]}"
            if letter == "x" and second in families and set(families[second]) == set(members):
                yield first, second


def draw(run: Run, found: dict[str, np.ndarray], labels: tuple[str, str]) -> Figure:
    """A panel for the flow and each sampler."""
    figure, axes = panels(len(found), 3, width=3.2, height=3.2, sharex=True, sharey=True)
    for axis, (label, paths) in zip(axes, found.items(), strict=True):
        _panel(axis, paths, run.look(label).colour)
        axis.set(title=label, xlabel=labels[0], ylabel=labels[1], aspect="equal")
        axis.label_outer()
    return figure


def points(series: Arrays, members: list[tuple[str, str]], origin: bool) -> np.ndarray:
    """[x or y, k, sample], all chains and draws."""
    rows = [[series[name].reshape(-1) for name in pair] for pair in members]
    found: np.ndarray = np.moveaxis(np.array(rows), 0, 1)
    start = np.zeros((2, 1, found.shape[-1]))
    return np.concatenate([start, found], axis=1) if origin else found


def _panel(axis: Axes, found: np.ndarray, colour: str) -> None:
    samples = found.shape[-1]
    chosen = np.unique(np.linspace(0, samples - 1, min(PATHS, samples)).astype(int))
    ends = np.unique(np.linspace(0, samples - 1, min(POINTS, samples)).astype(int))
    axis.plot(found[0][:, chosen], found[1][:, chosen], "-o", color=colour, alpha=0.25, linewidth=1.0, markersize=2)
    axis.scatter(found[0, -1, ends], found[1, -1, ends], s=1.5, color="black", alpha=0.25, linewidths=0, zorder=3)
    if np.all(found[:, 0] == found[:, :1, 0]):
        axis.plot(*found[:, 0, 0], "s", color="black", markersize=5)
