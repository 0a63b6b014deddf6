"""Gauge invariance under U_mu(x) -> Omega(x) U_mu(x) Omega(x + mu)^dagger, and for U(1) phi(x) -> Omega(x)^q phi(x) of
complex fields and of U(1) at sites, a(x) -> a(x) + q arg Omega(x) of angles.

A trace is invariant where its path is closed. For U(1) the proof is infinitesimal, so that charged fields at the ends of
an open path are seen too: the derivative with respect to the angle of Omega at one site has to vanish identically. It is
linear in the charges, which follow from it.

Links of several fields may transform together, by the same Omega.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np
from sympy import Add, Expr, Integer, S, Symbol, linsolve

from lqdsl.diagnostics import Diagnostic, Label, Sink, Span
from lqdsl.ir.compiled import Action, Proof
from lqdsl.ir.evaluate import evaluate, random_configuration
from lqdsl.ir.kinds import Angle, Complex, Group, Kind
from lqdsl.ir.nodes import DataShifted, Local, Loop, Pinned, Shifted, SiteSum, derivative, translate
from lqdsl.ir.printing import place
from lqdsl.ir.rows import Rowed
from lqdsl.ir.theory import Correlator, Field, Lattice, Observable, Term, Theory
from lqdsl.ir.words import AT_SITE, Link, Offset, gap
from lqdsl.passes.at_values import other_values
from lqdsl.passes.canonical import expand_at
from lqdsl.passes.clash import Charges, Demand, clash
from lqdsl.passes.conditional import nearest
from lqdsl.passes.expand import wrap
from lqdsl.passes.normal import expand_deeply

CHARGES = (1, -1, 0, 2, -2, 3, -3)
"""Charges that are tried for each field whose charge does not follow from those of others, in this order."""
Links = tuple[Field, ...]
"""Fields of links of one group that transform by the same Omega."""
_TOLERANCE = 1e-9


def prove_gauge(theory: Theory, action: Action, observables: tuple[Observable, ...], sink: Sink) -> tuple[Proof, ...]:
    """Proofs of the declared gauge symmetries, E0401 for those that fail, and those that hold undeclared."""
    proofs = []
    for claim in theory.symmetries:
        if claim.kind != "gauge":
            continue
        links = tuple(theory.field(name) for name in claim.fields)
        charges = find_charges(action.total, links, theory)
        if charges is None:
            sink.add(_unknown(claim.span, links, theory, action) or _refutation(claim.span, links, theory, action))
        else:
            _check_observables(observables, links, charges, theory, sink)
            proofs.append(Proof(_words(links, charges), "gauge", True))
    claimed = [set(claim.fields) for claim in theory.symmetries if claim.kind == "gauge"]
    return (*proofs, *_found(theory, action, claimed))


def _found(theory: Theory, action: Action, claimed: list[set[str]]) -> Iterator[Proof]:
    """What holds undeclared: of the links of each field, or of all those of a group that do not transform alone."""
    open_ones: dict[Kind, list[Field]] = {}
    for field in theory.fields:
        if not field.kind.on_links or {field.name} in claimed:
            continue
        charges = find_charges(action.total, (field,), theory)
        if charges is None:
            open_ones.setdefault(field.kind, []).append(field)
        else:
            yield Proof(_words((field,), charges), "gauge", False)
    for links in map(tuple, open_ones.values()):
        if len(links) > 1 and {field.name for field in links} not in claimed:
            charges = find_charges(action.total, links, theory)
            if charges is not None:
                yield Proof(_words(links, charges), "gauge", False)


def find_charges(expression: Expr, links: Links, theory: Theory) -> Charges | None:
    """Charges of the matter fields with which an expression is gauge invariant; None if there are none."""
    return next(_invariant(expression, links, charged(theory, links), theory), None)


def _invariant(expression: Expr, links: Links, matter: list[str], theory: Theory) -> Iterator[Charges]:
    """All charges of these matter fields with which an expression is gauge invariant."""
    if open_path(expression, links, theory.lattice):
        return
    symbols = [Symbol(f"_charge_{name}", real=True) for name in matter]
    change = variation(expression, links, dict(zip(matter, symbols, strict=True)), theory)
    held = _held(expression)
    conditions = [*_conditions(change, symbols), *(s for n, s in zip(matter, symbols, strict=True) if n in held)]
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


def _held(expression: Expr) -> set[str]:
    """Fields at sites that are named, where no sum moves them: they carry no charge."""
    return {atom.field for atom in expression.atoms(Pinned, Rowed)}


def _has_phase(kind: Kind) -> bool:
    at_site = isinstance(kind, Group) and kind.abelian and not kind.on_links
    return at_site or isinstance(kind, Complex | Angle)


def open_path(expression: Expr, links: Links, lattice: Lattice) -> tuple[Link, Link] | None:
    """Where a path of non-commuting links is not closed: a link and the next one."""
    names = _names(links)
    for loop in sorted(expression.atoms(Loop), key=str):
        if not loop.group.abelian and not names.isdisjoint(loop.fields):
            hole = gap(loop.word, names, lattice.extents)
            if hole is not None:
                return hole
    return None


def _names(links: Links) -> frozenset[str]:
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
    ends: dict[Offset, Expr] = {site: Integer(count) for site, count in _ends(atom, links, theory.lattice).items()}
    for link in atom.word:
        if link.axis == AT_SITE and link.field in charges:
            site = wrap(link.offset, theory.lattice)[1]
            ends[site] = ends.get(site, S.Zero) + link.sign * charges[link.field]
    return {site: count * slope for site, count in ends.items()}


def _ends(loop: Loop, links: Links, lattice: Lattice) -> dict[Offset, int]:
    """Sites at which paths of these links begin (+) or end (-) without going on."""
    counts: dict[Offset, int] = {}
    names = _names(links)
    for link in loop.word:
        if link.field in names:
            for site, sign in ((link.start, 1), (link.end, -1)):
                place_on_torus = wrap(site, lattice)[1]
                counts[place_on_torus] = counts.get(place_on_torus, 0) + sign
    return {site: count for site, count in counts.items() if count}


def _check_observables(
    observables: tuple[Observable, ...], links: Links, charges: Charges, theory: Theory, sink: Sink
) -> None:
    numbers = {name: Integer(charge) for name, charge in charges.items()}

    def varies(part: Expr) -> bool:
        return bool(open_path(part, links, theory.lattice)) or variation(part, links, numbers, theory) != 0

    for observable in observables:
        body = observable.body
        guilty = next(filter(varies, body.densities if isinstance(body, Correlator) else (body,)), None)
        if guilty is None:
            continue
        terms = [(expand_at(term.expression, term.span, theory.lattice), term.span) for term in observable.terms]
        guilty, span = next((term for term in terms if varies(term[0])), (guilty, observable.span))
        message = f"`{observable.name}` is not gauge invariant"
        help_ = "its expectation value vanishes or depends on the gauge; close the path"
        sink.error("E0401", message, span, notes=_why(guilty, links, theory.lattice), helps=(help_,))


def _unknown(span: Span, links: Links, theory: Theory, action: Action) -> Diagnostic | None:
    """E0402 where numbers do not refute what could not be proved: the variation vanishes on a random configuration."""
    if open_path(action.total, links, theory.lattice):
        return None
    fields = random_configuration(theory, np.random.default_rng(7))

    def change(**charges: int) -> np.ndarray:
        numbers = {name: Integer(charges.get(name, 0)) for name in matter}
        varied = variation(action.total, links, numbers, theory)
        given, beside = (
            np.broadcast_to(evaluate(varied, fields, values, theory.lattice), theory.lattice.extents)
            for values in (theory.values, other_values(theory))
        )
        # A coupling that happens to be zero in the file is not always so; where values that nobody gave lead nowhere,
        # they refute nothing.
        return np.stack([given, np.nan_to_num(beside)])

    matter = charged(theory, links)
    own = change()
    # The variation is linear in the charges.
    others = [change(**{name: 1}) - own for name in matter]
    scale = max(1.0, *(float(np.max(np.abs(part))) for part in (own, *others)))
    for values in _candidates(own, others, [name in _held(action.total) for name in matter]):
        total = own + sum(value * part for value, part in zip(values, others, strict=True))
        if np.max(np.abs(total)) <= _TOLERANCE * scale:
            name = _words(links, dict(zip(matter, values, strict=True)))
            return Diagnostic(
                "E0402",
                f"`{_words(links, {})}` could not be proved",
                span,
                labels=(Label(theory.action_span, "the action"),),
                notes=(f"the change under {name} is zero on random configurations",),
                helps=("write the terms so that the symmetry can be read off, or drop the claim",),
            )
    return None


def _candidates(own: np.ndarray, others: Sequence[np.ndarray], held: Sequence[bool]) -> Iterator[tuple[int, ...]]:
    """Charges to try: those that fit best, and small ones."""
    if others:
        columns = np.stack([part.reshape(-1) for part in others], axis=1)
        best = np.linalg.lstsq(columns, -own.reshape(-1), rcond=None)[0]
        yield tuple(0 if named else round(float(value)) for named, value in zip(held, best, strict=True))
    yield from product(*((0,) if named else CHARGES for named in held))


def _refutation(span: Span, links: Links, theory: Theory, action: Action) -> Diagnostic:
    guilty = action.guilty(lambda expression: find_charges(expression, links, theory) is None)
    labels = tuple(Label(term.span, "this term is not gauge invariant") for term in guilty[:3])
    notes = _why(guilty[0].expression, links, theory.lattice) if guilty else ()
    every = tuple(field for field in theory.fields if field.kind == links[0].kind)
    together = len(every) > len(links) and find_charges(action.total, every, theory) is not None
    helps = (f"it holds for links that transform together: `symmetry {_words(every, {})}`",) if together else ()
    if not guilty:
        parts = [part for term in action.terms for part in term.parts or (term,)]
        labels, disputed = clash([_demand(part, links, theory) for part in parts])
        notes = (
            f"its terms need different charges of `{disputed}`" if disputed else "its terms need different charges",
        )
    return Diagnostic(
        "E0401",
        f"the action is not invariant under `{_words(links, {})}`",
        span,
        labels=labels,
        notes=notes,
        helps=helps,
    )


def _demand(term: Term, links: Links, theory: Theory) -> Demand:
    own = {atom.field for atom in term.expression.atoms(Shifted, Pinned, Rowed)}
    own |= {name for loop in term.expression.atoms(Loop) for name in loop.fields}
    matter = [name for name in charged(theory, links) if name in own]
    return Demand(term.span, tuple(_invariant(term.expression, links, matter, theory)))


def _why(expression: Expr, links: Links, lattice: Lattice) -> tuple[str, ...]:
    """The first path that is not closed, by its end points."""
    hole = open_path(expression, links, lattice)
    if hole is not None:
        end, start = (place(wrap(site, lattice)[1]) for site in (hole[0].end, hole[1].start))
        strangers = [link.field for link in hole if link.field not in _names(links)]
        if strangers:
            words = " and ".join(f"`{field.name}`" for field in links)
            return (f"open path of {words}: at {end} it meets `{strangers[0]}`, which does not transform with it",)
        return (f"open path: it ends at {end} and goes on at {start}",)
    for loop in sorted(expression.atoms(Loop), key=str):
        ends = _ends(loop, links, lattice)
        first, last = (
            " and ".join(place(site) for site, count in sorted(ends.items()) if sign * count > 0) for sign in (1, -1)
        )
        if first and last:
            return (f"open path from {first} to {last}",)
    return ()


def _words(links: Links, charges: Charges) -> str:
    of = ", ".join(f"charge {charge} of {name}" for name, charge in charges.items())
    return f"gauge({', '.join(field.name for field in links)})" + (f" with {of}" if of else "")
