"""Two values of an index change places: what that does to fields at given values, and to sums over rows."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from sympy import Dummy, Expr, S

from lqdsl.ir.nodes import NamedTrace, Pinned
from lqdsl.ir.rows import Rowed, RowIndex, RowSum, is_rowed, row, swapped
from lqdsl.ir.words import Link
from lqdsl.passes.normal import expand_deeply

Change = Callable[[Expr], Expr]
"""Takes an expanded expression to its change under a symmetry, zero if it is invariant."""


def exchanged(fields: tuple[str, ...], first: int, second: int, low: int) -> Change:
    """Two values of the index of these fields change places, those `low` + first and `low` + second."""
    places = {first: second, second: first}

    def change(expression: Expr) -> Expr:
        sums = {node: node + _exchanged_rows(node, fields, first, second, low) for node in expression.atoms(RowSum)}
        return expression.xreplace(_moved(expression, fields, places) | sums) - expression

    return change


def _moved(expression: Expr, fields: tuple[str, ...], places: dict[int, int]) -> dict[Expr, Expr]:
    """Fields at given values, at the values that take their places."""
    pins = (pin for pin in expression.atoms(Pinned) if pin.field in fields)
    moved: dict[Expr, Expr] = {
        pin: Pinned(pin.args[0], pin.args[1], (places.get(s, s) for s in pin.site)) for pin in pins
    }
    for trace in expression.atoms(NamedTrace):
        if not is_rowed(trace):
            moved[trace] = trace.of(trace.part, tuple(_moved_link(link, fields, places) for link in trace.word))
    return moved


def _moved_link(link: Link, fields: tuple[str, ...], places: dict[int, int]) -> Link:
    if link.field not in fields:
        return link
    return link._replace(offset=tuple(places.get(int(c), int(c)) for c in link.offset))


def _exchanged_rows(node: RowSum, fields: tuple[str, ...], first: int, second: int, low: int) -> Expr:
    """What a sum over rows changes by when two values change places: nothing where that only reorders its rows."""
    pair = (first + low, second + low)
    if _reorders(node, fields, pair):
        return S.Zero
    change = S.Zero
    for values in node.rows.table.tolist():
        if set(values) & set(pair):
            before = row(node.body, tuple(values), node.rows, Pinned)
            places = {first: second, second: first}
            change += before.xreplace(_moved(before, fields, places)) - before
    return change


def _reorders(node: RowSum, fields: tuple[str, ...], pair: tuple[int, int]) -> bool:
    """Whether the exchange maps the table to itself, rows of a symmetric body being known up to their order."""
    traces = node.body.atoms(NamedTrace)
    rowed = [*node.body.atoms(Rowed), *filter(is_rowed, traces)]
    named = {pin.field for pin in node.body.atoms(Pinned)}.union(*(t.fields for t in traces if not is_rowed(t)))
    meant = {atom.field for atom in node.body.atoms(Rowed)}.union(*(t.fields for t in traces if is_rowed(t)))
    if not meant <= set(fields) or named & set(fields):
        return False
    if node.body.xreplace({atom: Dummy(real=True) for atom in rowed}).has(RowIndex):
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
