"""The part of the action that depends on the field at one site, and how far its neighbours reach."""

from sympy import Add, Expr, S

from lqdsl.ir.nodes import DataShifted, Local, Loop, Shifted, SiteSum, trace, translate
from lqdsl.ir.theory import Field, Lattice
from lqdsl.passes.expand import wrap
from lqdsl.passes.normal import expand_products


def site_action(density: Expr, field: Field, lattice: Lattice) -> Expr:
    """V(phi(x); neighbours): every translate of every monomial that holds the field at x, each once."""
    total = S.Zero
    for term in Add.make_args(density):
        offsets = {wrap(offset, lattice)[1] for offset in _offsets(term, field.name)}
        for offset in sorted(offsets):
            total += nearest(translate(term, tuple(-step for step in offset)), lattice)
    return total


def nearest(expression: Expr, lattice: Lattice) -> Expr:
    """All offsets at their representatives nearest to zero, with boundary signs."""
    replaced = {}
    for atom in expression.atoms(Shifted):
        sign, offset = wrap(atom.offset, lattice)
        replaced[atom] = sign * atom.at(offset)
    for data in expression.atoms(DataShifted):
        replaced[data] = data.at(wrap(data.offset, lattice)[1])
    for loop in expression.atoms(Loop):
        word = tuple(link._replace(offset=wrap(link.offset, lattice)[1]) for link in loop.word)
        replaced[loop] = trace(loop.part, loop.group, word)
    return expression.xreplace(replaced)


def around(expression: Expr, lattice: Lattice) -> Expr:
    """A polynomial in sums of monomials, each moved to the first of its places around the torus.

    Moves that wind around an antiperiodic axis may give a monomial back with the other sign: then its sum is zero.
    """
    return expand_products(expression.xreplace({node: _first(node, lattice) for node in expression.atoms(SiteSum)}))


def _first(node: SiteSum, lattice: Lattice) -> Expr:
    places: dict[Expr, Expr] = {}
    for offset in {offset for atom in node.density.atoms(Local) for offset in atom.offsets}:
        sign, moved = nearest(translate(node.density, tuple(-step for step in offset)), lattice).as_coeff_Mul()
        if places.setdefault(moved, sign) != sign:
            return S.Zero
    first = min(places, key=str)
    return places[first] * SiteSum(first)


def couplings(density: Expr, field: Field, lattice: Lattice) -> frozenset[tuple[int, ...]]:
    """Nonzero offsets between sites at which the field meets itself in one monomial."""
    met = set()
    for term in Add.make_args(density):
        offsets = sorted(_offsets(term, field.name))
        for first in offsets:
            for second in offsets:
                difference = wrap(tuple(b - a for a, b in zip(first, second, strict=True)), lattice)[1]
                if any(difference):
                    met.add(difference)
    return frozenset(met)


def reach(density: Expr) -> int:
    """Largest distance along an axis between two fields of one monomial."""
    longest = 0
    for term in Add.make_args(density):
        offsets = [offset for atom in term.atoms(Local) for offset in atom.offsets]
        for axis_steps in zip(*offsets, strict=True):
            longest = max(longest, max(axis_steps) - min(axis_steps))
    return longest


def _offsets(term: Expr, field: str) -> set[tuple[int, ...]]:
    return {atom.offset for atom in term.atoms(Shifted) if atom.field == field}
