"""Whether the weight exp(-S) can be normalised, where that can be decided.

A quadratic action is diagonal in momentum space. For polynomials of higher degree a ray t * configuration on which the
leading part is negative is a certificate that S has no lower bound. An action that a uniform shift of a field does
not change gives every valley infinitely many copies; one that hardly grows on random rays leaves the fields free.
"""

import math
from dataclasses import replace

import numpy as np
import sympy
from sympy import Add, Expr, Integer

from lqdsl.diagnostics import Sink
from lqdsl.ir.compiled import Action
from lqdsl.ir.evaluate import evaluate
from lqdsl.ir.kinds import Box, Sphere
from lqdsl.ir.nodes import Pinned, Shifted, SiteSum, Trace
from lqdsl.ir.rows import AT_INDEX, Rowed
from lqdsl.ir.theory import Lattice, Theory
from lqdsl.passes.beside import cancelled, falls, moving, of_flat_fields, random
from lqdsl.passes.boxes import resting_place
from lqdsl.passes.disorder import check_disorder
from lqdsl.passes.polynomials import coefficient_of, homogeneous_parts, lowest_eigenvalue
from lqdsl.passes.rays import DRAWS, Configuration, labels_of, rays, tile, tiled
from lqdsl.passes.singular import check_singular

_TOLERANCE = 1e-10
_ROUNDING = 1e-12
_FAR_AWAY = (1e10, 1e20, 1e40)
_LOGARITHMIC = 3
"""log t gains twice as much from the second to the third of the distances far away as from the first to the second."""
_SPREADS = (1.0, 10.0, 100.0)
"""Where fields lie close together a singular potential hides what else there is."""


def check_bounded(theory: Theory, action: Action, sink: Sink) -> None:
    """E0602 if exp(-S) certainly has no integral, at the given parameters: where the action is unbounded below, or has a
    flat direction.

    Groups, circles, boxes and spheres are compact: the other fields have to be kept in, wherever they are. They are tried at
    rest (links 1, angles 0, unit vectors along the first axis, points of boxes apart), at other uniform places and at random.
    """
    values = ", ".join(f"{p.name} = {p.value}" for p in theory.run_time_parameters)
    at = f"at {values}" if values else "for this action"
    flat = tuple(field for field in theory.fields if field.kind.flat)
    if check_singular(theory, action, at, sink) or not flat or check_disorder(theory, action, at, sink):
        return
    alone, of_flat = replace(theory, fields=flat), of_flat_fields(theory, action)
    if of_flat is not None:
        _check_alone(alone, of_flat, at, sink)
    elif not _check_bottom(alone, _at_rest(theory, action), at, False, sink):
        _check_beside(theory, action, at, sink)


def _check_beside(theory: Theory, action: Action, at: str, sink: Sink) -> None:
    """What depends on the compact fields. One place where S has no bottom is enough; flat directions and slow growth count at
    places drawn at random, which are like those around them."""
    flat = tuple(field for field in theory.fields if field.kind.flat)
    names = ", ".join(f"`{field.name}`" for field in theory.fields if not field.kind.flat)
    if falls(theory, action):
        note = f"it falls without bound along some configurations, for some values of {names}, {at}"
        sink.error("E0602", "the action is not bounded below", theory.action_span, notes=(note,))
        return
    alone = replace(theory, fields=flat)
    total = moving(theory, action)
    places = list(random(theory, tiled(theory.lattice, total)))
    shifts = {_flat_shift(total, alone, place) for place in places}
    if len(shifts) == 1 and "" not in shifts:
        _report_shift(shifts.pop(), theory, at, sink)
    elif any(_grows_too_little(total, alone, place) for place in places):
        _report_growth(theory, at, sink)


def _check_alone(theory: Theory, action: Action, at: str, sink: Sink) -> None:
    if _check_bottom(theory, action, at, True, sink):
        return
    shift = _flat_shift(action.total, theory, {})
    if shift:
        _report_shift(shift, theory, at, sink)
    elif (action.density is None or not homogeneous_parts(action.density, theory)) and _grows_too_little(
        action.typed, theory, {}
    ):
        _report_growth(theory, at, sink)


