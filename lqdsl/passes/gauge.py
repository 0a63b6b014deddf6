"""Gauge invariance under U_mu(x) -> Omega(x) U_mu(x) Omega(x + mu)^dagger, and for U(1) phi(x) -> Omega(x)^q phi(x) of
complex fields and of U(1) at sites, a(x) -> a(x) + q arg Omega(x) of angles.

A trace is invariant where its path is closed. For U(1) the proof is infinitesimal, so that charged fields at the ends of
an open path are seen too: the derivative with respect to the angle of Omega at one site has to vanish identically.
"""

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
from sympy import Expr, Integer, S, Symbol

from lqdsl.diagnostics import Diagnostic, Label, Sink, Span
from lqdsl.ir.compiled import Action, Proof
from lqdsl.ir.evaluate import evaluate, random_configuration
from lqdsl.ir.kinds import Angle, Complex, Group, Kind
from lqdsl.ir.nodes import DataShifted, Local, Loop, Pinned, Shifted, SiteSum, derivative, translate
from lqdsl.ir.printing import place
from lqdsl.ir.rows import Rowed
from lqdsl.ir.theory import Correlator, Field, Lattice, Observable, Term, Theory
from lqdsl.ir.words import AT_SITE, Offset, gap
from lqdsl.passes.at_values import other_values
from lqdsl.passes.clash import Charges, Demand, clash
from lqdsl.passes.conditional import nearest
from lqdsl.passes.expand import wrap
from lqdsl.passes.normal import expand_deeply

CHARGES = (1, -1, 0, 2, -2, 3, -3)
"""Charges that are tried for each field that may carry one, in this order."""
_TOLERANCE = 1e-9


def prove_gauge(theory: Theory, action: Action, observables: tuple[Observable, ...], sink: Sink) -> tuple[Proof, ...]:
    """Proofs of the declared gauge symmetries, E0401 for those that fail, and those that hold undeclared."""
    claims = {claim.fields[0]: claim for claim in theory.symmetries if claim.kind == "gauge"}
    proofs = []
    for field in theory.fields:
        if not field.kind.on_links:
            continue
        charges = find_charges(action.total, field, theory)
        claim = claims.get(field.name)
        if charges is None:
            if claim is not None:
                sink.add(_unknown(claim.span, field, theory, action) or _refutation(claim.span, field, theory, action))
            continue
        if claim is not None:
            _check_observables(observables, field, charges, theory, sink)
        proofs.append(Proof(_words(field, charges), "gauge", claim is not None))
    return tuple(proofs)


def find_charges(expression: Expr, field: Field, theory: Theory) -> Charges | None:
    """Charges of the matter fields with which an expression is gauge invariant; None if there are none."""
    return next(_invariant(expression, field, charged(theory, field), theory), None)


def _invariant(expression: Expr, field: Field, matter: list[str], theory: Theory) -> Iterator[Charges]:
    """All charges of these matter fields with which an expression is gauge invariant."""
    if open_path(expression, field, theory.lattice):
        return
    symbols = {name: Symbol(f"_charge_{name}", real=True) for name in matter}
    change = variation(expression, field, symbols, theory)
    for values in _candidates(expression, matter):
        assignment = {symbols[name]: Integer(value) for name, value in zip(matter, values, strict=True)}
        if expand_deeply(change.xreplace(assignment)) == 0:
            yield dict(zip(matter, values, strict=True))


def charged(theory: Theory, field: Field) -> list[str]:
    """Complex fields, angles and U(1) at sites, which may carry a charge of a U(1)."""
    assert isinstance(field.kind, Group)
    return [f.name for f in theory.fields if _has_phase(f.kind)] if field.kind.abelian else []


def _candidates(expression: Expr, matter: list[str]) -> Iterator[tuple[int, ...]]:
    """Charges of the matter fields to try; none for fields that stand at sites that are named, where no sum moves them."""
    held = {atom.field for atom in expression.atoms(Pinned, Rowed)}
    return product(*((0,) if name in held else CHARGES for name in matter))


def _has_phase(kind: Kind) -> bool:
    at_site = isinstance(kind, Group) and kind.abelian and not kind.on_links
    return at_site or isinstance(kind, Complex | Angle)


def open_path(expression: Expr, field: Field, lattice: Lattice) -> tuple[Offset, Offset] | None:
    """Where a path of non-commuting links is not closed: (end of a link, start of the next)."""
    for loop in sorted(expression.atoms(Loop), key=str):
        if field.name in loop.fields and not loop.group.abelian:
            hole = gap(loop.word, lattice.extents)
            if hole is not None:
                return hole
    return None


def variation(expression: Expr, field: Field, charges: Mapping[str, Expr], theory: Theory) -> Expr:
    """Derivative of an expression with respect to the angle of Omega at the running site."""
    sums = expression.atoms(SiteSum)
    if not sums:
        return _local_variation(expression, field, charges, theory)
    parts = (derivative(expression, s) * _local_variation(s.density, field, charges, theory) for s in sums)
    return sum(parts, S.Zero)


def _local_variation(density: Expr, field: Field, charges: Mapping[str, Expr], theory: Theory) -> Expr:
    total = S.Zero
    for atom in sorted(density.atoms(Local), key=str):
        slope = None
        for site, change in _changes(atom, field, charges, theory).items():
            slope = derivative(density, atom) if slope is None else slope
            total += translate(slope * change, tuple(-step for step in site))
    return expand_deeply(nearest(expand_deeply(total), theory.lattice)) if total != 0 else total


