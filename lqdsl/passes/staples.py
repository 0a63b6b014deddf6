"""How the action depends on one link: its gradient as staples, whether it is linear, and its local part.

To first order in U = U_mu(x) the action is Re tr(U V) with V the sum of all staples: what is left of each loop when one
occurrence of the link is taken out. U^dagger counts through Re tr(U^dagger B) = Re tr(U B^dagger), imaginary parts through
Im tr(U B) = Re tr(-i U B).
"""

from collections.abc import Iterable, Iterator

from sympy import Add, Expr, Integer, Mul, S

from lqdsl.ir.compiled import Action, RowStaple, Staple, StapleTerm
from lqdsl.ir.nodes import Loop, NamedTrace, SiteSum, Trace, derivative, trace, translate
from lqdsl.ir.rows import RowIndex, RowSum, is_rowed, slots_of
from lqdsl.ir.theory import Field, Lattice
from lqdsl.ir.words import Link, Offset, Word, adjoint
from lqdsl.passes.expand import wrap
from lqdsl.passes.normal import expand_products

HERE = "here"
"""Field name of a link that stands for the argument of a local action."""
Occurrence = tuple[Expr, Trace, int]
"""Derivative of the action with respect to a trace, the trace, and the place of the link in its word."""


def staple(action: Action, field: Field, axis: int) -> Staple:
    """V of one direction."""
    return _staple(occurrences(action, field, axis), field)


def staples_at(action: Action, field: Field) -> tuple[tuple[Offset, Staple], ...]:
    """V of each matrix that terms of the action name."""
    places: dict[Offset, list[Occurrence]] = {}
    for site, occurrence in named_occurrences(action, field):
        places.setdefault(site, []).append(occurrence)
    return tuple((site, found) for site in sorted(places) if (found := _staple(places[site], field)).terms)


def row_staples(action: Action, field: Field) -> tuple[RowStaple, ...]:
    """V of the matrices in sums over rows, a part for each table and slot."""
    places: dict[RowIndex, list[Occurrence]] = {}
    for index, occurrence in row_occurrences(action, field):
        places.setdefault(index, []).append(occurrence)
    found = ((index, _staple(own, field)) for index, own in places.items())
    return tuple(RowStaple(index.rows, index.slot, V) for index, V in found if V.terms)


def _staple(found: Iterable[Occurrence], field: Field) -> Staple:
    """V of these occurrences of one matrix, like words merged."""
    total: dict[Word, tuple[Expr, Expr]] = {}
    here = None
    for slope, loop, place in found:
        if isinstance(loop, NamedTrace):
            here = loop.word[place]._replace(sign=1)
        word, factor = _rest(loop, place)
        real, imaginary = total.get(word, (S.Zero, S.Zero))
        total[word] = (real + factor[0] * slope, imaginary + factor[1] * slope)
    terms = (StapleTerm(real, imaginary, word) for word, (real, imaginary) in total.items())
    return Staple(field.name, tuple(term for term in terms if term.real != 0 or term.imaginary != 0), here)


def occurrences(action: Action, field: Field, axis: int) -> Iterator[Occurrence]:
    """Every place of U_axis(x) in every loop, all moved so that the link stands at x."""
    densities = [(S.One, action.density)] if action.density is not None else _densities(action.formula)
    for outer, density in densities:
        for loop in sorted(density.atoms(Loop), key=str):
            if field.name not in loop.fields:
                continue
            slope = outer * derivative(density, loop)
            for place, link in enumerate(loop.word):
                if link.field == field.name and link.axis == axis:
                    back = tuple(-step for step in link.offset)
                    yield translate(slope, back), loop.translated(back), place


def named_occurrences(action: Action, field: Field) -> Iterator[tuple[Offset, Occurrence]]:
    """Every place of a matrix at a given site, and that site."""
    for trace_ in sorted(action.formula.atoms(NamedTrace), key=str):
        if field.name not in trace_.fields or is_rowed(trace_):
            continue
        slope = derivative(action.formula, trace_)
        for place, link in enumerate(trace_.word):
            if link.field == field.name:
                yield tuple(int(c) for c in link.offset), (slope, trace_, place)


