"""How all pictures look, and their bytes: colours that colour-blind people tell apart, no date, no random names."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

FORMATS = ("png", "svg")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito, Color Universal Design (2008); black is left to exact curves, grey to what was not accepted yet."""
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P")
SEQUENTIAL, CYCLIC, DIVERGING = "cividis", "twilight_shifted", "PuOr_r"
SETTINGS: dict[str, Any] = {
    "svg.hashsalt": "lqdsl",
    "savefig.dpi": 150,
    "figure.dpi": 100,
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.3,
    "grid.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "lines.linewidth": 1.3,
    "lines.markersize": 4.0,
    "image.cmap": SEQUENTIAL,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-4, 5),
}
METADATA: dict[str, dict[str, Any]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


@dataclass(frozen=True)
class Look:
    """Colour, line and marker of one sampler, the same in all pictures."""

    colour: str
    line: str
    marker: str


FLOW = Look("#666666", ":", "x")


def look(number: int) -> Look:
    """That of sampler `number` of the file."""
    return Look(COLOURS[number % len(COLOURS)], LINES[number % len(LINES)], MARKERS[number % len(MARKERS)])


def encoded(draw: Callable[[], Figure], form: str) -> bytes:
    """The file of a picture; settings of the user do not count, and the same figure gives the same bytes."""
    defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if name not in ("backend", "toolbar")}
    with matplotlib.rc_context({**defaults, **SETTINGS}):
        figure = draw()
        FigureCanvasAgg(figure)
        stream = io.BytesIO()
        figure.savefig(stream, format=form, metadata=METADATA[form])
    return stream.getvalue()


def panels(
    count: int, columns: int = 3, width: float = 3.2, height: float = 2.5, **options: Any
) -> tuple[Figure, list[Axes]]:
    """A figure with `count` axes, row by row."""
    columns = min(columns, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(max(width * columns, 4.2), height * rows), layout="constrained")
    figure.get_layout_engine().set(wspace=0.06)  # labels at both ends of an axis meet
    axes = figure.subplots(rows, columns, squeeze=False, **options).reshape(-1)
    for unused in axes[count:]:
        unused.remove()
    return figure, list(axes[:count])


def legend(figure: Figure, axes: Sequence[Axes]) -> None:
    """One legend above all panels, each label once."""
    found: dict[str, Any] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    if found:
        wide = max(1, int(figure.get_figwidth() / 1.4))
        figure.legend(found.values(), found.keys(), loc="outside upper center", ncols=min(len(found), wide))


def angle_ticks(axis: Any) -> None:
    """-pi ... pi on `ax.xaxis` or `ax.yaxis`."""
    axis.set_ticks([-pi, -pi / 2, 0, pi / 2, pi], labels=["-π", "-π/2", "0", "π/2", "π"])


def robust_limits(values: np.ndarray, share: float = 0.02) -> tuple[float, float] | None:
    """Limits that hold all but a share of the values at each end, with some air; None if there is no range."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return None
    low, high = np.quantile(finite, [share, 1 - share])
    air = 0.08 * (high - low)
    return (float(low - air), float(high + air)) if air > 0 else None
