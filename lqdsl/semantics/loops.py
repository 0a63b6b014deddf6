"""Declared loops as words of links, one for each assignment of their directions."""

from itertools import permutations

from sympy import Integer, Symbol

from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import Hat, word_of
from lqdsl.ir.theory import LoopFamily
from lqdsl.ir.words import Word
from lqdsl.semantics.errors import fail
from lqdsl.semantics.lower import lower
from lqdsl.semantics.scope import DIRECTION_NAMES, Scope
from lqdsl.semantics.values import DirectionValue, MatrixValue, Scalar, SiteValue, describe
from lqdsl.syntax import ast

_HERE = Symbol("x", integer=True)


def loop(node: ast.LoopDecl, scope: Scope) -> LoopFamily | None:
    """The loop with all its directions different; None where some index is no direction, so that only its uses can be
    checked. Errors E0301, E0305 and those of expressions."""
    if not all(DIRECTION_NAMES.fullmatch(name.name) for name in node.indices):
        return None
    words = []
    group: Group | None = None
    for axes in permutations(range(scope.lattice.ndim), len(node.indices)):
        word, group = _word(node, axes, scope)
        words.append((axes, word))
    if group is None:
        message = f"`{node.name.name}` has more directions than the lattice"
        fail("E0302", message, node.span)
    return LoopFamily(node.name.name, tuple(words), group, node.span)


def _word(node: ast.LoopDecl, axes: tuple[int, ...], scope: Scope) -> tuple[Word, Group]:
    inner = scope.only_globals().bind(node.site.name, SiteValue(_HERE))
    for name, axis in zip(node.indices, axes, strict=True):
        inner = inner.bind(name.name, DirectionValue(Hat(axis), Integer(axis)))
    value = lower(node.body, inner.expanding_let(node.name.name))
    if not isinstance(value, MatrixValue):
        fail("E0301", f"a loop is a product of links, this is {describe(value)}", node.body.span)
    if len(value.terms) != 1 or value.terms[0][0] != Scalar(Integer(1)):
        fail("E0305", "a loop is one product of links, without numbers or sums", node.body.span)
    return word_of(value.terms[0][1], scope.lattice.ndim), value.group
