"""Particles in the plane: fields of two numbers whose sites may be exchanged."""

from typing import Any

from matplotlib.figure import Figure

from lqdsl.plot.gather import Run
from lqdsl.plot.style import panels
from lqdsl.runtime.kinds import Vector
from lqdsl.runtime.manifolds import Sphere

CLOUD = 4000
"""Positions of other draws that are shown behind the particles, about."""


def is_plane(kind: Any) -> bool:
    """Whether a site of a field is a point of the plane."""
    return isinstance(kind, Vector) and not isinstance(kind, Sphere) and kind.n == 2


def are_particles(run: Run, name: str, kind: Any) -> bool:
    """Points of the plane that a proved symmetry exchanges."""
    return is_plane(kind) and are_exchangeable(run, name)


def are_exchangeable(run: Run, name: str) -> bool:
    """Whether permutations of the sites of a field were proved."""
    return f"permutations({name})" in run.model.symmetries


def draw(run: Run, name: str) -> Figure:
    """The last configuration of each sampler, over positions of all particles in other ones."""
    figure, axes = panels(len(run.examples), 3, width=3.2, height=3.2, sharex=True, sharey=True)
    for axis, (label, fields) in zip(axes, run.examples.items(), strict=True):
        values = fields[name].reshape(2, -1, fields[name].shape[-1])
        step = max(1, values.shape[1] * values.shape[2] // CLOUD)
        cloud = values[..., ::step].reshape(2, -1)
        axis.scatter(*cloud, s=1.5, color="#999999", alpha=0.4, linewidths=0)
        axis.scatter(*values[..., -1], s=36, color=run.look(label).colour, edgecolors="black", linewidths=0.6, zorder=3)
        axis.set(title=label, xlabel=f"{name}[0]", ylabel=f"{name}[1]", aspect="equal")
        axis.label_outer()
    return figure
