"""Declared loops as words of links, one for each assignment of their directions."""

from collections.abc import Mapping
from itertools import permutations

from sympy import Integer, Symbol

from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import Hat, word_of
from lqdsl.ir.theory import LoopFamily, Parameter
from lqdsl.ir.words import Word
from lqdsl.semantics.constants import integer
from lqdsl.semantics.errors import fail
from lqdsl.semantics.lower import lower
from lqdsl.semantics.scope import DIRECTION_NAMES, Scope
from lqdsl.semantics.values import DirectionValue, MatrixValue, Scalar, SiteValue, describe
from lqdsl.syntax import ast

_HERE = Symbol("x", integer=True)


def family_name(node: ast.Expr, parameters: Mapping[str, Parameter]) -> str | None:
    """What a coupling calls a family: `P`, or `W[2, 1]` with numbers for the indices that are no directions; None for
    anything else. Error E0803."""
    match node:
        case ast.Name(name=name):
            return name
        case ast.Index(base=ast.Name(name=name), items=items):
            return f"{name}[{', '.join(str(integer(item, parameters, 'an index')) for item in items)}]"
    return None


def loop(node: ast.LoopDecl, scope: Scope, numbers: tuple[int, ...] = ()) -> LoopFamily | None:
    """The loop with all its directions different and `numbers` for its other indices; None where their count differs, so
    that only its uses can be checked. Errors E0301, E0305 and those of expressions."""
    directions = [name for name in node.indices if DIRECTION_NAMES.fullmatch(name.name)]
    others = [name for name in node.indices if name not in directions]
    if len(others) != len(numbers):
        return None
    scope = scope.only_globals()
    for index, number in zip(others, numbers, strict=True):
        scope = scope.bind(index.name, Scalar(Integer(number)))
    words = []
    group: Group | None = None
    for axes in permutations(range(scope.lattice.ndim), len(directions)):
        word, group = _word(node, dict(zip(directions, axes, strict=True)), scope)
        words.append((axes, word))
    if group is None:
        message = f"`{node.name.name}` has more directions than the lattice"
        fail("E0302", message, node.span)
    name = node.name.name + (f"[{', '.join(map(str, numbers))}]" if numbers else "")
    return LoopFamily(name, tuple(words), group, node.span)


def _word(node: ast.LoopDecl, axes: dict[ast.Name, int], scope: Scope) -> tuple[Word, Group]:
    """`scope` holds the numbers of the other indices."""
    inner = scope.bind(node.site.name, SiteValue(_HERE))
    for name, axis in axes.items():
        inner = inner.bind(name.name, DirectionValue(Hat(axis), Integer(axis)))
    value = lower(node.body, inner.expanding_let(node.name.name))
    if not isinstance(value, MatrixValue):
        fail("E0301", f"a loop is a product of links, this is {describe(value)}", node.body.span)
    if len(value.terms) != 1 or value.terms[0][0] != Scalar(Integer(1)):
        fail("E0305", "a loop is one product of links, without numbers or sums", node.body.span)
    return word_of(value.terms[0][1], scope.lattice.ndim), value.group
