"""Compact fields beside flat ones: what keeps the flat fields in may depend on where the compact ones are."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from sympy import Abs, Add, Expr, S

from lqdsl.ir.compiled import Action
from lqdsl.ir.evaluate import evaluate, random_configuration
from lqdsl.ir.kinds import Angle, Group, Sphere
from lqdsl.ir.nodes import SiteSum
from lqdsl.ir.rows import RowSum, fields_of
from lqdsl.ir.theory import Field, Lattice, Theory
from lqdsl.passes.normal import expand_deeply
from lqdsl.passes.rays import Configuration, tiled, unit_rays

_EIGHTHS = 8
"""Uniform angles are tried at eighths of a turn."""
_MIXED = 4
_FAR_AWAY = (1e10, 1e20, 1e40)
_CANCELLED = 1e-10
"""A sum that is so much smaller than its terms may be rounding."""


def of_flat_fields(theory: Theory, action: Action) -> Action | None:
    """The terms of the action that hold flat fields, or None where one of them holds a compact field too."""
    flat = {field.name for field in theory.fields if field.kind.flat}
    if len(flat) == len(theory.fields):
        return action
    total, density = (_flat_part(part, flat) for part in (action.total, action.density or S.Zero))
    if total is None or density is None:
        return None
    terms = tuple(term for term in action.terms if fields_of(term.expression) & flat)
    if any(fields_of(term.expression) - flat for term in terms):
        terms = (replace(terms[0], expression=total, parts=()),)
    return Action(terms, total, None if action.density is None else density, total)


def _flat_part(expression: Expr, flat: set[str]) -> Expr | None:
    """The terms that hold flat fields; None where one of them holds a compact field too."""
    terms = [term for term in Add.make_args(expand_deeply(expression)) if fields_of(term) & flat]
    return None if any(fields_of(term) - flat for term in terms) else Add(*terms)


def falls(theory: Theory, action: Action) -> bool:
    """Whether the action ends negative and falling for some of the tried places of the compact fields."""
    total = moving(theory, action)
    lattice = tiled(theory.lattice, total)
    directions = list(unit_rays(_flat(theory), lattice))
    for places in [*uniform(theory, lattice), *random(theory, lattice)]:
        for ray in directions:
            values = [float(evaluate(total, places | _times(t, ray), theory.values, lattice)) for t in _FAR_AWAY[:1]]
            if not values[0] < 0:
                continue
            values += [float(evaluate(total, places | _times(t, ray), theory.values, lattice)) for t in _FAR_AWAY[1:]]
            near = places | _times(_FAR_AWAY[0], ray)
            falling = values[0] >= values[1] >= values[2] and values[2] < -_FAR_AWAY[0]
            if falling and not cancelled(values[0], total, near, theory, lattice):
                return True
    return False


def moving(theory: Theory, action: Action) -> Expr:
    """The terms that hold flat fields; the others are constants where compact fields are held."""
    flat = {field.name for field in theory.fields if field.kind.flat}
    return Add(*(term for term in Add.make_args(action.total) if fields_of(term) & flat))


def cancelled(value: float, total: Expr, fields: Configuration, theory: Theory, lattice: Lattice) -> bool:
    """Whether the value of `total` may be rounding, being so much smaller than its terms."""
    inside = {node: SiteSum(Abs(node.density)) for node in total.atoms(SiteSum)}
    inside |= {node: RowSum(Abs(node.body), node.rows) for node in total.atoms(RowSum)}
    terms = (Abs(term.xreplace(inside)) for term in Add.make_args(total))
    return abs(value) < _CANCELLED * sum(float(evaluate(term, fields, theory.values, lattice)) for term in terms)


def _times(t: float, ray: Configuration) -> Configuration:
    return {label: t * values for label, values in ray.items()}


def _flat(theory: Theory) -> Theory:
    return replace(theory, fields=tuple(field for field in theory.fields if field.kind.flat))


def uniform(theory: Theory, lattice: Lattice) -> Iterator[Configuration]:
    """Compact fields that are the same everywhere: angles at eighths of a turn, unit vectors along axes, matrices at random;
    points of boxes lie apart."""
    rng = np.random.default_rng(3)
    for turn in range(_EIGHTHS):
        drawn = _drawn(theory, lattice, rng)
        for number, field in enumerate(f for f in theory.fields if not f.kind.flat):
            eighth = turn if number == 0 else int(rng.integers(_EIGHTHS))
            drawn |= _everywhere(field, drawn, eighth, lattice)
        yield drawn


def _everywhere(field: Field, drawn: Configuration, eighth: int, lattice: Lattice) -> Configuration:
    kind, angle = field.kind, 2 * np.pi * eighth / _EIGHTHS
    ones = np.ones(lattice.extents)
    if isinstance(kind, Angle):
        return {(field.name, 0): angle * ones}
    if isinstance(kind, Sphere):
        place = np.zeros(kind.components)
        place[eighth // 2 % kind.components] = -1 if eighth % 2 else 1
        return {(field.name, c): value * ones for c, value in enumerate(place)}
    if isinstance(kind, Group):
        axes = {label: values for label, values in drawn.items() if label[0] == field.name}
        first = (0,) * lattice.ndim
        return {
            label: np.broadcast_to(np.exp(1j * angle) * np.eye(1) if kind.abelian else values[first], values.shape)
            for label, values in axes.items()
        }
    return {}


def random(theory: Theory, lattice: Lattice) -> Iterator[Configuration]:
    """Compact fields drawn from their measure, at each site."""
    rng = np.random.default_rng(4)
    for _ in range(_MIXED):
        yield _drawn(theory, lattice, rng)


def _drawn(theory: Theory, lattice: Lattice, rng: np.random.Generator) -> Configuration:
    drawn = random_configuration(replace(theory, lattice=lattice), rng)
    flat = {field.name for field in theory.fields if field.kind.flat}
    return {label: values for label, values in drawn.items() if label[0] not in flat}
