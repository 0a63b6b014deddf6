"""How large products of sums become when they are multiplied out, told before they are."""

from math import comb, prod

from sympy import Add, Expr, Function, Mul, Pow, preorder_traversal

from lqdsl.ir.nodes import SiteSum
from lqdsl.ir.rows import HOLDS_FIELDS, RowSum

LARGEST_PRODUCT = 10_000  # monomials; proofs of symmetries take minutes beyond


def largest_product(expression: Expr) -> int:
    """The most monomials that a product or a whole power of sums may have, also inside of functions. An upper bound: like
    monomials are not merged."""
    known: dict[Expr, int] = {}
    for function in expression.atoms(Function):
        for argument in function.args:
            _monomials(argument, known)
    _monomials(expression, known)
    return max((known[node] for node in known if _multiplies(node, known)), default=1)


def largest_work(expression: Expr) -> int:
    """As `largest_product`, each monomial counted as often as it has factors: it is looked at from the place of each."""
    known: dict[Expr, int] = {}
    nodes = {node for node in preorder_traversal(expression) if isinstance(node, Mul | Pow)}
    return max((_monomials(node, known) * _degree(node) for node in nodes), default=1)


def _degree(node: Expr) -> int:
    """Factors of the longest monomial."""
    match node:
        case Add():
            return max(map(_degree, node.args))
        case Mul():
            return sum(map(_degree, node.args))
        case Pow() if node.exp.is_Integer and node.exp > 0:
            return int(node.exp) * _degree(node.base)
        case SiteSum() | RowSum():
            return _degree(node.args[0])
    return int(node.has(*HOLDS_FIELDS))


def _multiplies(node: Expr, known: dict[Expr, int]) -> bool:
    if isinstance(node, Mul):
        return sum(known[factor] > 1 for factor in node.args) > 1
    return isinstance(node, Pow)


def _monomials(node: Expr, known: dict[Expr, int]) -> int:
    if node not in known:
        known[node] = _counted(node, known)
    return known[node]


def _counted(node: Expr, known: dict[Expr, int]) -> int:
    match node:
        case Add():
            return sum(_monomials(term, known) for term in node.args)
        case Mul():
            return prod(_monomials(factor, known) for factor in node.args)
        case Pow() if node.exp.is_Integer and node.exp > 0:
            return comb(_monomials(node.base, known) + int(node.exp) - 1, int(node.exp))
        case SiteSum() | RowSum():
            return _monomials(node.args[0], known)
    return 1
