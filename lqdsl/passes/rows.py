"""Which sums over indices stay sums: large ones over fields with an index, evaluated for all rows at once."""

from sympy import Eq, Expr, Ge, Gt, Integer, Le, Lt, Ne, S, Symbol, Tuple

from lqdsl.ir.nodes import FieldAt, LoopAt, Pin, Reduction
from lqdsl.ir.rows import RowIndex, Rows
from lqdsl.ir.theory import Lattice

FEW = 12
"""Sums of so many terms are written out."""
LARGEST = 4_000_000
_WORDS = {Lt: "<", Le: "<=", Gt: ">", Ge: ">=", Eq: "==", Ne: "!="}


def table_of(node: Reduction, lattice: Lattice) -> Rows | None:
    """Rows over the binders that name values of field indices; None where the sum has to be written out."""
    own = row_binders(node)
    if not lattice.is_index or node.operation == "prod" or not own or _entangled(node, own, lattice.first):
        return None
    names = tuple(binder[0].name for binder in own)
    ranges = tuple((int(binder[2]), int(binder[3])) for binder in own)
    symbols = {binder[0] for binder in own}
    conditions = [condition for condition in node.conditions if condition not in (S.true, S.false)]
    if any(not condition.free_symbols <= symbols and condition.free_symbols & symbols for condition in conditions):
        return None
    size = 1
    for low, high in ranges:
        size *= high - low + 1
    if size <= FEW or size > LARGEST:
        return None
    where = tuple(
        (_side(condition.lhs), _WORDS[type(condition)], _side(condition.rhs))
        for condition in conditions
        if condition.free_symbols
    )
    rows = Rows(names, ranges, where)
    return rows if len(rows) > FEW else None


def others(node: Reduction, rows: Rows) -> Reduction:
    """The reduction over what is no slot of the rows, with the slots in place of their variables."""
    slots = {binder[0]: n for n, binder in enumerate(row_binders(node))}
    replaced = {symbol: RowIndex(rows, slot) for symbol, slot in slots.items()}
    binders = Tuple(*(binder for binder in node.binders if binder[0] not in slots))
    conditions = Tuple(*(c for c in node.conditions if c in (S.true, S.false) or not c.free_symbols & set(slots)))
    return Reduction(Symbol("sum"), node.body.xreplace(replaced), binders, conditions)


def row_binders(node: Reduction) -> list[Tuple]:
    """Binders that stand for a value of the index of a field."""
    named = {symbol for site in _named_sites(node.body) for symbol in site.free_symbols}
    return [binder for binder in node.binders if binder[1].name == "index" and binder[0] in named]


def _named_sites(body: Expr) -> set[Pin]:
    """Values of an index at which fields stand."""
    return {site for atom in body.atoms(FieldAt, LoopAt) for site in atom.sites if isinstance(site, Pin)}


def _entangled(node: Reduction, own: list[Tuple], first: int) -> bool:
    """Whether the variables also decide about components or about sums inside, name other values than their own, r[p + 1], or
    stand in a product of matrices with a value that is given, G[p] adj(G[0])."""
    symbols = {binder[0] for binder in own}
    pins = {site.args[0] for site in _named_sites(node.body)}
    if any(pin.free_symbols & symbols and not pin + first in symbols for pin in pins):
        return True
    products = [[bool(site.free_symbols & symbols) for site in atom.sites] for atom in node.body.atoms(LoopAt)]
    if any(any(inside) and not all(inside) for inside in products):
        return True
    components = any(atom.component.free_symbols & symbols for atom in node.body.atoms(FieldAt))
    return components or any(inner.conditions.free_symbols & symbols for inner in node.body.atoms(Reduction))


def _side(node: Expr) -> str | int:
    return int(node) if isinstance(node, Integer) else str(node.name)
