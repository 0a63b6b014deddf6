"""What all nodes with lattice meaning are."""

from sympy import Expr, Integer


class LatticeExpr(Expr):
    """A real, commuting number."""

    is_commutative = True
    is_real = True
    is_extended_real = True
    is_complex = True
    is_finite = True
    _diff_wrt = True


def as_expression(value: Expr | int) -> Expr:
    """A whole number as a SymPy one."""
    return Integer(value) if isinstance(value, int) else value
