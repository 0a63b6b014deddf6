"""Numerical values of expanded expressions on a configuration, with numpy: for counter-examples and bounds, never for sampling."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy
from sympy import Expr

from lqdsl.ir.images import MinimumImage
from lqdsl.ir.kinds import Angle, Box, Group, Sphere
from lqdsl.ir.nodes import (
    DataEntry,
    DataShifted,
    LatticeExpr,
    Loop,
    NamedTrace,
    Pinned,
    Shifted,
    SiteSum,
    TableEntry,
    Trace,
)
from lqdsl.ir.rows import Rowed, RowIndex, RowSum
from lqdsl.ir.theory import Lattice, Theory
from lqdsl.ir.words import AT_SITE

_FUNCTIONS: dict[type, Callable[..., np.ndarray]] = {
    sympy.sin: np.sin,
    sympy.cos: np.cos,
    sympy.tan: np.tan,
    sympy.sinh: np.sinh,
    sympy.cosh: np.cosh,
    sympy.tanh: np.tanh,
    sympy.atan: np.arctan,
    sympy.asinh: np.arcsinh,
    sympy.atan2: np.arctan2,
    sympy.exp: np.exp,
    sympy.log: np.log,
    sympy.Abs: np.abs,
    sympy.sign: np.sign,
    sympy.Heaviside: np.heaviside,
    MinimumImage: lambda displacement, length: displacement - length * np.round(displacement / length),
}


def evaluate(
    expression: Expr,
    fields: Mapping[tuple[str, int], np.ndarray],
    parameters: Mapping[str, Any],
    lattice: Lattice,
) -> np.ndarray:
    """Value of an expanded expression; `parameters` are `Theory.values`; `fields[name, component]` has shape [x0, ..., x_{d-1}], links, by axis instead of
    component, [x0, ..., x_{d-1}, row, column]."""

    def value(node: Expr) -> np.ndarray:
        match node:
            case Shifted():
                return _shift(fields[node.field, node.component], node.offset, lattice)
            case Pinned():
                return fields[node.field, node.component][node.site]
            case Rowed():
                return fields[node.field, node.component][value(node.index) - node.low]
            case RowIndex():
                return node.rows.table[:, node.slot]
            case RowSum():
                return np.sum(np.broadcast_to(value(node.body), (len(node.rows),)))
            case Loop():
                return _loop(node, fields, lattice)
            case NamedTrace():
                return _named(node, fields, value)
            case SiteSum():
                return np.sum(np.broadcast_to(value(node.density), lattice.extents))
            case TableEntry():
                return np.asarray(parameters[node.table.name])[_whole(value(node.index))]
            case DataShifted():
                values = np.asarray(parameters[node.data])[node.indices]
                return np.roll(values, [-step for step in node.offset], tuple(range(lattice.ndim)))
            case DataEntry():
                return np.asarray(parameters[node.data])[tuple(_whole(value(c)) for c in node.coordinates)]
            case sympy.Symbol():
                return np.asarray(parameters[node.name])
            case sympy.Add():
                return sum((value(argument) for argument in node.args[1:]), start=value(node.args[0]))
            case sympy.Mul():
                result = value(node.args[0])
                for argument in node.args[1:]:
                    result = result * value(argument)
                return result
            case sympy.Pow():
                return np.power(value(node.base), value(node.exp))
        if node.is_number and not node.has(LatticeExpr):
            return np.asarray(float(node))
        return _FUNCTIONS[type(node)](*(value(argument) for argument in node.args))

    with np.errstate(all="ignore"):
        return value(expression)


def _whole(index: np.ndarray) -> np.ndarray:
    """An index that came out of arithmetic as a number."""
    return np.asarray(index).astype(int)


def random_configuration(theory: Theory, rng: np.random.Generator) -> dict[tuple[str, int], np.ndarray]:
    """Normal numbers for flat fields, uniform angles, points of boxes and unit vectors, Haar-distributed links."""
    fields = {}
    for field in theory.fields:
        if isinstance(field.kind, Group):
            for axis in field.axes(theory.lattice.ndim):
                fields[field.name, axis] = _haar(field.kind, rng, theory.lattice.extents)
            continue
        values = rng.normal(size=(field.kind.components, *theory.lattice.extents))
        if isinstance(field.kind, Angle):
            values = rng.uniform(-np.pi, np.pi, size=values.shape)
        if isinstance(field.kind, Box):
            values = np.stack(
                [
                    rng.uniform(-0.5, 0.5, size=v.shape) * float(a)
                    for v, a in zip(values, field.kind.lengths, strict=True)
                ]
            )
        if isinstance(field.kind, Sphere):
            values = values / np.linalg.norm(values, axis=0)
        fields |= {(field.name, c): component for c, component in enumerate(values)}
    return fields


def _haar(group: Group, rng: np.random.Generator, extents: tuple[int, ...]) -> np.ndarray:
    shape = (*extents, group.n, group.n)
    unitary, upper = np.linalg.qr(rng.normal(size=shape) + 1j * rng.normal(size=shape))
    diagonal = np.diagonal(upper, axis1=-2, axis2=-1)
    unitary = unitary * (diagonal / np.abs(diagonal))[..., None, :]
    if group.family == "SU":
        unitary = unitary / np.linalg.det(unitary)[..., None, None] ** (1 / group.n)
    return unitary


def _loop(node: Loop, fields: Mapping[tuple[str, int], np.ndarray], lattice: Lattice) -> np.ndarray:
    return _part(node, [_shift(fields[link.field, link.axis], link.offset, lattice) for link in node.word])


def _named(
    node: NamedTrace, fields: Mapping[tuple[str, int], np.ndarray], value: Callable[[Expr], np.ndarray]
) -> np.ndarray:
    factors = [fields[k.field, AT_SITE][tuple(_whole(value(c)) for c in k.offset)] for k in node.word]
    return _part(node, factors)


def _part(node: Trace, factors: list[np.ndarray]) -> np.ndarray:
    """Of the trace of a word whose links have these values, [..., row, column]."""
    matrix = np.eye(node.group.n)
    for link, values in zip(node.word, factors, strict=True):
        matrix = matrix @ (values if link.sign > 0 else np.conj(np.swapaxes(values, -1, -2)))
    if node.part == "arg":
        return np.angle(np.linalg.det(matrix))
    trace = np.trace(matrix, axis1=-2, axis2=-1)
    return trace.real if node.part == "re" else trace.imag


def _shift(values: np.ndarray, offset: tuple[int, ...], lattice: Lattice) -> np.ndarray:
    for axis, steps in enumerate(offset):
        if steps == 0:
            continue
        shifted = np.roll(values, -steps, axis)
        if lattice.boundary[axis] < 0:
            extent = lattice.extents[axis]
            windings = np.floor_divide(np.arange(extent) + steps, extent)
            shape = [1] * lattice.ndim
            shape[axis] = extent
            shifted = shifted * np.where(windings % 2, -1.0, 1.0).reshape(shape)
        values = shifted
    return values
