"""Claims of gauge symmetries: proved, or refuted at the terms and the ends of the open paths that break them."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from sympy import Expr, Integer

from lqdsl.diagnostics import Diagnostic, Label, Sink, Span
from lqdsl.ir.compiled import Action, Proof
from lqdsl.ir.evaluate import evaluate, random_configuration
from lqdsl.ir.kinds import Kind
from lqdsl.ir.nodes import Loop
from lqdsl.ir.printing import place
from lqdsl.ir.rows import fields_of
from lqdsl.ir.theory import Correlator, Field, Lattice, Observable, Term, Theory
from lqdsl.passes.at_values import other_values
from lqdsl.passes.canonical import expand_at
from lqdsl.passes.clash import Charges, Demand, clash
from lqdsl.passes.expand import wrap
from lqdsl.passes.gauge_invariance import (
    CHARGES,
    Links,
    all_charges,
    charged,
    ends,
    find_charges,
    held,
    names_of,
    open_path,
    variation,
)

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
    for values in _candidates(own, others, [name in held(action.total) for name in matter]):
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


def _candidates(own: np.ndarray, others: Sequence[np.ndarray], fixed: Sequence[bool]) -> Iterator[tuple[int, ...]]:
    """Charges to try: those that fit best, and small ones."""
    if others:
        columns = np.stack([part.reshape(-1) for part in others], axis=1)
        best = np.linalg.lstsq(columns, -own.reshape(-1), rcond=None)[0]
        yield tuple(0 if named else round(float(value)) for named, value in zip(fixed, best, strict=True))
    yield from product(*((0,) if named else CHARGES for named in fixed))


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
    own = fields_of(term.expression)
    matter = [name for name in charged(theory, links) if name in own]
    return Demand(term.span, tuple(all_charges(term.expression, links, matter, theory)))


def _why(expression: Expr, links: Links, lattice: Lattice) -> tuple[str, ...]:
    """The first path that is not closed, by its end points."""
    hole = open_path(expression, links, lattice)
    if hole is not None:
        end, start = (place(wrap(site, lattice)[1]) for site in (hole[0].end, hole[1].start))
        strangers = [link.field for link in hole if link.field not in names_of(links)]
        if strangers:
            words = " and ".join(f"`{field.name}`" for field in links)
            return (f"open path of {words}: at {end} it meets `{strangers[0]}`, which does not transform with it",)
        return (f"open path: it ends at {end} and goes on at {start}",)
    for loop in sorted(expression.atoms(Loop), key=str):
        found = ends(loop, links, lattice)
        first, last = (
            " and ".join(place(site) for site, count in sorted(found.items()) if sign * count > 0) for sign in (1, -1)
        )
        if first and last:
            return (f"open path from {first} to {last}",)
    return ()


def _words(links: Links, charges: Charges) -> str:
    of = ", ".join(f"charge {charge} of {name}" for name, charge in charges.items())
    return f"gauge({', '.join(field.name for field in links)})" + (f" with {of}" if of else "")
