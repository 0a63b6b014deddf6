"""Indices in square brackets: whole numbers, directions and bound indices, checked against their range."""

from sympy import Expr, Integer, Symbol

from lqdsl.ir.nodes import Hat
from lqdsl.semantics.errors import fail
from lqdsl.semantics.scope import Lower, Scope
from lqdsl.semantics.values import DirectionValue, Scalar
from lqdsl.syntax import ast


def single_index(node: ast.Index, scope: Scope, lower: Lower, extent: int, first: int = 0) -> Expr:
    """The one index of a bracket, from `first` on and below `extent`. Errors E0301, E0302, E0303."""
    if len(node.items) != 1:
        fail("E0302", f"one index is needed here, got {len(node.items)}", node.span)
    value = lower(node.items[0], scope)
    index = (
        value.axis
        if isinstance(value, DirectionValue)
        else value.re
        if isinstance(value, Scalar) and value.is_real
        else None
    )
    if index is None or (bounds := bounds_of(index, scope)) is None:
        fail("E0301", "an index must be a bound index, a direction or a whole number", node.items[0].span)
    low, high = bounds
    if low < first or high >= extent:
        seen = f"{low}" if low == high else f"{low}..{high}"
        fail("E0303", f"index {seen} is outside {first}..{extent - 1}", node.items[0].span)
    return index


def bounds_of(index: Expr, scope: Scope) -> tuple[int, int] | None:
    """Smallest and largest value of a whole number, or of a bound index plus one; None for anything else."""
    step, rest = index.as_coeff_Add()
    if not isinstance(step, Integer):
        return None
    if rest == 0:
        return int(step), int(step)
    if not (isinstance(rest, Symbol) and rest.name in scope.ranges):
        return None
    low, high = scope.ranges[rest.name]
    return low + int(step), high + int(step)


def axis_of(node: ast.Expr, scope: Scope, lower: Lower) -> Expr:
    """A direction, as an index that a sum binds or a whole number."""
    index = ast.Index(node, (node,), span=node.span)
    return single_index(index, scope, lower, scope.lattice.ndim)


def unit_vector(node: ast.Index, scope: Scope, lower: Lower) -> DirectionValue:
    """`e[mu]`."""
    index = single_index(node, scope, lower, scope.lattice.ndim)
    return DirectionValue(Hat(index), index)
