"""How large products of sums become when they are multiplied out, told before they are."""

from math import comb, prod

from sympy import Add, Expr, Function, Mul, Pow

from lqdsl.ir.nodes import SiteSum
from lqdsl.ir.rows import RowSum

LARGEST_PRODUCT = 10_000  # monomials; proofs of symmetries take minutes beyond
LARGEST_IN_COMPONENTS = 1_000  # of products of spins, each of which is then looked at from every place that it holds


def largest_product(expression: Expr) -> int:
    """The most monomials that a product or a whole power of sums may have, also inside of functions. An upper bound: like
    monomials are not merged."""
    known: dict[Expr, int] = {}
    for function in expression.atoms(Function):
        for argument in function.args:
            _monomials(argument, known)
    _monomials(expression, known)
    return max((known[node] for node in known if _multiplies(node, known)), default=1)


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
