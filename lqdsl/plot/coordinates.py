"""Coordinates of a configuration: what is drawn of each kind of field, and grids of small theories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import pi
from typing import Any

import numpy as np

from lqdsl.runtime.boxes import Box
from lqdsl.runtime.kinds import Links, Real, Vector
from lqdsl.runtime.manifolds import Angle, Sphere
from lqdsl.runtime.model import Model

Fields = Mapping[str, np.ndarray]
"""Fields by name, [component, x..., sample]."""


@dataclass(frozen=True)
class Coordinate:
    """One number of a configuration: an angle in (-pi, pi], or a real number.

    `index` is its place in the field without the sample axis; `circle`: the site of a unit vector of two components;
    `length`: that of the side of a periodic box.
    """

    label: str
    field: str
    index: tuple[int, ...]
    is_angle: bool
    circle: bool = False
    length: float | None = None

    def read(self, fields: Fields) -> np.ndarray:
        """[sample]."""
        values = fields[self.field].astype(np.float64)
        if self.circle:
            return np.arctan2(values[1, *self.index], values[0, *self.index])
        return wrapped(values[self.index]) if self.is_angle else values[self.index]

    def write(self, fields: Mapping[str, np.ndarray], values: np.ndarray) -> None:
        """Into arrays of the same layout."""
        if self.circle:
            fields[self.field][0, *self.index], fields[self.field][1, *self.index] = np.cos(values), np.sin(values)
        else:
            fields[self.field][self.index] = values


def wrapped(angles: np.ndarray) -> np.ndarray:
    """In (-pi, pi], float64."""
    angles = np.asarray(angles, np.float64)
    return angles - 2 * pi * np.ceil((angles - pi) / (2 * pi))


def is_angle(kind: Any) -> bool:
    """Angles and matrices of U(1), at sites."""
    return isinstance(kind, Angle) or (is_site_group(kind) and kind.is_angle)


def is_site_group(kind: Any) -> bool:
    """Matrices at sites are stored as links of one direction; links of a single axis are drawn like them."""
    return isinstance(kind, Links) and kind.directions == 1


def chart(model: Model, most: int) -> list[Coordinate] | None:
    """All coordinates of a theory with at most `most` of them; None where there are more, or fields without such."""
    found: list[Coordinate] = []
    for name, kind in zip(model.fields, model.kinds, strict=True):
        own = None if model.lattice.volume > most else _own(name, kind, model.lattice.extents)
        if own is None or len(found) + len(own) > most:
            return None
        found += own
    return found


def _own(name: str, kind: Any, extents: Sequence[int]) -> list[Coordinate] | None:
    sites = list(product(*map(range, extents)))
    where = [""] if len(sites) == 1 else [f" at {', '.join(map(str, site))}" for site in sites]
    if isinstance(kind, Sphere) and kind.n == 2:
        return [Coordinate(f"{name}{w}", name, s, True, True) for s, w in zip(sites, where, strict=True)]
    if is_angle(kind):
        lead = (0,) if is_site_group(kind) else ()
        return [Coordinate(f"{name}{w}", name, (*lead, *s), True) for s, w in zip(sites, where, strict=True)]
    if isinstance(kind, Sphere | Links):
        return None
    if not kind.has_component_axis:
        return [Coordinate(f"{name}{w}", name, s, False) for s, w in zip(sites, where, strict=True)]
    labels = component_labels(name, kind)
    return [
        Coordinate(f"{label}{w}", name, (c, *s), False, length=kind.lengths[c] if isinstance(kind, Box) else None)
        for s, w in zip(sites, where, strict=True)
        for c, label in enumerate(labels)
    ]


def component_labels(name: str, kind: Real) -> list[str]:
    """Names of the components of a field at a site."""
    if isinstance(kind, Vector | Box):
        return [f"{name}[{c}]" for c in range(kind.components)]
    return [f"Re {name}", f"Im {name}"] if kind.components == 2 else [name]


def actions(model: Model, assigned: Sequence[tuple[Coordinate, np.ndarray]]) -> np.ndarray:
    """S of configurations in which each coordinate has the values [sample]; float64, NaN as infinite."""
    size = len(assigned[0][1])
    fields = {name: np.zeros((*kind.shape(model.lattice), size)) for name, kind in _named(model)}
    for coordinate, values in assigned:
        coordinate.write(fields, values)
    return action_of(model, fields)


def action_of(model: Model, fields: Fields) -> np.ndarray:
    """S [sample] in the precision of the theory, as float64; NaN as infinite."""
    arrays = type(model.kinds)(*(fields[name].astype(model.dtype) for name in model.fields))
    values = np.asarray(model.action(arrays, model.parameters), np.float64)
    return np.where(np.isnan(values), np.inf, values)


def _named(model: Model) -> list[tuple[str, Any]]:
    return list(zip(model.fields, model.kinds, strict=True))


def coordinate_range(coordinate: Coordinate, samples: Sequence[np.ndarray], tail: float = 0.0) -> tuple[float, float]:
    """The circle, the side of a box, or the range of all samples but a share of each at both ends, with some air."""
    if coordinate.is_angle:
        return -pi, pi
    if coordinate.length is not None:
        return -coordinate.length / 2, coordinate.length / 2
    ends = np.array([np.quantile(values, [tail, 1 - tail]) for values in samples])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    air = 0.1 * (high - low) or 0.5
    return low - air, high + air
