"""Ordered products of links along paths."""

from collections.abc import Sequence

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups import Element
from lqdsl.runtime.lattice import Lattice


def path(lattice: Lattice, links: Sequence[Element], steps: tuple[int, ...]) -> Element:
    """The product along the steps from every site x: +1 forward along axis 0, -1 backward along axis 0, +2 axis 1, ..."""
    result, place = None, [0] * lattice.ndim
    for step in steps:
        axis = abs(step) - 1
        if not 0 <= axis < lattice.ndim:
            raise RuntimeInputError(f"a step must be +-1, ..., +-{lattice.ndim}, got {step}")
        if step < 0:
            place[axis] -= 1
        link = lattice.shift(links[axis], tuple(place))
        factor = link if step > 0 else link.H
        result = factor if result is None else result @ factor
        if step > 0:
            place[axis] += 1
    if result is None:
        raise RuntimeInputError("a path needs at least one step")
    return result
