"""Whether roots and logarithms in the action are real, tried on random configurations at the given parameters."""

from collections.abc import Iterator

import numpy as np
import sympy
from sympy import Expr, Pow

from lqdsl.diagnostics import Sink
from lqdsl.ir.evaluate import evaluate, random_configuration
from lqdsl.ir.printing import notation
from lqdsl.ir.rows import HOLDS_FIELDS
from lqdsl.ir.theory import Term, Theory

_SAMPLED_SITES = 256


def check_defined(theory: Theory, terms: tuple[Term, ...], sink: Sink) -> None:
    """E0601 for a term that holds a logarithm or a broken power of something negative."""
    fields = list(_configurations(theory)) if any(True for term in terms for _ in _partial(term.expression)) else []
    parameters = theory.values

    def negative(argument: Expr) -> bool:
        return any(bool(np.any(evaluate(argument, f, parameters, theory.lattice) < 0)) for f in fields)

    for term in terms:
        for node, argument in _partial(term.expression):
            whole = isinstance(node, Pow) and _is_whole(float(evaluate(node.exp, {}, parameters, theory.lattice)))
            if not whole and negative(argument):
                guilty = next((part for part in term.parts if part.expression.has(node)), term)
                note = f"`{notation(node, theory.fields)}` is not a real number where `{notation(argument, theory.fields)}` is negative"
                sink.error("E0601", "the action is not real on every configuration", guilty.span, notes=(note,))
                break


def _partial(expression: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Functions that are not defined for every real argument, each with the argument that has to be positive."""
    for node in sorted(expression.atoms(Pow, sympy.log), key=str):
        argument = node.base if isinstance(node, Pow) else node.args[0]
        constant = isinstance(node, Pow) and (node.exp.is_Integer or node.exp.has(*HOLDS_FIELDS))
        if argument.has(*HOLDS_FIELDS) and not constant:
            yield node, argument


def _is_whole(exponent: float) -> bool:
    return exponent == round(exponent)


def _configurations(theory: Theory) -> Iterator[dict[tuple[str, int], np.ndarray]]:
    rng = np.random.default_rng(3)
    for _ in range(max(1, _SAMPLED_SITES // theory.lattice.volume)):
        yield random_configuration(theory, rng)
