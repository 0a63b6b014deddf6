"""Symmetries that hold at the values of the parameters in the file and at no others; parameters are set at run time."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from sympy import Expr, factor
from sympy.core.sorting import default_sort_key

from lqdsl.ir.nodes import Local, SiteSum
from lqdsl.ir.printing import notation
from lqdsl.ir.theory import Parameter, Theory

Values = Mapping[str, Any]
STEPS = (0.05, 0.005, 0.0005)
"""How far values are moved, relative to what they are: in small steps where larger ones lead to where nothing is defined."""


def other_values(theory: Theory, names: Iterable[str] | None = None, step: float = STEPS[0]) -> dict[str, Any]:
    """Values of the theory, those of these run-time parameters (all of them, where none are named) a little different."""
    rng = np.random.default_rng(11)
    moved = {p.name: _beside(p, step, rng) for p in theory.parameters if p.at_run_time}
    return theory.values | {name: moved[name] for name in (moved if names is None else names)}


def _beside(parameter: Parameter, relative: float, rng: np.random.Generator) -> np.ndarray:
    """Values a little larger or, where the interval ends there, smaller."""
    value = np.asarray(parameter.value, float)
    step = relative * np.where(value == 0, 1, np.abs(value)) * rng.uniform(0.2, 1, value.shape)
    interval = parameter.interval
    if interval is None:
        return value + step
    room = np.minimum(step, 0.5 * (interval.high - value))
    return np.where(room > 0, value + room, value - np.minimum(step, 0.5 * (value - interval.low)))


def holds_at_values(rest: Expr, theory: Theory, vanishes: Callable[[Expr, Values], bool]) -> tuple[str, ...]:
    """Notes about a change `rest` of the action that vanishes at the values of the file; none where it does at others too."""

    def vanishes_beside(names: Iterable[str] | None) -> bool:
        return all(vanishes(rest, other_values(theory, names, step)) for step in STEPS)

    if vanishes_beside(None):
        return ()
    used = {symbol.name for symbol in rest.free_symbols}
    names = [p.name for p in theory.parameters if p.at_run_time and p.name in used]
    alone = [name for name in names if not vanishes_beside([name])]
    of = ", ".join(f"`{name}`" for name in alone or names)
    coefficient = _coefficient(rest)
    what = f"the factor `{notation(coefficient, theory.fields)}`" if coefficient is not None else "this"
    return (f"{what} is zero only at the present values of {of}, and parameters are arguments at run time",)


def _coefficient(rest: Expr) -> Expr | None:
    """The factor of parameters in front of the first sum of fields."""
    for node in sorted(rest.atoms(SiteSum), key=default_sort_key):
        found = rest.coeff(node)
        if found != 0 and not found.has(SiteSum, Local):
            return factor(found).as_coeff_Mul()[1]
    return None
