"""Symmetries: proofs on the normal form of the action, and counter-terms where a claim is false."""

from itertools import chain

import numpy as np
from sympy import Expr, S, Symbol

from lqdsl.diagnostics import Diagnostic, Label, Sink
from lqdsl.ir.compiled import Action, Proof
from lqdsl.ir.evaluate import evaluate, random_configuration
from lqdsl.ir.kinds import Sphere
from lqdsl.ir.nodes import DataShifted, Shifted, SiteSum
from lqdsl.ir.printing import notation
from lqdsl.ir.rows import AT_INDEX, RowSum
from lqdsl.ir.theory import FieldMap, Lattice, Symmetry, Term, Theory
from lqdsl.passes import boxes
from lqdsl.passes.at_values import Values, holds_at_values
from lqdsl.passes.conditional import around
from lqdsl.passes.generators import Generator, generators
from lqdsl.passes.matrices import chiral_claims
from lqdsl.passes.normal import expand_deeply, normal_form, reduce_angle
from lqdsl.passes.rotations import spin_proofs

LATTICE_KINDS = ("translations", "rotations", "reflections", "permutations")
_LONGEST_NOTE = 300
_TOLERANCE = 1e-9
_FEW_SITES = 256
"""Up to so many sites an action is quickly evaluated."""


def prove(theory: Theory, action: Action, sink: Sink) -> tuple[Proof, ...]:
    """Proofs of the declared symmetries, E0401 or E0402 for those that fail, and the lattice symmetries, the
    common sign flip, symmetries of boxes, common rotations and reflections of spins and multiplications of matrices found
    without being asked for."""
    claims = [boxes.free(claim) for claim in theory.symmetries if claim.kind != "gauge"]
    proofs = [Proof(claim.name, claim.kind, True) for claim in claims if _check(claim, theory, action, sink)]
    found = {proof.kind for proof in proofs}
    for kind in ("translations", "rotations", "reflections"):
        claim = Symmetry(kind, kind, (), theory.action_span)
        if kind not in found and not _obstacle(claim, theory, action) and _found(claim, theory, action):
            proofs.append(Proof(kind, kind, False))
    flip = sign_flip(theory)
    if flip.maps and _found(flip, theory, action):
        proofs.append(Proof(flip.name, "sign", False))
    named = {proof.name for proof in proofs}
    others = (claim for claim in boxes.box_claims(theory) if claim.name not in named)
    proofs += [Proof(claim.name, claim.kind, False) for claim in others if _found(claim, theory, action)]
    proofs += spin_proofs(theory, lambda claim: _found(claim, theory, action))
    names = {proof.name for proof in proofs}
    for claim in chiral_claims(theory):
        if claim.name not in names and _holds(claim, theory, action):
            proofs.append(Proof(claim.name, claim.kind, False))
    return tuple(proofs)


def sign_flip(theory: Theory) -> Symmetry:
    """All components of all fields but angles and links change sign."""
    zero = (0,) * theory.lattice.ndim
    maps = tuple(
        FieldMap(field.name, tuple(-Shifted(field.symbol, c, zero) for c in range(field.kind.components)))
        for field in theory.fields
        if field.kind.flat or isinstance(field.kind, Sphere)
    )
    return Symmetry("sign flip", "map", maps, theory.action_span)


def proved_maps(proofs: tuple[Proof, ...], theory: Theory) -> tuple[Symmetry, ...]:
    """Maps of the fields without a free angle that were proved, and reflections of boxes; they decide which observables
    vanish."""
    names = {proof.name for proof in proofs if proof.kind in ("map", "sign")}
    claims = tuple(c for c in theory.symmetries if c.kind == "map" and c.angle is None and c.name in names)
    listed = {proof.name for proof in proofs}
    claims += tuple(c for c in boxes.box_claims(theory) if c.kind == boxes.REFLECTIONS and c.name in listed)
    return claims + tuple(flip for flip in (sign_flip(theory),) if flip.name in names)


