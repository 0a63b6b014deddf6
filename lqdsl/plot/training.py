"""The training: loss, quality of the flow, size of the gradient."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lqdsl.plot.gather import Run
from lqdsl.plot.picture import Picture
from lqdsl.plot.style import COLOURS, robust_limits

LOSSES = {"reverse_kl": "mean of S + log q", "forward_kl": "mean of -log q on the samples"}


def pictures(run: Run) -> Iterator[Picture]:
    """One picture, where there are lines in metrics.jsonl."""
    if run.metrics:
        caption = "Training: loss, effective sample size and acceptance of the flow, norm of the gradient."
        yield Picture("training", "training", caption, partial(draw, run))


def draw(run: Run) -> Figure:
    """Three panels over steps; seconds above."""
    figure = Figure(figsize=(6.4, 6.2), layout="constrained")
    loss, quality, gradient = figure.subplots(3, 1, sharex=True, height_ratios=[3, 2, 1.4])
    _loss(loss, run)
    _quality(quality, run)
    _line(gradient, run, "gradient_norm", COLOURS[3], "norm of the gradient")
    gradient.set(ylabel="norm of gradient", xlabel="step")
    if any(_value(row, "gradient_norm") > 0 for row in run.metrics):
        gradient.set_yscale("log")
    _seconds(loss, run)
    return figure


def _loss(axes: Axes, run: Run) -> None:
    """With the value that the reverse KL loss would have for a perfect flow."""
    _, values = _line(axes, run, "loss", COLOURS[0], "loss")
    name = getattr(run.model.train, "loss", "reverse_kl")
    axes.set_ylabel(f"loss\n({LOSSES.get(name, name)})")
    log_z = run.training.get("flow", {}).get("log_z")
    if name == "reverse_kl" and isinstance(log_z, float):
        axes.axhline(-log_z, color="black", linewidth=1.0, linestyle="--", label="-log Z")
        values = np.append(values, [-log_z] * (1 + len(values) // 20))
    limits = robust_limits(values)
    if limits is not None and len(values) > 3:
        axes.set_ylim(limits)
    axes.legend()


def _quality(axes: Axes, run: Run) -> None:
    for name, label, colour, line in (("ess", "ESS", COLOURS[2], "-"), ("acceptance", "acceptance", COLOURS[1], "--")):
        _line(axes, run, name, colour, label, line, marker=".")
    axes.set(ylim=(-0.03, 1.03), ylabel="share of samples")
    if axes.lines:
        axes.legend()
    else:
        axes.text(0.5, 0.5, "not judged yet", ha="center", va="center", transform=axes.transAxes)


def _line(
    axes: Axes, run: Run, name: str, colour: str, label: str, line: str = "-", marker: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """Plot one figure of the metrics where there are some; (steps, values)."""
    found = [(row["step"], _value(row, name)) for row in run.metrics if np.isfinite(_value(row, name))]
    steps, values = np.array(found, np.float64).reshape(-1, 2).T
    if len(steps):
        axes.plot(steps, values, line, color=colour, label=label, marker=marker or ("o" if len(steps) == 1 else ""))
    return steps, values


def _value(row: dict[str, Any], name: str) -> float:
    value = row.get(name)
    return float(value) if isinstance(value, int | float) else float("nan")


def _seconds(axes: Axes, run: Run) -> None:
    """A second axis above, with the seconds at the steps that are marked below."""
    found = [(row["step"], _value(row, "seconds")) for row in run.metrics if np.isfinite(_value(row, "seconds"))]
    if len(found) < 2:
        return
    steps, seconds = np.array(found, np.float64).T
    axes.set_xlim(steps[0], steps[-1])
    above = axes.secondary_xaxis("top")
    above.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{np.interp(step, steps, seconds):.3g}"))
    above.set_xlabel("seconds")
