"""Angles are known modulo 2 pi, points of a box modulo its sides: nothing may change when one of them goes once around."""

from sympy import Expr, pi

from lqdsl.diagnostics import Sink
from lqdsl.ir.kinds import Angle, Box
from lqdsl.ir.nodes import Pinned, Shifted, SiteSum
from lqdsl.ir.printing import notation
from lqdsl.ir.rows import Rowed, RowSum
from lqdsl.ir.theory import Correlator, Observable, Term, Theory
from lqdsl.passes.normal import expand_deeply

Periods = dict[tuple[str, int], Expr]
"""How far a component of a field is once around."""


def periods(theory: Theory) -> Periods:
    """Those of all fields that have one."""
    found: Periods = {}
    for field in theory.fields:
        if isinstance(field.kind, Angle):
            found[field.name, 0] = 2 * pi
        if isinstance(field.kind, Box):
            found |= {(field.name, component): length for component, length in enumerate(field.kind.lengths)}
    return found


def check_periodic(theory: Theory, terms: tuple[Term, ...], sink: Sink) -> None:
    """E0605 for a term of the action that is not periodic in an angle or in a box."""
    known = periods(theory)
    for term in terms if known else ():
        atom = aperiodic(term.expression, known)
        if atom is not None:
            where, helps = _words(atom, theory)
            grows = notation(known[atom.field, atom.component], theory.fields).replace("*", " ")
            note = f"it changes when `{notation(atom, theory.fields)}` grows by {grows}"
            (guilty, *_) = term.narrowed(lambda expression: aperiodic(expression, known) is not None)
            sink.error("E0605", f"this term is not periodic in {where}", guilty.span, notes=(note,), helps=helps)


def check_periodic_observables(theory: Theory, observables: tuple[Observable, ...], sink: Sink) -> None:
    """E0605 for an observable that is not periodic in an angle or in a box."""
    known = periods(theory)
    for observable in observables if known else ():
        body = observable.body
        parts = body.densities if isinstance(body, Correlator) else (body,)
        atom = next((atom for part in parts if (atom := aperiodic(part, known)) is not None), None)
        if atom is not None:
            where, helps = _words(atom, theory)
            sink.error("E0605", f"`{observable.name}` is not periodic in {where}", observable.span, helps=helps)


def _words(atom: Expr, theory: Theory) -> tuple[str, tuple[str, ...]]:
    """What a term is not periodic in, and what would be."""
    kind = theory.field(atom.field).kind
    if not isinstance(kind, Box):
        return "an angle", ("write it with sin and cos of whole multiples of the angle",)
    length = kind.lengths[atom.component]
    wave = f"cos(2*pi*{notation(atom, theory.fields)}/{notation(length, theory.fields)})"
    return "the box", (f"take the difference of two points, `|r[p] - r[q]|`, or waves that fit the box, `{wave}`",)


def aperiodic(expression: Expr, known: Periods) -> Expr | None:
    """The first component of a field in which an expression is not periodic, as far as the addition theorems tell."""
    densities = [node.density for node in expression.atoms(SiteSum)] or [expression]
    for density in densities:
        for atom in sorted(density.atoms(Shifted, Pinned), key=str):
            period = known.get((atom.field, atom.component))
            if period is not None and _differs(density.xreplace({atom: atom + period}), density):
                return atom
    for node in sorted(expression.atoms(RowSum), key=str):
        for atom in sorted(node.body.atoms(Rowed), key=str):
            period = known.get((atom.field, atom.component))
            if period is None:
                continue
            turned = node.body.xreplace({atom: atom + period})
            if _differs(turned, node.body):
                change = expand_deeply(turned - node.body)  # of the sum, where one value in it goes around
                if _differs(expression.xreplace({node: node + change}), expression):
                    return atom
    return None


def _differs(after: Expr, before: Expr) -> bool:
    change = after - before
    return change != 0 and expand_deeply(change) != 0 and change.expand(trig=True) != 0