def row_occurrences(action: Action, field: Field) -> Iterator[tuple[RowIndex, Occurrence]]:
    """Every place of a matrix at a value that a slot of rows names, and that slot."""
    for node in sorted(action.formula.atoms(RowSum), key=str):
        outer = derivative(action.formula, node)
        for trace_ in sorted(filter(is_rowed, node.body.atoms(NamedTrace)), key=str):
            slope = outer * derivative(node.body, trace_)
            for place, (index, link) in enumerate(zip(slots_of(trace_), trace_.word, strict=True)):
                if link.field == field.name:
                    yield index, (slope, trace_, place)


def _densities(formula: Expr) -> list[tuple[Expr, Expr]]:
    return [(derivative(formula, node), node.density) for node in sorted(formula.atoms(SiteSum), key=str)]


def _rest(loop: Trace, place: int) -> tuple[Word, tuple[int, int]]:
    """The word A and the factor c, as (re, im), with dS = Re tr(dU c A)."""
    link, rest = loop.word[place], loop.word[place + 1 :] + loop.word[:place]
    rest = rest if link.sign > 0 else adjoint(rest)
    if loop.part == "re":
        return rest, (1, 0)
    if loop.part == "arg":  # d arg det = Im tr(dU U^dagger)
        return (link._replace(sign=-1),), (0, -link.sign)
    return rest, (0, -link.sign)


def is_linear(action: Action, field: Field, axis: int, lattice: Lattice) -> bool:
    """Whether S = Re tr(U V) + rest for every single link, V free of U: then the conditional distribution is known."""
    if action.density is None:
        return False
    for term in Add.make_args(expand_products(action.density)):
        counts: dict[Offset, int] = {}
        for base, power in (factor.as_base_exp() for factor in Mul.make_args(term)):
            loops = {loop for loop in base.atoms(Loop) if field.name in loop.fields}
            if loops and (not isinstance(base, Loop) or base.part == "arg" or power != 1):
                return False
            for loop in loops:
                for link in _own(loop, field, axis):
                    site = wrap(link.offset, lattice)[1]
                    counts[site] = counts.get(site, 0) + 1
        if any(count > 1 for count in counts.values()):
            return False
    return True


def _own(loop: Loop, field: Field, axis: int) -> Iterator[Link]:
    return (link for link in loop.word if link.field == field.name and link.axis == axis)


def link_action(density: Expr, field: Field, axis: int, lattice: Lattice) -> Expr:
    """V(U_axis(x); other links): every translate of every monomial that holds the link, written with `here` for it."""
    total = S.Zero
    for term in Add.make_args(expand_products(density)):
        for offset in sorted(_offsets(term, field, axis, lattice)):
            placed = translate(term, tuple(-step for step in offset))
            total += placed.xreplace({loop: _with_here(loop, field, axis, lattice) for loop in placed.atoms(Loop)})
    return total


def _with_here(loop: Loop, field: Field, axis: int, lattice: Lattice) -> Expr:
    def here(link: Link) -> Link:
        own = link.field == field.name and link.axis == axis and not any(wrap(link.offset, lattice)[1])
        return Link(HERE, axis, (0,) * lattice.ndim, link.sign) if own else link

    word = tuple(here(link) for link in loop.word)
    return loop if word == loop.word else trace(loop.part, loop.group, word)


def _offsets(term: Expr, field: Field, axis: int, lattice: Lattice) -> set[Offset]:
    return {wrap(link.offset, lattice)[1] for loop in term.atoms(Loop) for link in _own(loop, field, axis)}


def link_couplings(density: Expr, field: Field, axis: int, lattice: Lattice) -> frozenset[Offset]:
    """Nonzero offsets between links of one direction that meet in one monomial."""
    met = set()
    for term in Add.make_args(expand_products(density)):
        offsets = sorted(_offsets(term, field, axis, lattice))
        for first in offsets:
            for second in offsets:
                difference = wrap(tuple(b - a for a, b in zip(first, second, strict=True)), lattice)[1]
                if any(difference):
                    met.add(difference)
    return frozenset(met)


def angle_force(action: Action, field: Field, axis: int) -> Expr:
    """-dS/dtheta of a U(1) link."""
    return turned(occurrences(action, field, axis))


def turned(found: Iterable[Occurrence]) -> Expr:
    """-dS/dtheta of these occurrences of one angle: traces turn by the angle of each of their matrices."""
    total = S.Zero
    for slope, loop, place in found:
        change = {"re": -loop.as_part("im"), "im": loop.as_part("re"), "arg": Integer(1)}[loop.part]
        total -= slope * loop.word[place].sign * change
    return total
