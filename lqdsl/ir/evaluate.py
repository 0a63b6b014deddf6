"""Numerical values of expanded expressions on a configuration, with numpy: for counter-examples and bounds, never for sampling."""

from collections.abc import Callable, Mapping

import numpy as np
import sympy
from sympy import Expr

from lqdsl.ir.nodes import Shifted, SiteSum, TableEntry
from lqdsl.ir.theory import Lattice

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
}


def evaluate(
    expression: Expr,
    fields: Mapping[tuple[str, int], np.ndarray],
    parameters: Mapping[str, float | tuple[float, ...]],
    lattice: Lattice,
) -> np.ndarray:
    """Value of an expanded expression; `fields[name, component]` has shape [x0, ..., x_{d-1}]."""

    def value(node: Expr) -> np.ndarray:
        match node:
            case Shifted():
                return _shift(fields[node.field, node.component], node.offset, lattice)
            case SiteSum():
                return np.sum(np.broadcast_to(value(node.density), lattice.extents))
            case TableEntry():
                return np.asarray(parameters[node.table.name])[int(node.index)]
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
        if node.is_number:
            return np.asarray(float(node))
        return _FUNCTIONS[type(node)](*(value(argument) for argument in node.args))

    with np.errstate(all="ignore"):
        return value(expression)


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
