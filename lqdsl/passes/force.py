"""The force F = -dS/dphi by differentiation of the normal form.

For S = f(A_1, ..., A_k) with A_i = sum_x a_i(x), each field at offset o in a_i contributes
-df/dA_i da_i/dphi_o, moved by -o so that the field stands at x.
"""

from sympy import Add, Expr, S

from lqdsl.ir.compiled import Action, RowForce
from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import Pinned, Shifted, SiteSum, derivative, translate
from lqdsl.ir.rows import Rowed, Rows, RowSum
from lqdsl.ir.theory import Field
from lqdsl.passes.staples import angle_force, named_occurrences, row_occurrences, turned


def force(action: Action, field: Field, ndim: int) -> tuple[Expr, ...]:
    """-dS/dphi_c(x) for each component c, in `Shifted` (at x) and `SiteSum`; for links of U(1) -dS/dtheta_mu(x) for each
    direction. Forces on other links are staples."""
    if isinstance(field.kind, Group):
        return tuple(angle_force(action, field, axis) for axis in field.axes(ndim)) if field.kind.abelian else ()
    components = range(field.kind.components)
    if action.density is not None:
        return tuple(-variation(action.density, field.name, c) for c in components)
    sums = sorted(action.formula.atoms(SiteSum), key=str)
    return tuple(
        Add(*(-derivative(action.formula, node) * variation(node.density, field.name, c) for node in sums))
        for c in components
    )


def pinned_force(action: Action, field: Field) -> dict[tuple[int, tuple[int, ...]], Expr]:
    """-dS/dphi_c at each given site that the action names, beside the force that is the same everywhere."""
    if isinstance(field.kind, Group):
        return _angles_at(action, field) if field.kind.abelian else {}
    pins = (atom for atom in action.formula.atoms(Pinned) if atom.field == field.name)
    pinned = {(atom.component, atom.site): -derivative(action.formula, atom) for atom in sorted(pins, key=str)}
    return {place: pinned[place] for place in sorted(pinned) if pinned[place] != 0}


def row_forces(action: Action, field: Field) -> tuple[RowForce, ...]:
    """-dS/dphi_c at the values that rows name, a part for each component, table and slot of the sums over rows."""
    parts: dict[tuple[int, Rows, int], Expr] = {}
    if isinstance(field.kind, Group):
        found = row_occurrences(action, field) if field.kind.abelian else ()
        for index, occurrence in found:
            place = (0, index.rows, index.slot)
            parts[place] = parts.get(place, S.Zero) + turned([occurrence])
    for node in sorted(action.formula.atoms(RowSum), key=str):
        outer = -derivative(action.formula, node)
        for atom in sorted(node.body.atoms(Rowed), key=str):
            if atom.field == field.name and outer != 0:
                place = (atom.component, node.rows, atom.index.slot)
                parts[place] = parts.get(place, S.Zero) + outer * derivative(node.body, atom)
    return tuple(RowForce(*place, slope) for place, slope in parts.items() if slope != 0)


def _angles_at(action: Action, field: Field) -> dict[tuple[int, tuple[int, ...]], Expr]:
    pinned: dict[tuple[int, tuple[int, ...]], Expr] = {}
    for site, occurrence in named_occurrences(action, field):
        pinned[0, site] = pinned.get((0, site), S.Zero) + turned([occurrence])
    return {place: pinned[place] for place in sorted(pinned) if pinned[place] != 0}


def variation(density: Expr, field: str, component: int) -> Expr:
    """d/dphi_c(x) of the sum of a density over the lattice."""
    total = S.Zero
    for atom in sorted(density.atoms(Shifted), key=str):
        if atom.field == field and atom.component == component:
            total += translate(derivative(density, atom), tuple(-step for step in atom.offset))
    return total
