"""What data that differ from site to site leave undone: a field at one site that is not kept in, or a mode of a quadratic
action."""

import numpy as np

from lqdsl.diagnostics import Diagnostic, Label, Sink
from lqdsl.ir.compiled import Action
from lqdsl.ir.evaluate import evaluate, random_configuration
from lqdsl.ir.nodes import DataEntry, DataShifted
from lqdsl.ir.theory import Data, Theory
from lqdsl.passes.beside import cancelled
from lqdsl.passes.force import force
from lqdsl.passes.rays import Configuration, labels_of

_FAR_AWAY = (1e10, 1e20, 1e40)
_NEAR = 1.7
_TOLERANCE = 1e-12
_MOST_PLACES, _FEWEST_PLACES = 1024, 64
_WORK = 2**20
"""So many sites are evaluated in all, where that leaves enough places to try."""
_LARGEST_MATRIX = 512
_SCALES = (3.0, 1e20)
"""Where the slope of an action that is not quadratic is no longer linear, near for cosines and far for small higher powers."""
_ROUNDING = 1e-13
Place = tuple[tuple[str, int], tuple[int, ...]]
"""A component of a field, and a site."""


def check_disorder(theory: Theory, action: Action, at: str, sink: Sink) -> bool:
    """E0602 if exp(-S) certainly has no integral with these data, at the given parameters; whether it is so."""
    if not action.total.has(DataShifted, DataEntry):
        return False
    found = _at_one_site(theory, action, at) or _quadratic(theory, action, at)
    if found is not None:
        sink.add(found)
    return found is not None


def _at_one_site(theory: Theory, action: Action, at: str) -> Diagnostic | None:
    """What happens where the field moves away at one site and stays at all others, tried where data are zero or negative first."""
    fields = random_configuration(theory, np.random.default_rng(6))
    before = _value(theory, action, fields)
    if not np.isfinite(before):
        return None

    def moved(place: Place, step: float) -> float:
        return _value(theory, action, _moved(fields, place, step))

    for place in _places(theory):
        far = [moved(place, side * _FAR_AWAY[0]) for side in (1, -1)]
        if all(abs(value - before) <= _TOLERANCE * (1 + abs(before)) for value in far) and all(
            abs(moved(place, step) - before) <= _TOLERANCE * (1 + abs(before)) for step in (_NEAR, _FAR_AWAY[-1])
        ):
            return _free(place, theory, at)
        for side, first in zip((1, -1), far, strict=True):
            if first < -_FAR_AWAY[0] / 2 and _goes_on(first, *(moved(place, side * step) for step in _FAR_AWAY[1:])):
                there = _moved(fields, place, side * _FAR_AWAY[0])
                if not cancelled(first, action.typed, there, theory, theory.lattice):
                    return _falling(place, theory, at)
    return None


def _goes_on(first: float, second: float, third: float) -> bool:
    return (first > second or bool(np.isneginf(first))) and second >= third


def _value(theory: Theory, action: Action, fields: Configuration) -> float:
    return float(evaluate(action.typed, fields, theory.values, theory.lattice))


def _places(theory: Theory) -> list[Place]:
    """All places of flat fields, or as many as can be tried."""
    lattice = theory.lattice
    flat = {field.name for field in theory.fields if field.kind.flat}
    labels = [label for label in labels_of(theory) if label[0] in flat]
    lowest = np.full(lattice.extents, np.inf)
    for data in theory.data:
        if data.at_sites:
            lowest = np.minimum(lowest, data.values.reshape(-1, *lattice.extents).min(axis=0))
    sites = [np.unravel_index(n, lattice.extents) for n in np.argsort(lowest, axis=None, kind="stable")]
    most = min(_MOST_PLACES, max(_FEWEST_PLACES, _WORK // lattice.volume))
    return [(label, tuple(map(int, site))) for site in sites for label in labels][:most]


def _moved(fields: Configuration, place: Place, step: float) -> Configuration:
    label, site = place
    values = fields[label].copy()
    values[site] += step
    return fields | {label: values}


def _words(place: Place, theory: Theory) -> str:
    (name, _), site = place
    return f"`{name}[{site[0] + theory.lattice.first}]`" if theory.lattice.is_index else f"`{name}` at {list(site)}"


def _free(place: Place, theory: Theory, at: str) -> Diagnostic:
    _, site = place

    def is_zero(data: Data) -> bool:
        return data.at_sites and bool((data.values.reshape(-1, *theory.lattice.extents) == 0).any(axis=0)[site])

    labels = tuple(Label(data.span, f"zero at {list(site)}") for data in theory.data if is_zero(data))
    note = f"it does not depend on {_words(place, theory)}, {at}"
    help_ = "keep the field in at every site, by data that are not zero there or by another term"
    title = "the action has a flat direction"
    return Diagnostic("E0602", title, theory.action_span, labels=labels, notes=(note,), helps=(help_,))


def _falling(place: Place, theory: Theory, at: str) -> Diagnostic:
    note = f"it falls without bound along {_words(place, theory)} with these data, {at}"
    return Diagnostic("E0602", "the action is not bounded below", theory.action_span, notes=(note,))


def _quadratic(theory: Theory, action: Action, at: str) -> Diagnostic | None:
    lowest = _lowest_eigenvalue(theory, action)
    if lowest is None or lowest > 0:
        return None
    if lowest < 0:
        note = f"its quadratic form has the negative eigenvalue {lowest:.6g} with these data, {at}"
        return Diagnostic("E0602", "the action is not bounded below", theory.action_span, notes=(note,))
    note = f"a mode of the fields costs no action with these data, {at}"
    help_ = "add a mass term; without it exp(-S) cannot be normalised"
    return Diagnostic("E0602", "the action has a flat direction", theory.action_span, notes=(note,), helps=(help_,))


def _lowest_eigenvalue(theory: Theory, action: Action) -> float | None:
    """Of the matrix of a quadratic action of few variables, 0 where it may be rounding; None for others."""
    lattice, labels = theory.lattice, labels_of(theory)
    size = len(labels) * lattice.volume
    if action.density is None or size > _LARGEST_MATRIX or not all(field.kind.flat for field in theory.fields):
        return None
    forces = [part for field in theory.fields for part in force(action, field, lattice.ndim)]

    def slope(variables: np.ndarray) -> np.ndarray:
        fields = dict(zip(labels, variables.reshape(len(labels), *lattice.extents), strict=True))
        parts = [np.broadcast_to(evaluate(part, fields, theory.values, lattice), lattice.extents) for part in forces]
        return -np.concatenate([part.reshape(-1) for part in parts])

    start = slope(np.zeros(size))
    some = np.random.default_rng(8).normal(size=size)
    change = slope(some) - start
    if not all(np.allclose((slope(scale * some) - start) / scale, change, rtol=1e-9, atol=1e-9) for scale in _SCALES):
        return None
    matrix = np.stack([slope(row) - start for row in np.eye(size)]) / 2
    found = np.linalg.eigvalsh(matrix)
    lowest = float(found[0])
    return lowest if abs(lowest) > _ROUNDING * np.abs(found).max() else 0.0