def parity(density: Expr, theory: Theory) -> int:
    """+1 or -1 if a local expression is even or odd under the common sign flip, 0 if neither."""
    flip = next(generators(sign_flip(theory), theory)).change
    change = flip(density)
    if expand_deeply(change) == 0:
        return 1
    return -1 if expand_deeply(change + 2 * density) == 0 else 0


def odd_terms(theory: Theory, action: Action) -> list[Term]:
    """Those that are not even under the common sign flip."""
    flip = next(generators(sign_flip(theory), theory)).change
    return action.guilty(lambda expression: normal_form(flip(expression), theory.lattice.volume) != 0)


def vanishing(expression: Expr, claims: tuple[Symmetry, ...], theory: Theory) -> bool:
    """Whether an observable is odd under one of these proved maps, so that its mean is zero."""
    changes = [generator.change for claim in claims for generator in generators(claim, theory)]
    volume = theory.lattice.volume
    if -1 in theory.lattice.boundary and normal_form(expression, volume) == 0:
        return False  # the normal form moves odd sums as if there were no border
    return expression != 0 and any(normal_form(change(expression) + 2 * expression, volume) == 0 for change in changes)


def _found(claim: Symmetry, theory: Theory, action: Action) -> bool:
    """Whether a symmetry that nobody claims holds; what numbers refute needs no algebra, which may be long."""
    if theory.lattice.volume <= _FEW_SITES:
        changes = (generator.change(action.total) for generator in generators(claim, theory))
        if not all(_vanishes_numerically(change, claim, theory) for change in changes):
            return False
    return _holds(claim, theory, action)


def _holds(claim: Symmetry, theory: Theory, action: Action) -> bool:
    return all(
        _simplified(generator.change(action.total), claim, theory.lattice) == 0
        for generator in generators(claim, theory)
    )


def _check(claim: Symmetry, theory: Theory, action: Action, sink: Sink) -> bool:
    if claim.kind in LATTICE_KINDS and action.total.has(DataShifted):
        sink.add(_disordered(claim, action))
        return False
    obstacle = _obstacle(claim, theory, action)
    if obstacle:
        what = "box" if claim.kind in boxes.KINDS else "lattice"
        named = action.guilty(lambda e: e.has(*AT_INDEX)) if _names_sites(claim, theory, action) else []
        labels = tuple(Label(term.span, "this term names a site") for term in named[:3])
        message = f"`{claim.name}` is not a symmetry of this {what}"
        sink.error("E0401", message, claim.span, labels=labels, notes=(obstacle,))
        return False
    changes = ((g, _simplified(g.change(action.total), claim, theory.lattice)) for g in generators(claim, theory))
    broken = ((generator, rest) for generator, rest in changes if rest != 0)
    first = next(broken, None)
    if first is None:
        return True
    # One that is broken at the given parameters says more than one that is broken at others.
    plain = (pair for pair in chain([first], broken) if not _vanishes_numerically(pair[1], claim, theory))
    sink.add(_refutation(claim, *next(plain, first), theory, action))
    return False


def _disordered(claim: Symmetry, action: Action) -> Diagnostic:
    """Data from a file stay where they are when the lattice moves."""
    guilty = action.guilty(lambda expression: expression.has(DataShifted))
    names = sorted({data.data for term in guilty for data in term.expression.atoms(DataShifted)})
    return Diagnostic(
        "E0401",
        f"`{claim.name}` does not leave the action invariant",
        claim.span,
        labels=tuple(Label(term.span, "this term changes") for term in guilty[:3]),
        notes=(f"`{names[0]}` is read from a file, site by site, and does not move with the fields",),
        helps=("drop the claim",),
    )


