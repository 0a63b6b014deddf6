"""The force F = -dS/dphi by differentiation of the normal form.

For S = f(A_1, ..., A_k) with A_i = sum_x a_i(x), each field at offset o in a_i contributes
-df/dA_i da_i/dphi_o, moved by -o so that the field stands at x.
"""

from sympy import Add, Expr, S

from lqdsl.ir.nodes import Shifted, SiteSum, derivative, translate
from lqdsl.ir.theory import Field
from lqdsl.passes.normal import expand_products


def force(total: Expr, field: Field) -> tuple[Expr, ...]:
    """-dS/dphi_c(x) for each component c, in `Shifted` (at x) and `SiteSum`."""
    sums = sorted(total.atoms(SiteSum), key=str)
    return tuple(
        Add(*(-derivative(total, node) * variation(node.density, field.name, c) for node in sums))
        for c in range(field.kind.components)
    )


def variation(density: Expr, field: str, component: int) -> Expr:
    """d/dphi_c(x) of the sum of a density over the lattice."""
    total = S.Zero
    for atom in sorted(density.atoms(Shifted), key=str):
        if atom.field == field and atom.component == component:
            total += translate(derivative(density, atom), tuple(-step for step in atom.offset))
    return expand_products(total)
