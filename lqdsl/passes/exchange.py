"""Two values of an index change places: what that does to fields at given values, and to sums over rows."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from sympy import Dummy, Expr, S

from lqdsl.ir.nodes import Pinned
from lqdsl.ir.rows import Rowed, RowIndex, RowSum, row, swapped
from lqdsl.passes.normal import expand_deeply

Change = Callable[[Expr], Expr]
"""Takes an expanded expression to its change under a symmetry, zero if it is invariant."""


def exchanged(fields: tuple[str, ...], first: int, second: int) -> Change:
    """Two values of the index of these fields change places."""
    places = {first: second, second: first}

    def change(expression: Expr) -> Expr:
        pins = (pin for pin in expression.atoms(Pinned) if pin.field in fields)
        moved = {pin: Pinned(pin.args[0], pin.args[1], (places.get(s, s) for s in pin.site)) for pin in pins}
        sums = {node: node + _exchanged_rows(node, fields, first, second) for node in expression.atoms(RowSum)}
        return expression.xreplace(moved | sums) - expression

    return change


def _exchanged_rows(node: RowSum, fields: tuple[str, ...], first: int, second: int) -> Expr:
    """What a sum over rows changes by when two values change places: nothing where that only reorders its rows."""
    low = next(atom.low for atom in node.atoms(Rowed))
    pair = (first + low, second + low)
    if _reorders(node, fields, pair):
        return S.Zero
    change = S.Zero
    for values in node.rows.table.tolist():
        if set(values) & set(pair):
            before = row(node.body, tuple(values), node.rows, Pinned)
            places = {first: second, second: first}
            moved = (pin for pin in before.atoms(Pinned) if pin.field in fields)
            after = {pin: Pinned(pin.args[0], pin.args[1], (places.get(s, s) for s in pin.site)) for pin in moved}
            change += before.xreplace(after) - before
    return change


def _reorders(node: RowSum, fields: tuple[str, ...], pair: tuple[int, int]) -> bool:
    """Whether the exchange maps the table to itself, rows of a symmetric body being known up to their order."""
    stand_ins = {atom: Dummy(real=True) for atom in node.body.atoms(Rowed)}
    if any(atom.field not in fields for atom in stand_ins) or node.body.xreplace(stand_ins).has(RowIndex):
        return False
    if any(pin.field in fields for pin in node.body.atoms(Pinned)):
        return False
    table = node.rows.table
    moved = np.where(table == pair[0], pair[1], np.where(table == pair[1], pair[0], table))
    if _symmetric(node):
        table, moved = np.sort(table, axis=1), np.sort(moved, axis=1)
    first, second = (rows[np.lexsort(rows.T)] for rows in (table, moved))
    return bool(np.array_equal(first, second))


@lru_cache(maxsize=256)
def _symmetric(node: RowSum) -> bool:
    """Whether the body does not change when neighbouring slots change places."""
    slots = range(len(node.rows.names) - 1)
    return all(expand_deeply(swapped(node.body, node.rows, n, n + 1) - node.body) == 0 for n in slots)
