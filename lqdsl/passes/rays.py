"""Configurations on which actions are tried, on the smallest lattice that is enough."""

from collections.abc import Iterator
from itertools import islice, product

import numpy as np
from sympy import Expr

from lqdsl.ir.nodes import DataShifted, Shifted
from lqdsl.ir.rows import AT_INDEX
from lqdsl.ir.theory import Lattice, Theory

DRAWS = 4
"""Random configurations of one kind."""
_MIXTURES = 48
_FEW_MIXTURES = 4
_SITES = 4
_SMALLEST_TILE = 4
Labels = list[tuple[str, int]]
Configuration = dict[tuple[str, int], np.ndarray]


def rays(theory: Theory, lattice: Lattice) -> Iterator[Configuration]:
    """Uniform, alternating and random configurations of unit norm, along single components and mixtures of them."""
    rng = np.random.default_rng(0)
    labels = labels_of(theory)
    patterns = [_alternating(lattice.extents, axes) for axes in product((0, 1), repeat=lattice.ndim)]
    patterns += [rng.normal(size=lattice.extents) for _ in range(DRAWS)]
    mixtures = rng.normal(size=(_MIXTURES if len(labels) > 1 else 0, len(labels)))
    for direction in [*np.eye(len(labels)), *mixtures]:
        for pattern in patterns:
            fields = {label: component * pattern for label, component in zip(labels, direction, strict=True)}
            norm = np.sqrt(sum(np.mean(values**2) for values in fields.values()))
            yield {label: values / norm for label, values in fields.items()}


def unit_rays(theory: Theory, lattice: Lattice) -> Iterator[Configuration]:
    """A few of those along single components and mixtures, and single sites at which one component is not zero."""
    rng = np.random.default_rng(5)
    labels = labels_of(theory)
    patterns = [_alternating(lattice.extents, (flag,) * lattice.ndim) for flag in (0, 1)]
    patterns.append(rng.normal(size=lattice.extents))
    for site in islice(np.ndindex(*lattice.extents), _SITES):
        patterns.append(np.zeros(lattice.extents))
        patterns[-1][site] = 1
    mixtures = rng.normal(size=(_FEW_MIXTURES if len(labels) > 1 else 0, len(labels)))
    for direction in [*np.eye(len(labels)), *mixtures, *(-np.eye(len(labels)))]:
        for pattern in patterns:
            yield {label: component * pattern for label, component in zip(labels, direction, strict=True)}


def tiled(lattice: Lattice, total: Expr) -> Lattice:
    """A smaller lattice that is enough, or the whole where the action names sites."""
    return lattice if total.has(*AT_INDEX, DataShifted) else tile(lattice, list(total.atoms(Shifted)))


def tile(lattice: Lattice, atoms: list[Shifted]) -> Lattice:
    """A lattice whose configurations, repeated, are configurations of `lattice`: extents that divide those given."""
    extents = []
    for axis, (extent, sign) in enumerate(zip(lattice.extents, lattice.boundary, strict=True)):
        wanted = max((_SMALLEST_TILE, *(2 * abs(atom.offset[axis]) + 1 for atom in atoms)))
        fits = (n for n in range(wanted, extent) if extent % n == 0 and (sign > 0 or extent // n % 2))
        extents.append(next(fits, extent))
    return Lattice(tuple(extents), lattice.boundary, lattice.span)


def labels_of(theory: Theory) -> Labels:
    """Every component of every field."""
    return [(field.name, c) for field in theory.fields for c in range(field.kind.components)]


def _alternating(extents: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray:
    coordinates = np.indices(extents)
    return (-1.0) ** sum(coordinates[axis] * flag for axis, flag in enumerate(axes))
