"""Gauge invariance under U_mu(x) -> Omega(x) U_mu(x) Omega(x + mu)^dagger, and phi(x) -> Omega(x)^q phi(x) for U(1).

A trace is invariant where its path is closed. For U(1) the proof is infinitesimal, so that charged fields at the ends of
an open path are seen too: the derivative with respect to the angle of Omega at one site has to vanish identically.
"""

from itertools import product

from sympy import Expr, Integer, S, Symbol

from lqdsl.diagnostics import Diagnostic, Label, Sink, Span
from lqdsl.ir.compiled import Action, Proof
from lqdsl.ir.kinds import Complex, Group
from lqdsl.ir.nodes import DataShifted, Local, Loop, Shifted, SiteSum, derivative, translate
from lqdsl.ir.printing import place
from lqdsl.ir.theory import Correlator, Field, Lattice, Observable, Theory
from lqdsl.ir.words import Offset, gap
from lqdsl.passes.conditional import nearest
from lqdsl.passes.expand import wrap
from lqdsl.passes.normal import expand_deeply

CHARGES = (1, -1, 0, 2, -2, 3, -3)
"""Charges that are tried for each complex field, in this order."""
Charges = dict[str, int]


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
                sink.add(_refutation(claim.span, field, theory, action))
            continue
        if claim is not None:
            _check_observables(observables, field, charges, theory, sink)
        proofs.append(Proof(_words(field, charges), "gauge", claim is not None))
    return tuple(proofs)


def find_charges(expression: Expr, field: Field, theory: Theory) -> Charges | None:
    """Charges of the complex fields with which an expression is gauge invariant; None if there are none."""
    if open_path(expression, field, theory.lattice):
        return None
    matter = charged(theory, field)
    symbols = {name: Symbol(f"_charge_{name}", real=True) for name in matter}
    change = variation(expression, field, symbols, theory.lattice)
    for values in product(CHARGES, repeat=len(matter)):
        assignment = {symbols[name]: Integer(value) for name, value in zip(matter, values, strict=True)}
        if expand_deeply(change.xreplace(assignment)) == 0:
            return dict(zip(matter, values, strict=True))
    return None


def charged(theory: Theory, field: Field) -> list[str]:
    """Complex fields, which may carry a charge of a U(1)."""
    assert isinstance(field.kind, Group)
    return [f.name for f in theory.fields if isinstance(f.kind, Complex)] if field.kind.abelian else []


def open_path(expression: Expr, field: Field, lattice: Lattice) -> tuple[Offset, Offset] | None:
    """Where a path of non-commuting links is not closed: (end of a link, start of the next)."""
    for loop in sorted(expression.atoms(Loop), key=str):
        if field.name in loop.fields and not loop.group.abelian:
            hole = gap(loop.word, lattice.extents)
            if hole is not None:
                return hole
    return None


def variation(expression: Expr, field: Field, charges: dict[str, Symbol], lattice: Lattice) -> Expr:
    """Derivative of an expression with respect to the angle of Omega at the running site."""
    sums = expression.atoms(SiteSum)
    if not sums:
        return _local_variation(expression, field, charges, lattice)
    parts = (derivative(expression, s) * _local_variation(s.density, field, charges, lattice) for s in sums)
    return sum(parts, S.Zero)


def _local_variation(density: Expr, field: Field, charges: dict[str, Symbol], lattice: Lattice) -> Expr:
    total = S.Zero
    for atom in sorted(density.atoms(Local), key=str):
        slope = None
        for site, change in _changes(atom, field, charges, lattice).items():
            slope = derivative(density, atom) if slope is None else slope
            total += translate(slope * change, tuple(-step for step in site))
    return expand_deeply(nearest(expand_deeply(total), lattice)) if total != 0 else total


def _changes(atom: Local, field: Field, charges: dict[str, Symbol], lattice: Lattice) -> dict[Offset, Expr]:
    """Derivative of an atom with respect to the angle of Omega at each site that it touches."""
    if isinstance(atom, Shifted):
        if atom.field not in charges:
            return {}
        partner = Shifted(atom.args[0], 1 - atom.component, atom.offset)
        return {atom.offset: (-1 if atom.component == 0 else 1) * charges[atom.field] * partner}
    if isinstance(atom, DataShifted):
        return {}
    assert isinstance(atom, Loop)
    if not atom.group.abelian or field.name not in atom.fields:
        return {}
    slope = {"re": lambda: -atom.as_part("im"), "im": lambda: atom.as_part("re"), "arg": lambda: S.One}[atom.part]()
    return {site: count * slope for site, count in _ends(atom, field.name, lattice).items()}


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
            if open_path(part, field, theory.lattice) or variation(part, field, numbers, theory.lattice) != 0:
                notes = _why(part, field, theory.lattice)
                message = f"`{observable.name}` is not gauge invariant"
                help_ = "its expectation value vanishes or depends on the gauge; close the path"
                sink.error("E0401", message, observable.span, notes=notes, helps=(help_,))
                break


def _refutation(span: Span, field: Field, theory: Theory, action: Action) -> Diagnostic:
    guilty = [term for term in action.terms if find_charges(term.expression, field, theory) is None]
    labels = tuple(Label(term.span, "this term is not gauge invariant") for term in guilty[:3])
    notes = _why(guilty[0].expression, field, theory.lattice) if guilty else ()
    if not guilty:
        notes = ("its terms need different charges of the same field",)
    return Diagnostic(
        "E0401", f"the action is not invariant under `gauge({field.name})`", span, labels=labels, notes=notes
    )


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