def _report_shift(shift: str, theory: Theory, at: str, sink: Sink) -> None:
    note = f"it stays the same when {shift} is added to the field everywhere, {at}"
    help_ = "add a mass term; without it exp(-S) cannot be normalised"
    sink.error("E0602", "the action has a flat direction", theory.action_span, notes=(note,), helps=(help_,))


def _report_growth(theory: Theory, at: str, sink: Sink) -> None:
    note = f"far away it grows no faster than the logarithm of the volume that the fields have there, {at}"
    help_ = "add a mass term; without it exp(-S) cannot be normalised"
    sink.error("E0602", "the action does not keep the fields in", theory.action_span, notes=(note,), helps=(help_,))


def _check_bottom(theory: Theory, action: Action, at: str, alone: bool, sink: Sink) -> bool:
    """Whether an action of flat fields has no bottom, or in a quadratic form no mass either if they are `alone`; E0602 then."""
    parts = homogeneous_parts(action.density, theory) if action.density is not None else {}
    if parts and max(parts) == 2:
        return _check_quadratic(parts[2], theory, at, alone, sink)
    if parts and max(parts) % 2:
        note = f"the highest power of the fields, {max(parts)}, is odd"
        sink.error("E0602", "the action is not bounded below", theory.action_span, notes=(note, at))
        return True
    degree = _falling_degree(parts, theory) if parts else None
    if degree is not None:
        note = f"its part of degree {degree} decreases without bound along some configurations, {at}"
        help_ = "a stable action needs positive highest couplings of every field"
        sink.error("E0602", "the action is not bounded below", theory.action_span, notes=(note,), helps=(help_,))
        return True
    if not parts and _falls(action.typed, theory):
        note = f"it falls without bound along some configurations, {at}"
        sink.error("E0602", "the action is not bounded below", theory.action_span, notes=(note,))
        return True
    return False


def slow_growth(theory: Theory, action: Action) -> bool:
    """Whether S grows no faster than a logarithm along some ray of the flat fields, compact ones at rest."""
    flat = tuple(field for field in theory.fields if field.kind.flat)
    if not flat:
        return False
    if len(flat) < len(theory.fields):
        theory, action = replace(theory, fields=flat), _at_rest(theory, action)
    total = action.formula if action.total.has(*AT_INDEX) else action.total
    lattice = tiled(theory.lattice, total)
    for fields in rays(theory, lattice):
        values = [
            float(evaluate(total, {k: t * v for k, v in fields.items()}, theory.values, lattice)) for t in _FAR_AWAY
        ]
        if np.isfinite(values).all() and values[2] - values[1] <= _LOGARITHMIC * (values[1] - values[0]):
            return True
    return False


def _at_rest(theory: Theory, action: Action) -> Action:
    """The action as that of the flat fields alone."""
    kinds = {field.name: field.kind for field in theory.fields}

    def frozen(expression: Expr) -> Expr:
        traces = expression.atoms(Trace)
        fixed = {trace: Integer(trace.group.n if trace.part == "re" else 0) for trace in traces}
        for atom in expression.atoms(Shifted, Pinned, Rowed):
            kind = kinds[atom.field]
            if isinstance(kind, Box):
                fixed[atom] = resting_place(atom, kind, list(kinds).index(atom.field))
            elif not kind.flat:
                fixed[atom] = Integer(isinstance(kind, Sphere) and atom.component == 0)
        return expression.xreplace(fixed)

    density = None if action.density is None else frozen(action.density)
    terms = tuple(term.mapped(frozen) for term in action.terms)
    return Action(terms, frozen(action.total), density, frozen(action.formula))


def _check_quadratic(part: Expr, theory: Theory, at: str, alone: bool, sink: Sink) -> bool:
    lowest = lowest_eigenvalue(part, theory)
    if lowest < -_TOLERANCE:
        note = f"its quadratic form has the negative eigenvalue {lowest:.6g}, {at}"
        sink.error("E0602", "the action is not bounded below", theory.action_span, notes=(note,))
    elif lowest < _TOLERANCE and alone:
        note = f"a mode of the fields costs no action, {at}"
        help_ = "add a mass term; without it exp(-S) cannot be normalised"
        sink.error("E0602", "the action has a flat direction", theory.action_span, notes=(note,), helps=(help_,))
    return lowest < (_TOLERANCE if alone else -_TOLERANCE)


