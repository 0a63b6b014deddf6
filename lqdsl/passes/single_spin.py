"""What an expression changes by when a single spin is rotated or reflected, wherever the expression holds it.

A spin s(x) stands in sums over sites, in sums over rows and at given sites. The expression is invariant under its rotations if it
is to first order at each of these places by itself, those in the planes of component 0 having all others as commutators. For
n > 1 that is enough for reflections too: rotations take s to every vector of its length. For n = 1 the sign changes.
"""

from collections.abc import Callable, Iterator

from sympy import Add, Expr, S

from lqdsl.ir.nodes import Pinned, Shifted, SiteSum, derivative
from lqdsl.ir.rows import Rowed, RowSum
from lqdsl.ir.theory import Field, Lattice
from lqdsl.passes.conditional import nearest, site_action
from lqdsl.passes.force import variation
from lqdsl.passes.normal import expand_deeply
from lqdsl.passes.spins import PLACED

Place = tuple[object, ...]
Changes = dict[Place, Expr]
"""By place and plane, so that those of the summands of an action add up; without those that are zero."""


def changes(expression: Expr, spins: Field, lattice: Lattice) -> Changes:
    """The changes of a polynomial in sums and in the components of the vectors `spins`."""
    found: Changes = {}
    for place, listed in _places([term for term in Add.make_args(expression) if is_own(term, spins)], spins, lattice):
        for plane, change in enumerate(listed):
            key = (*place, plane)
            found[key] = found.get(key, S.Zero) + expand_deeply(change)
    return {key: change for key, change in found.items() if change != 0}


def is_own(node: Expr, spins: Field) -> bool:
    """Whether a node holds components of the field."""
    return any(atom.field == spins.name for atom in node.atoms(*PLACED))


def _places(terms: list[Expr], spins: Field, lattice: Lattice) -> Iterator[tuple[Place, list[Expr]]]:
    sites: dict[tuple[int, ...], list[Expr]] = {}
    sums: dict[Expr, list[Expr]] = {}
    for term in terms:
        for site in {atom.site for atom in term.atoms(Pinned) if atom.field == spins.name}:
            sites.setdefault(site, []).append(term)
        for node in term.atoms(SiteSum, RowSum):
            sums.setdefault(node, []).append(term)
    for site, listed in sites.items():
        yield ("site", site), _turned(Add(*listed), _spin(spins, Pinned, site), derivative)
    for node, listed in sums.items():
        outer = derivative(Add(*listed), node)
        if isinstance(node, SiteSum):
            turned = _turned_density(node.density, spins, lattice)
            yield ("sites",), [nearest(outer * change, lattice) for change in turned]
        else:
            for atom in {atom.at(0) for atom in node.body.atoms(Rowed) if atom.field == spins.name}:
                turned = _turned(node.body, _spin(spins, Rowed, *atom.args[2:]), derivative)
                yield ("rows", node.rows, atom.index.slot), [outer * change for change in turned]


def _turned_density(density: Expr, spins: Field, lattice: Lattice) -> list[Expr]:
    here = _spin(spins, Shifted, (0,) * lattice.ndim)
    if len(here) == 1:
        return _turned(site_action(expand_deeply(density), spins, lattice), here, derivative)
    return _turned(density, here, lambda e, atom: variation(e, spins.name, atom.component))


def _turned(expression: Expr, s: list[Expr], slope: Callable[[Expr, Expr], Expr]) -> list[Expr]:
    """(s_c d/ds_0 - s_0 d/ds_c) of it, or its change when the only component changes sign."""
    if len(s) == 1:
        return [expression.xreplace({s[0]: -s[0]}) - expression]
    slopes = [slope(expression, part) for part in s]
    return [s[c] * slopes[0] - s[0] * slopes[c] for c in range(1, len(s))]


def _spin(spins: Field, kind: Callable[..., Expr], *where: object) -> list[Expr]:
    return [kind(spins.symbol, c, *where) for c in range(spins.kind.components)]
