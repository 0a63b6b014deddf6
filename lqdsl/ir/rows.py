"""Sums over the values of indices that are kept as sums: a table of rows, and a body that is evaluated at all of them.

`sum[p < q]( V(|r[p] - r[q]|) )` has a row for each pair, with the slots p and q.
"""

from functools import cached_property
from typing import Any, Self

import numpy as np
from sympy import Expr, Integer, Symbol

from lqdsl.ir.nodes import LatticeExpr, Loop, NamedTrace, Pinned, Shifted, Trace

_COMPARE = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


class Rows(LatticeExpr):
    """All assignments of numbers in `ranges` (both ends included) to `names` with the comparisons `where` = (left, op, right).

    Sides are names or numbers.
    """

    is_Atom = True
    is_number = False

    names: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]
    where: tuple[tuple[str | int, str, str | int], ...]

    def __new__(
        cls,
        names: tuple[str, ...],
        ranges: tuple[tuple[int, int], ...],
        where: tuple[tuple[str | int, str, str | int], ...],
    ) -> Self:
        node = Expr.__new__(cls)
        node.names, node.ranges, node.where = names, ranges, where
        return node

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.names, self.ranges, self.where)

    @cached_property
    def table(self) -> np.ndarray:
        """[row, slot], in lexicographic order."""
        grids = np.meshgrid(*(np.arange(low, high + 1) for low, high in self.ranges), indexing="ij")
        columns = {name: grid.reshape(-1) for name, grid in zip(self.names, grids, strict=True)}
        kept = np.ones(grids[0].size, bool)
        for left, op, right in self.where:
            first, second = (columns[side] if isinstance(side, str) else side for side in (left, right))
            kept &= _COMPARE[op](first, second)
        return np.stack([column[kept] for column in columns.values()], axis=1)

    @property
    def words(self) -> str:
        """What stands in the brackets of the sum."""
        compared = {side for left, _, right in self.where for side in (left, right)}
        free = [name for name in self.names if name not in compared]
        return ", ".join([*free, *(f"{left} {op} {right}" for left, op, right in self.where)])

    def _sympystr(self, printer: object) -> str:
        return f"rows({self.names}, {self.ranges}, {self.where})"

    def __len__(self) -> int:
        return len(self.table)


class RowIndex(LatticeExpr):
    """The number in one slot of a row."""

    def __new__(cls, rows: Rows, slot: Expr | int) -> Self:
        return Expr.__new__(cls, rows, Integer(slot))

    @property
    def rows(self) -> Rows:
        return self.args[0]

    @property
    def slot(self) -> int:
        return int(self.args[1])

    @property
    def name(self) -> str:
        return self.rows.names[self.slot]


class Rowed(LatticeExpr):
    """Component of a field at the value of its index that one slot of a row names; `low` is the first of these values."""

    def __new__(cls, field: Symbol, component: Expr | int, index: RowIndex, low: Expr | int) -> Self:
        return Expr.__new__(cls, field, Integer(component), index, Integer(low))

    @property
    def field(self) -> str:
        return self.args[0].name

    @property
    def component(self) -> int:
        return int(self.args[1])

    @property
    def index(self) -> RowIndex:
        return self.args[2]

    @property
    def low(self) -> int:
        return int(self.args[3])

    def at(self, component: int) -> "Rowed":
        """Another component at the same place."""
        return Rowed(self.args[0], component, self.index, self.args[3])


class RowSum(LatticeExpr):
    """Sum of a body over all rows; made by `row_sum`."""

    def __new__(cls, body: Expr, rows: Rows) -> Self:
        return Expr.__new__(cls, body, rows)

    @property
    def body(self) -> Expr:
        return self.args[0]

    @property
    def rows(self) -> Rows:
        return self.args[1]

    def _eval_derivative(self, symbol: Symbol) -> Expr:
        slope = self.body.diff(symbol)
        return row_sum(slope, self.rows)


def row_sum(body: Expr, rows: Rows) -> Expr:
    """The sum; a product where the body is the same in every row."""
    return RowSum(body, rows) if body.has(RowIndex) else body * len(rows)


AT_INDEX = (Pinned, Rowed, NamedTrace)
"""Nodes of an expanded expression that depend on fields at values of an index, or at given sites."""
HOLDS_FIELDS = (Shifted, Loop, *AT_INDEX)
"""Those that depend on the configuration."""


def fields_of(expression: Expr, nodes: tuple[type[Expr], ...] = HOLDS_FIELDS) -> set[str]:
    """Names of the fields in an expression, in nodes of these classes."""
    return {
        name for node in expression.atoms(*nodes) for name in (node.fields if isinstance(node, Trace) else [node.field])
    }


def is_rowed(trace: NamedTrace) -> bool:
    """Whether its matrices stand at values that the slots of a row name."""
    return trace.has(RowIndex)


def slots_of(trace: NamedTrace) -> list[RowIndex]:
    """The slot of each factor of a trace in a sum over rows."""
    return [next(iter(site.atoms(RowIndex))) for _, site, _ in trace.factors]


def row(body: Expr, values: tuple[int, ...], rows: Rows, pinned: Any) -> Expr:
    """The body in one row; `pinned(field, component, (site,))` makes the fields in it."""
    chosen = {RowIndex(rows, slot): Integer(value) for slot, value in enumerate(values)}
    fields = {
        atom: pinned(atom.args[0], atom.component, (values[atom.index.slot] - atom.low,)) for atom in body.atoms(Rowed)
    }
    return body.xreplace(fields).xreplace(chosen)


def swapped(body: Expr, rows: Rows, first: int, second: int) -> Expr:
    """The body with two slots exchanged."""
    a, b = RowIndex(rows, first), RowIndex(rows, second)
    return body.xreplace({a: b, b: a})