def _falling_degree(parts: dict[int, Expr], theory: Theory) -> int | None:
    """The degree that makes S(t phi) fall without bound for one of the tried phi, or None."""
    lattice = tile(theory.lattice, [atom for part in parts.values() for atom in part.atoms(Shifted)])
    scales = {
        degree: sum(abs(coefficient_of(term)) for term in Add.make_args(part)) * _ROUNDING
        for degree, part in parts.items()
    }
    for fields in rays(theory, lattice):
        for degree in sorted(parts, reverse=True):
            value = float(evaluate(SiteSum(parts[degree]), fields, {}, lattice)) / lattice.volume
            if abs(value) > scales[degree]:
                if value < 0 or degree % 2:
                    return degree
                break
    return None


def _falls(total: Expr, theory: Theory) -> bool:
    """Whether an action of any form ends negative and falling on one of the tried rays, which are left out where they begin
    at a singular point, such as the logarithm of a difference of equal fields."""
    lattice = tiled(theory.lattice, total)
    for fields in rays(theory, lattice):
        if not np.isfinite(evaluate(total, fields, theory.values, lattice)):
            continue
        far = [{k: t * v for k, v in fields.items()} for t in _FAR_AWAY]
        values = [float(evaluate(total, place, theory.values, lattice)) for place in far]
        falling = 0 > values[0] >= values[1] >= values[2] and values[2] < -_FAR_AWAY[0]
        if falling and not cancelled(values[0], total, far[0], theory, lattice):
            return True
    return False


def _grows_too_little(total: Expr, theory: Theory, others: Configuration) -> bool:
    """Whether S(t phi) - n log t, n the number of variables, does not increase for random phi: the integral of
    t^(n - 1) exp(-S) over t does then not converge. `others` are compact fields, held."""
    lattice, labels = tiled(theory.lattice, total), labels_of(theory)
    rng = np.random.default_rng(2)
    allowed = len(labels) * lattice.volume * math.log(_FAR_AWAY[2] / _FAR_AWAY[1])
    for _ in range(DRAWS):
        fields = {label: rng.normal(size=lattice.extents) for label in labels}
        places = [others | {k: t * v for k, v in fields.items()} for t in _FAR_AWAY[1:]]
        near, far = (float(evaluate(total, place, theory.values, lattice)) for place in places)
        if not (np.isfinite((near, far)).all() and far - near <= allowed * (1 + _TOLERANCE)):
            return False
        if others and cancelled(far, total, places[1], theory, lattice):
            return False
    return True


def _flat_shift(total: Expr, theory: Theory, others: Configuration) -> str:
    """A uniform shift of one component that leaves the action as it is, in words; empty if none was found. `others` are compact
    fields, held."""
    labels, lattice = labels_of(theory), tiled(theory.lattice, total)
    parameters = theory.values
    rng = np.random.default_rng(1)
    fields = {label: rng.normal(size=lattice.extents) for label in labels}
    periods = {"any constant": 1.0} | {
        f"{period:.6g}": period for period in _periods(total, others | fields, parameters, lattice)
    }

    def stays(label: tuple[str, int], period: float, scale: float) -> bool:
        spread = others | {other: scale * values for other, values in fields.items()}
        moved = spread | {label: spread[label] + period}
        before, after = (float(evaluate(total, f, parameters, lattice)) for f in (spread, moved))
        return abs(after - before) <= _TOLERANCE * (1 + abs(before))

    for label in labels:
        for words, period in periods.items():
            if all(stays(label, period, scale) for scale in _SPREADS):
                return words
    return ""


def _periods(total: Expr, fields: Configuration, parameters, lattice: Lattice) -> list[float]:  # type: ignore[no-untyped-def]
    """2 pi / b for every sin(b phi) and cos(b phi) in the action."""
    found = set()
    for node in total.atoms(sympy.sin, sympy.cos):
        for atom in node.args[0].atoms(Shifted):
            slope = float(np.max(np.abs(evaluate(node.args[0].coeff(atom), fields, parameters, lattice))))
            if slope > 0:
                found.add(2 * np.pi / slope)
    return sorted(found)