def _changes(atom: Local, field: Field, charges: Mapping[str, Expr], theory: Theory) -> dict[Offset, Expr]:
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
    ends: dict[Offset, Expr] = {site: Integer(count) for site, count in _ends(atom, field.name, theory.lattice).items()}
    for link in atom.word:
        if link.axis == AT_SITE and link.field in charges:
            site = wrap(link.offset, theory.lattice)[1]
            ends[site] = ends.get(site, S.Zero) + link.sign * charges[link.field]
    return {site: count * slope for site, count in ends.items()}


def _ends(loop: Loop, field: str, lattice: Lattice) -> dict[Offset, int]:
    """Sites at which paths of a field begin (+) or end (-) without going on."""
    counts: dict[Offset, int] = {}
    for link in loop.word:
        if link.field == field:
            for site, sign in ((link.start, 1), (link.end, -1)):
                place_on_torus = wrap(site, lattice)[1]
                counts[place_on_torus] = counts.get(place_on_torus, 0) + sign
    return {site: count for site, count in counts.items() if count}


def _check_observables(
    observables: tuple[Observable, ...], field: Field, charges: Charges, theory: Theory, sink: Sink
) -> None:
    numbers = {name: Integer(charge) for name, charge in charges.items()}
    for observable in observables:
        body = observable.body
        for part in body.densities if isinstance(body, Correlator) else (body,):
            if open_path(part, field, theory.lattice) or variation(part, field, numbers, theory) != 0:
                notes = _why(part, field, theory.lattice)
                message = f"`{observable.name}` is not gauge invariant"
                help_ = "its expectation value vanishes or depends on the gauge; close the path"
                sink.error("E0401", message, observable.span, notes=notes, helps=(help_,))
                break


def _unknown(span: Span, field: Field, theory: Theory, action: Action) -> Diagnostic | None:
    """E0402 where numbers do not refute what could not be proved: the variation vanishes on a random configuration."""
    if open_path(action.total, field, theory.lattice):
        return None
    fields = random_configuration(theory, np.random.default_rng(7))

    def change(**charges: int) -> np.ndarray:
        numbers = {name: Integer(charges.get(name, 0)) for name in matter}
        varied = variation(action.total, field, numbers, theory)
        given, beside = (
            np.broadcast_to(evaluate(varied, fields, values, theory.lattice), theory.lattice.extents)
            for values in (theory.values, other_values(theory))
        )
        # A coupling that happens to be zero in the file is not always so; where values that nobody gave lead nowhere,
        # they refute nothing.
        return np.stack([given, np.nan_to_num(beside)])

    matter = charged(theory, field)
    own = change()
    # The variation is linear in the charges.
    others = [change(**{name: 1}) - own for name in matter]
    scale = max(1.0, *(float(np.max(np.abs(part))) for part in (own, *others)))
    for values in _candidates(action.total, matter):
        total = own + sum(value * part for value, part in zip(values, others, strict=True))
        if np.max(np.abs(total)) <= _TOLERANCE * scale:
            name = _words(field, dict(zip(matter, values, strict=True)))
            return Diagnostic(
                "E0402",
                f"`gauge({field.name})` could not be proved",
                span,
                labels=(Label(theory.action_span, "the action"),),
                notes=(f"the change under {name} is zero on random configurations",),
                helps=("write the terms so that the symmetry can be read off, or drop the claim",),
            )
    return None


def _refutation(span: Span, field: Field, theory: Theory, action: Action) -> Diagnostic:
    guilty = [term for term in action.terms if find_charges(term.expression, field, theory) is None]
    labels = tuple(Label(term.span, "this term is not gauge invariant") for term in guilty[:3])
    notes = _why(guilty[0].expression, field, theory.lattice) if guilty else ()
    if not guilty:
        labels, disputed = clash([_demand(term, field, theory) for term in action.terms])
        notes = (
            f"its terms need different charges of `{disputed}`" if disputed else "its terms need different charges",
        )
    return Diagnostic(
        "E0401", f"the action is not invariant under `gauge({field.name})`", span, labels=labels, notes=notes
    )


def _demand(term: Term, field: Field, theory: Theory) -> Demand:
    own = {atom.field for atom in term.expression.atoms(Shifted, Pinned, Rowed)}
    own |= {name for loop in term.expression.atoms(Loop) for name in loop.fields}
    matter = [name for name in charged(theory, field) if name in own]
    return Demand(term.span, tuple(_invariant(term.expression, field, matter, theory)))


def _why(expression: Expr, field: Field, lattice: Lattice) -> tuple[str, ...]:
    """The first path that is not closed, by its end points."""
    hole = open_path(expression, field, lattice)
    if hole is not None:
        return (f"open path: it ends at {place(hole[0])} and goes on at {place(hole[1])}",)
    for loop in sorted(expression.atoms(Loop), key=str):
        ends = _ends(loop, field.name, lattice)
        first = [site for site, count in sorted(ends.items()) if count > 0]
        last = [site for site, count in sorted(ends.items()) if count < 0]
        if first and last:
            return (f"open path from {place(first[0])} to {place(last[0])}",)
    return ()


def _words(field: Field, charges: Charges) -> str:
    of = ", ".join(f"charge {charge} of {name}" for name, charge in charges.items())
    return f"gauge({field.name})" + (f" with {of}" if of else "")
