"""Subexpressions that several results need, so that each is formed once."""

from collections import Counter
from collections.abc import Iterable, Iterator

from sympy import Add, Dummy, Expr, Function, Pow
from sympy.core.sorting import default_sort_key

from lqdsl.ir.images import MinimumImage
from lqdsl.ir.nodes import LatticeExpr, Local, SiteSum
from lqdsl.ir.rows import AT_INDEX, RowSum


def shared(expressions: Iterable[Expr]) -> list[Expr]:
    """Sums, powers of sums and functions of fields that occur more than once, inner ones first."""
    current = list(expressions)
    found: list[tuple[Dummy, Expr]] = []
    while candidates := _candidates(current):
        largest = max(candidates, key=lambda node: (node.count_ops(), default_sort_key(node)))
        stand_in = Dummy(real=True)
        found.append((stand_in, largest))
        current = [expression.xreplace({largest: stand_in}) for expression in current] + [largest]
    whole: list[Expr] = []
    for _, node in reversed(found):
        whole.append(node.xreplace(dict(found)))
    return whole


def _candidates(expressions: list[Expr]) -> list[Expr]:
    counts: Counter[Expr] = Counter(node for expression in expressions for node in _walk(expression))
    roots = set(expressions)
    return [node for node, count in counts.items() if count > 1 and _is_worth(node) and node not in roots]


def _is_worth(node: Expr) -> bool:
    named = isinstance(node, MinimumImage)
    composite = (isinstance(node, Add | Function) and not named) or (
        isinstance(node, Pow) and isinstance(node.base, Add) and node.exp.is_positive
    )
    return composite and node.has(Local, *AT_INDEX) and not node.has(SiteSum, RowSum)


def _walk(node: Expr) -> Iterator[Expr]:
    yield node
    if isinstance(node, MinimumImage) or isinstance(node, LatticeExpr) and not isinstance(node, SiteSum | RowSum):
        return
    for argument in node.args:
        yield from _walk(argument)
