"""Gauge invariance under U_mu(x) -> Omega(x) U_mu(x) Omega(x + mu)^dagger, and for U(1) phi(x) -> Omega(x)^q phi(x) of
complex fields and of U(1) at sites, a(x) -> a(x) + q arg Omega(x) of angles.

A trace is invariant where its path is closed. For U(1) the proof is infinitesimal, so that charged fields at the ends of
an open path are seen too: the derivative with respect to the angle of Omega at one site has to vanish identically. It is
linear in the charges, which follow from it.

Links of several fields may transform together, by the same Omega.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from sympy import Add, Expr, Integer, S, Symbol, linsolve

from lqdsl.ir.kinds import Angle, Complex, Group, Kind
from lqdsl.ir.nodes import DataShifted, Local, Loop, Shifted, SiteSum, derivative, translate
from lqdsl.ir.rows import AT_INDEX, fields_of
from lqdsl.ir.theory import Field, Lattice, Theory
from lqdsl.ir.words import AT_SITE, Link, Offset, gap
from lqdsl.passes.clash import Charges
from lqdsl.passes.conditional import nearest
from lqdsl.passes.expand import wrap
from lqdsl.passes.normal import expand_deeply

CHARGES = (1, -1, 0, 2, -2, 3, -3)
"""Charges that are tried for each field whose charge does not follow from those of others, in this order."""
Links = tuple[Field, ...]
"""Fields of links of one group that transform by the same Omega."""


def find_charges(expression: Expr, links: Links, theory: Theory) -> Charges | None:
    """Charges of the matter fields with which an expression is gauge invariant; None if there are none."""
    return next(all_charges(expression, links, charged(theory, links), theory), None)


def all_charges(expression: Expr, links: Links, matter: list[str], theory: Theory) -> Iterator[Charges]:
    """All charges of these matter fields with which an expression is gauge invariant."""
    if open_path(expression, links, theory.lattice):
        return
    symbols = [Symbol(f"_charge_{name}", real=True) for name in matter]
    change = variation(expression, links, dict(zip(matter, symbols, strict=True)), theory)
    fixed = held(expression)
    conditions = [*_conditions(change, symbols), *(s for n, s in zip(matter, symbols, strict=True) if n in fixed)]
    for values in _whole(conditions, symbols):
        yield dict(zip(matter, values, strict=True))


def _conditions(change: Expr, charges: Sequence[Symbol]) -> list[Expr]:
    """Linear expressions in the charges that have to vanish so that the change does on every configuration."""
    found: dict[Expr, Expr] = {}
    for term in Add.make_args(expand_deeply(change)):
        number, rest = term.as_coeff_Mul()
        charge = next((symbol for symbol in charges if rest.has(symbol)), S.One)
        found[rest / charge] = found.get(rest / charge, S.Zero) + number * charge
    return [condition for condition in found.values() if condition != 0]


def _whole(conditions: list[Expr], charges: Sequence[Symbol]) -> Iterator[tuple[int, ...]]:
    """Whole charges that meet the conditions, in the order of CHARGES for those that may be chosen."""
    if not charges:
        yield from [()] if not conditions else []
        return
    for solution in linsolve(conditions or [S.Zero], *reversed(charges)):
        dependent = dict(zip(reversed(charges), solution, strict=True))
        free = [charge for charge in charges if dependent[charge] == charge]
        for chosen in product(map(Integer, CHARGES), repeat=len(free)):
            values = [dependent[charge].xreplace(dict(zip(free, chosen, strict=True))) for charge in charges]
            if all(value.is_Integer for value in values):
                yield tuple(map(int, values))


def charged(theory: Theory, links: Links) -> list[str]:
    """Complex fields, angles and U(1) at sites, which may carry a charge of a U(1)."""
    kind = links[0].kind
    assert isinstance(kind, Group)
    return [f.name for f in theory.fields if _has_phase(f.kind)] if kind.abelian else []


def held(expression: Expr) -> set[str]:
    """Fields at sites that are named, where no sum moves them: they carry no charge."""
    return fields_of(expression, AT_INDEX)


def _has_phase(kind: Kind) -> bool:
    at_site = isinstance(kind, Group) and kind.abelian and not kind.on_links
    return at_site or isinstance(kind, Complex | Angle)


def open_path(expression: Expr, links: Links, lattice: Lattice) -> tuple[Link, Link] | None:
    """Where a path of non-commuting links is not closed: a link and the next one."""
    names = names_of(links)
    for loop in sorted(expression.atoms(Loop), key=str):
        if not loop.group.abelian and not names.isdisjoint(loop.fields):
            hole = gap(loop.word, names, lattice.extents)
            if hole is not None:
                return hole
    return None


def names_of(links: Links) -> frozenset[str]:
    return frozenset(field.name for field in links)


def variation(expression: Expr, links: Links, charges: Mapping[str, Expr], theory: Theory) -> Expr:
    """Derivative of an expression with respect to the angle of Omega at the running site."""
    sums = expression.atoms(SiteSum)
    if not sums:
        return _local_variation(expression, links, charges, theory)
    parts = (derivative(expression, s) * _local_variation(s.density, links, charges, theory) for s in sums)
    return sum(parts, S.Zero)


def _local_variation(density: Expr, links: Links, charges: Mapping[str, Expr], theory: Theory) -> Expr:
    total = S.Zero
    for atom in sorted(density.atoms(Local), key=str):
        slope = None
        for site, change in _changes(atom, links, charges, theory).items():
            slope = derivative(density, atom) if slope is None else slope
            total += translate(slope * change, tuple(-step for step in site))
    return expand_deeply(nearest(expand_deeply(total), theory.lattice)) if total != 0 else total


def _changes(atom: Local, links: Links, charges: Mapping[str, Expr], theory: Theory) -> dict[Offset, Expr]:
    """Derivative of an atom with respect to the angle of Omega at each site that it touches."""
    if isinstance(atom, Shifted):
        if atom.field not in charges:
            return {}
        if theory.field(atom.field).kind.circle:
            return {atom.offset: charges[atom.field]}
        partner = Shifted(atom.args[0], 1 - atom.component, atom.offset)
        return {atom.offset: (-1 if atom.component == 0 else 1) * charges[atom.field] * partner}
    if isinstance(atom, DataShifted):
        return {}
    assert isinstance(atom, Loop)
    if not atom.group.abelian:
        return {}
    slope = {"re": lambda: -atom.as_part("im"), "im": lambda: atom.as_part("re"), "arg": lambda: S.One}[atom.part]()
    moved: dict[Offset, Expr] = {site: Integer(count) for site, count in ends(atom, links, theory.lattice).items()}
    for link in atom.word:
        if link.axis == AT_SITE and link.field in charges:
            site = wrap(link.offset, theory.lattice)[1]
            moved[site] = moved.get(site, S.Zero) + link.sign * charges[link.field]
    return {site: count * slope for site, count in moved.items()}


def ends(loop: Loop, links: Links, lattice: Lattice) -> dict[Offset, int]:
    """Sites at which paths of these links begin (+) or end (-) without going on."""
    counts: dict[Offset, int] = {}
    names = names_of(links)
    for link in loop.word:
        if link.field in names:
            for site, sign in ((link.start, 1), (link.end, -1)):
                place_on_torus = wrap(site, lattice)[1]
                counts[place_on_torus] = counts.get(place_on_torus, 0) + sign
    return {site: count for site, count in counts.items() if count}
