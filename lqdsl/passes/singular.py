"""Whether the action falls so fast towards a point where it is singular that exp(-S) has no integral there.

Divisors and arguments of logarithms are led to zero along random lines. Where k variables move a distance t from such a
zero, wherever the others are, and exp(-S) grows like t^-c, it has no integral if c is at least k.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import sympy
from sympy import Abs, Expr, Mul, Pow

from lqdsl.diagnostics import Diagnostic, Sink
from lqdsl.ir.compiled import Action
from lqdsl.ir.evaluate import evaluate, random_configuration
from lqdsl.ir.kinds import Box
from lqdsl.ir.nodes import Pinned, Shifted
from lqdsl.ir.printing import notation
from lqdsl.ir.rows import AT_INDEX, Rowed
from lqdsl.ir.theory import Lattice, Term, Theory
from lqdsl.passes.rays import DRAWS, Configuration, tiled

_DISTANCES = (1e-2, 1e-4, 1e-6, 1e-8, 1e-10)
_FALL = math.log(100)
"""How much log t falls from one distance to the next."""
_BORDER = 1e-6
_CLEAN = 1e-2
"""How far the divisor may be from a power of the distance, where rounding does not spoil it."""
_STEADY, _LEFT = 1e-2, 1 / 50
"""How much a fall may differ from the one before it, and what of that difference may be left in it."""
_GROWTH = 1.5
_ROUNDING = 1e-12
_SPREADS = (1.0, 10.0)
_MOST_DIVISORS = 8
_GRID = np.linspace(-3.0, 3.0, 65)
_BISECTIONS = 60
_AT_ROOT = 1e-9
Variable = tuple[tuple[str, int], tuple[int, ...]]
"""A component of a field, and the site at which it stands."""


@dataclass(frozen=True)
class Line:
    """A configuration with a zero of a divisor, and a direction away from it in some of the variables."""

    fields: Configuration
    direction: dict[Variable, float]
    codimension: int
    """How many variables have to be right for the zero."""

    def at(self, distance: float) -> Configuration:
        """The configuration so far away from the zero."""
        return _moved(self.fields, {variable: distance * step for variable, step in self.direction.items()})


def check_singular(theory: Theory, action: Action, at: str, sink: Sink) -> bool:
    """E0602 if exp(-S) certainly has no integral near a zero of a divisor, at the given parameters; whether it is so."""
    total = action.typed
    divisors = _divisors(total, theory)
    lattice = tiled(theory.lattice, total) if divisors else theory.lattice
    for divisor in divisors:
        for line in _lines(divisor, theory, lattice):
            if _diverges(total, divisor, line, theory, lattice):
                sink.add(_refusal(divisor, line, theory, lattice, action, at))
                return True
    return False


def _refusal(divisor: Expr, line: Line, theory: Theory, lattice: Lattice, action: Action, at: str) -> Diagnostic:
    def fall(term: Term) -> float:
        with np.errstate(invalid="ignore"):
            return max(float(near - nearest) for *_, near, nearest in _values(term.expression, line, theory, lattice))

    steepest = max(action.terms, key=fall)
    guilty = max(steepest.parts or (steepest,), key=fall)
    where = f"where `{notation(divisor, theory.fields)}` goes to zero"
    note = f"it falls without bound {where}, so fast that exp(-S) has no integral there, {at}"
    help_ = "keep the term finite there, as in `1 / (1 + phi(x)^2)`, or let it grow, as `1 / phi(x)^2` does"
    return Diagnostic("E0602", "the action is not bounded below", guilty.span, notes=(note,), helps=(help_,))


def _divisors(total: Expr, theory: Theory) -> list[Expr]:
    """What stands in denominators and in logarithms, and holds fields; factors one by one, and without their powers."""
    found: set[Expr] = set()

    def add(divisor: Expr) -> None:
        if isinstance(divisor, Mul):
            for factor in divisor.args:
                add(factor)
        elif isinstance(divisor, Pow | Abs):
            add(divisor.args[0])
        elif divisor.has(Shifted, *AT_INDEX):
            found.add(divisor)

    for node in total.atoms(Pow, sympy.log, sympy.tan):
        if not isinstance(node, Pow):
            add(sympy.cos(node.args[0]) if isinstance(node, sympy.tan) else node.args[0])
        elif not node.exp.has(Shifted, *AT_INDEX) and float(evaluate(node.exp, {}, theory.values, theory.lattice)) < 0:
            add(node.base)
    return sorted(found, key=str)[:_MOST_DIVISORS]


def _lines(divisor: Expr, theory: Theory, lattice: Lattice) -> Iterator[Line]:
    """Ways to a zero of the divisor: all that it holds goes to zero, the same components at different sites become equal,
    or it changes sign."""
    variables = _variables(divisor, theory, lattice)
    labels = dict.fromkeys(label for label, _ in variables)
    rng = np.random.default_rng(4)
    for _ in range(DRAWS if variables else 0):
        for spread in _SPREADS:
            fields = random_configuration(replace(theory, lattice=lattice), rng)
            fields |= {
                (f.name, c): spread * fields[f.name, c]
                for f in theory.fields
                if f.kind.flat
                for c in range(f.kind.components)
            }
            direction = dict(zip(variables, rng.normal(size=len(variables)), strict=True))
            yield Line(_placed(fields, dict.fromkeys(variables, 0.0)), direction, len(variables))
            if len(variables) > len(labels):
                first = {label: site for label, site in reversed(variables)}
                common = {(label, site): fields[label][first[label]] for label, site in variables}
                yield Line(_placed(fields, common), direction, len(variables) - len(labels))
            line = Line(fields, direction, 1)
            root = _root(divisor, line, theory, lattice)
            if root is not None:
                yield replace(line, fields=line.at(root))


def _variables(divisor: Expr, theory: Theory, lattice: Lattice) -> list[Variable]:
    """What the divisor holds at one site, or in the first row; none where it holds unit vectors or matrices, too."""
    found: dict[Variable, None] = {}
    for atom in sorted(divisor.atoms(Shifted, Pinned, Rowed), key=str):
        kind = theory.field(atom.field).kind
        if not (kind.flat or kind.circle or isinstance(kind, Box)):
            return []
        if isinstance(atom, Shifted):
            steps = zip(_origin(lattice), atom.offset, lattice.extents, strict=True)
            site = tuple((start + step) % extent for start, step, extent in steps)
        else:
            site = (
                atom.site if isinstance(atom, Pinned) else (int(atom.index.rows.table[0, atom.index.slot]) - atom.low,)
            )
        found[(atom.field, atom.component), site] = None
    return list(found)


def _root(divisor: Expr, line: Line, theory: Theory, lattice: Lattice) -> float | None:
    """Where on the line the divisor changes sign; None if it does not on a stretch of it."""
    values = [_divided(divisor, line, t, theory, lattice) for t in _GRID]
    found = next((n for n in range(len(values) - 1) if values[n] * values[n + 1] < 0), None)
    if found is None:
        return None
    low, high = float(_GRID[found]), float(_GRID[found + 1])
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        same = _divided(divisor, line, middle, theory, lattice) * values[found] > 0
        low, high = (middle, high) if same else (low, middle)
    return low if abs(_divided(divisor, line, low, theory, lattice)) < _AT_ROOT else None


def _divided(divisor: Expr, line: Line, distance: float, theory: Theory, lattice: Lattice) -> float:
    """The divisor at its site, or in its row."""
    values = np.asarray(evaluate(divisor, line.at(distance), theory.values, lattice))
    if values.ndim == 0:
        return float(values)
    return float(values[0] if divisor.has(Rowed) else values[_origin(lattice)])


def _origin(lattice: Lattice) -> tuple[int, ...]:
    return tuple(extent // 2 for extent in lattice.extents)


def _diverges(total: Expr, divisor: Expr, line: Line, theory: Theory, lattice: Lattice) -> bool:
    count = _clean(np.array([_divided(divisor, line, t, theory, lattice) for t in _DISTANCES]))
    both = _values(total, line, theory, lattice)[:, :count]
    return not np.isnan(both).any() and any(_falls_too_fast(values, line.codimension) for values in both)


def _clean(divisor: np.ndarray) -> int:
    """At how many of the distances the divisor goes to zero like a power, before rounding shows."""
    with np.errstate(all="ignore"):
        powers = -np.diff(np.log(np.abs(divisor)))
        steady = np.isfinite(powers[1:]) & (np.abs(np.diff(powers)) <= _CLEAN * np.abs(powers[1:]))
    return 2 + int(np.argmin(np.append(steady, False)))


def _falls_too_fast(values: np.ndarray, codimension: int) -> bool:
    """Whether S falls like codimension * log t, or faster, as far as it can be seen."""
    finite = values[np.isfinite(values)]
    if len(finite) < len(values):
        return len(finite) > 1 and bool(np.isneginf(values[len(finite) :]).all() and (np.diff(finite) < 0).all())
    if len(values) < 3:
        return False
    *_, before, last = -np.diff(values)
    border = codimension * _FALL * (1 - _BORDER) + _ROUNDING * np.abs(values).max()
    if before > 0 and last >= _GROWTH * before:
        return bool(last >= border)
    left = abs(last - before)
    return bool(left <= _STEADY * last and last + _LEFT * left >= border)


def _values(expression: Expr, line: Line, theory: Theory, lattice: Lattice) -> np.ndarray:
    """[side, distance], from far to near, on both sides of the zero."""
    return np.array(
        [
            [float(evaluate(expression, line.at(side * t), theory.values, lattice)) for t in _DISTANCES]
            for side in (1, -1)
        ]
    )


def _placed(fields: Configuration, values: dict[Variable, float]) -> Configuration:
    """The fields with other values at some places."""
    changed = {label: fields[label].copy() for label, _ in values}
    for (label, site), value in values.items():
        changed[label][site] = value
    return fields | changed


def _moved(fields: Configuration, steps: dict[Variable, float]) -> Configuration:
    return _placed(fields, {(label, site): fields[label][site] + step for (label, site), step in steps.items()})