def _simplified(change: Expr, claim: Symmetry, lattice: Lattice) -> Expr:
    volume = lattice.volume
    rest = normal_form(change, volume)
    if rest != 0 and claim.angle is not None:
        rest = normal_form(_reduce_densities(rest, claim.angle), volume)
        rest = normal_form(rest.expand(trig=True), volume) if rest.has(RowSum) else rest
        rest = reduce_angle(rest, claim.angle) if rest != 0 else rest
    if rest != 0:
        expanded = normal_form(rest.expand(trig=True), volume)
        rest = S.Zero if expanded == 0 or around(expanded, lattice) == 0 else rest
    return rest


def _reduce_densities(expression: Expr, angle: Symbol) -> Expr:
    sums = expression.atoms(SiteSum)
    return expression.xreplace({node: SiteSum(reduce_angle(node.density, angle)) for node in sums})


def _refutation(claim: Symmetry, generator: Generator, rest: Expr, theory: Theory, action: Action) -> Diagnostic:
    guilty = action.guilty(lambda e: _simplified(generator.change(e), claim, theory.lattice) != 0)
    labels = tuple(Label(term.span, "this term changes") for term in guilty[:3])
    text = notation(rest, theory.fields)
    shown = text if len(text) <= _LONGEST_NOTE else text[:_LONGEST_NOTE] + " ..."
    notes: tuple[str, ...] = (f"under {generator.words} the action changes by {shown}",)
    helps: tuple[str, ...] = ()
    if _vanishes_numerically(rest, claim, theory):
        by_value = holds_at_values(rest, theory, lambda e, values: _vanishes_numerically(e, claim, theory, values))
        if not by_value:
            return Diagnostic(
                "E0402",
                f"`{claim.name}` could not be proved",
                claim.span,
                labels=labels,
                notes=(*notes, "which is zero on random configurations"),
                helps=("write the term so that the symmetry can be read off, or drop the claim",),
            )
        notes += by_value
        helps = ("write one parameter, or a number, for what has to keep its value, or drop the claim",)
    message = f"`{claim.name}` does not leave the action invariant"
    return Diagnostic("E0401", message, claim.span, labels=labels, notes=notes, helps=helps)


def _vanishes_numerically(rest: Expr, claim: Symmetry, theory: Theory, values: Values | None = None) -> bool:
    rng = np.random.default_rng(7)
    fields = random_configuration(theory, rng)
    parameters = dict(theory.values if values is None else values)
    if claim.angle is not None:
        parameters[claim.angle.name] = 0.731
    value = float(evaluate(rest, fields, parameters, theory.lattice))
    scale = float(
        abs(evaluate(sum((abs(term) for term in rest.as_ordered_terms()), S.Zero), fields, parameters, theory.lattice))
    )
    undefined = values is not None and np.isnan(value)  # values that nobody gave refute nothing there
    return bool(undefined) or abs(value) <= _TOLERANCE * max(scale, 1.0)


def _names_sites(claim: Symmetry, theory: Theory, action: Action) -> bool:
    """Whether terms of the action stay where they are when the lattice moves."""
    return claim.kind in LATTICE_KINDS and not theory.lattice.is_index and action.total.has(*AT_INDEX)


def _obstacle(claim: Symmetry, theory: Theory, action: Action) -> str:
    """Why a claim has no meaning here, in words; empty if it has one."""
    lattice = theory.lattice
    if claim.kind in boxes.KINDS:
        return boxes.obstacle(claim, theory)
    if claim.kind in LATTICE_KINDS and lattice.is_index:
        return "the theory has no lattice"
    if claim.kind in LATTICE_KINDS and action.total.has(DataShifted):
        return "the action holds data that differ from site to site"
    if _names_sites(claim, theory, action):
        return "the action names sites of the lattice"
    if claim.kind in ("rotations", "permutations"):
        if len(set(lattice.extents)) > 1:
            return f"the extents {list(lattice.extents)} differ, so axes cannot be exchanged"
        if len(set(lattice.boundary)) > 1:
            return "the boundary conditions of the axes differ, so axes cannot be exchanged"
    return ""
