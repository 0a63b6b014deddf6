"""Where blanks stand between the tokens of one declaration or option."""

from dataclasses import dataclass

from lark import Token

from lqdsl.diagnostics import SourceFile
from lqdsl.syntax.build import token_span
from lqdsl.syntax.failure import ends_value

_REDUCTIONS = ("SUM", "MEAN", "PROD")
_OPERATORS = {"+", "-", "*", "/", "^", "<", "<=", ">", ">=", "==", "!=", "..", "->", "=", "and", "or"}
CLOSING = (")", "]", "}", "|")


@dataclass
class Roles:
    """Positions of unary signs, opening bars, padded brackets; `depth` counts the brackets open before each token."""

    unary: set[int]
    opening: set[int]
    padded: set[int]
    depth: list[int]


def roles(tokens: list[Token]) -> Roles:
    """Reads the run once; the brackets of a sum's body are padded if there are brackets within: `sum[x]( f(x) )`."""
    found = Roles(set(), set(), set(), [])
    stack: list[int] = []
    matching: dict[int, int] = {}
    value = False
    for i, token in enumerate(tokens):
        found.depth.append(len(stack))
        if token == "|" and not (value and stack and tokens[stack[-1]] == "|"):
            found.opening.add(i)
        opens = token in ("(", "[", "{") or i in found.opening
        if token in ("+", "-") and not value:
            found.unary.add(i)
        if opens:
            stack.append(i)
        elif token in CLOSING and stack:
            matching[i] = begin = stack.pop()
            if _is_body(tokens, begin, matching) and "(" in tokens[begin + 1 : i]:
                found.padded |= {begin, i}
        value = ends_value(token) and not opens
    return found


def _is_body(tokens: list[Token], begin: int, matching: dict[int, int]) -> bool:
    if tokens[begin] != "(" or begin == 0 or tokens[begin - 1] != "]":
        return False
    binder = matching.get(begin - 1, 0)
    return binder > 0 and tokens[binder - 1].type in _REDUCTIONS


def blank_before(tokens: list[Token], i: int, known: Roles, source: SourceFile) -> bool:
    """Whether a blank separates token `i` from the one before it on the same line."""
    token, previous = tokens[i], tokens[i - 1]
    if i - 1 in known.unary:
        return False
    if i - 1 in known.opening or previous in ("(", "["):
        return i - 1 in known.padded
    if token in (")", "]", "|") and i not in known.opening:
        return i in known.padded
    if token == ",":
        return False
    applied = previous.type in (*_REDUCTIONS, "NAME") or previous in (")", "]", "|")
    if token in ("(", "[") and applied:
        return False
    for j in (i, i - 1):
        if tokens[j] in ("*", "/"):
            return _is_loose(tokens, j, source)
        if tokens[j] in ("^", ".."):
            return False
    return True


def _is_loose(tokens: list[Token], i: int, source: SourceFile) -> bool:
    """Whether the author put a blank at either side of an operator."""
    span = token_span(tokens[i])
    return token_span(tokens[i - 1]).end < span.start or span.end < token_span(tokens[i + 1]).start


def may_break(tokens: list[Token], i: int, known: Roles) -> bool:
    """Whether the author's line break before token `i` is kept: within brackets, beside operators and after commas."""
    return known.depth[i] > 0 or tokens[i - 1] in (*_OPERATORS, ",") or tokens[i] in _OPERATORS - {"="}
