"""Particles in the plane or in a periodic rectangle: fields of two numbers whose sites may be exchanged."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lqdsl.plot.gather import Run
from lqdsl.plot.style import panels
from lqdsl.runtime.boxes import Box
from lqdsl.runtime.kinds import Vector
from lqdsl.runtime.manifolds import Sphere

CLOUD = 4000
"""Positions of other draws that are shown behind the particles, about."""


def is_plane(kind: Any) -> bool:
    """Whether a site of a field is a point of the plane, or of a box in it."""
    return isinstance(kind, Vector | Box) and not isinstance(kind, Sphere) and kind.components == 2


def are_particles(run: Run, name: str, kind: Any) -> bool:
    """Points of the plane that a proved symmetry exchanges."""
    return is_plane(kind) and are_exchangeable(run, name)


def are_exchangeable(run: Run, name: str) -> bool:
    """Whether permutations of the sites of a field were proved."""
    return f"permutations({name})" in run.model.symmetries


def draw(run: Run, name: str) -> Figure:
    """The last configuration of each sampler, over positions of all particles in other ones; a box by its sides."""
    kind = getattr(run.model.kinds, name)
    figure, axes = panels(len(run.examples), 3, width=3.2, height=3.2, sharex=True, sharey=True)
    for axis, (label, fields) in zip(axes, run.examples.items(), strict=True):
        values = fields[name].reshape(2, -1, fields[name].shape[-1])
        step = max(1, values.shape[1] * values.shape[2] // CLOUD)
        cloud = values[..., ::step].reshape(2, -1)
        axis.scatter(*cloud, s=1.5, color="#999999", alpha=0.4, linewidths=0)
        axis.scatter(*values[..., -1], s=36, color=run.look(label).colour, edgecolors="black", linewidths=0.6, zorder=3)
        axis.set(title=label, xlabel=f"{name}[0]", ylabel=f"{name}[1]", aspect="equal")
        if isinstance(kind, Box):
            _sides(axis, kind)
        axis.label_outer()
    return figure


def _sides(axis: Axes, box: Box) -> None:
    """The box, with some air around it."""
    width, height = box.lengths
    axis.add_patch(Rectangle((-width / 2, -height / 2), width, height, fill=False, edgecolor="black", linewidth=0.8))
    axis.set(xlim=(-0.55 * width, 0.55 * width), ylim=(-0.55 * height, 0.55 * height))
