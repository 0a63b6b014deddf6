"""Angles are known modulo 2 pi: what depends on them must not change when one of them goes once around."""

from sympy import Expr, pi

from lqdsl.diagnostics import Sink
from lqdsl.ir.kinds import Angle
from lqdsl.ir.nodes import Pinned, Shifted, SiteSum
from lqdsl.ir.printing import notation
from lqdsl.ir.rows import Rowed, RowSum
from lqdsl.ir.theory import Correlator, Observable, Term, Theory
from lqdsl.passes.normal import expand_deeply


def check_periodic(theory: Theory, terms: tuple[Term, ...], sink: Sink) -> None:
    """E0605 for a term of the action that is not periodic in an angle."""
    angles = {field.name for field in theory.fields if isinstance(field.kind, Angle)}
    for term in terms if angles else ():
        atom = aperiodic(term.expression, angles)
        if atom is not None:
            note = f"it changes when `{notation(atom, theory.fields)}` grows by 2 pi"
            helps = ("write it with sin and cos of whole multiples of the angle",)
            sink.error("E0605", "this term is not periodic in an angle", term.span, notes=(note,), helps=helps)


def check_periodic_observables(theory: Theory, observables: tuple[Observable, ...], sink: Sink) -> None:
    """E0605 for an observable that is not periodic in an angle."""
    angles = {field.name for field in theory.fields if isinstance(field.kind, Angle)}
    for observable in observables if angles else ():
        body = observable.body
        parts = body.densities if isinstance(body, Correlator) else (body,)
        if any(aperiodic(part, angles) is not None for part in parts):
            message = f"`{observable.name}` is not periodic in an angle"
            sink.error("E0605", message, observable.span, helps=("write it with sin and cos of the angle",))


def aperiodic(expression: Expr, angles: set[str]) -> Expr | None:
    """The first angle in which an expression is not periodic, as far as the addition theorems tell."""
    densities = [node.density for node in expression.atoms(SiteSum)] or [expression]
    for density in densities:
        for atom in sorted(density.atoms(Shifted, Pinned), key=str):
            if atom.field in angles and _differs(density.xreplace({atom: atom + 2 * pi}), density):
                return atom
    for node in sorted(expression.atoms(RowSum), key=str):
        for atom in sorted(node.body.atoms(Rowed), key=str):
            turned = node.body.xreplace({atom: atom + 2 * pi})
            if atom.field in angles and _differs(turned, node.body):
                change = expand_deeply(turned - node.body)  # of the sum, where one value in it goes around
                if _differs(expression.xreplace({node: node + change}), expression):
                    return atom
    return None


def _differs(after: Expr, before: Expr) -> bool:
    change = after - before
    return change != 0 and expand_deeply(change) != 0 and change.expand(trig=True) != 0
