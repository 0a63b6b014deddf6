"""Staples of the action as sums of products of links."""

from collections.abc import Iterable
from itertools import accumulate, pairwise

from sympy import Expr, S

from lqdsl.codegen.arrange import offset_order
from lqdsl.codegen.function import Body
from lqdsl.codegen.layout import INDENT, ROOM, tidy
from lqdsl.ir.compiled import Staple
from lqdsl.ir.words import Offset, Word

Products = dict[Offset, list[str]]
Summand = tuple[str, str, list[str], str]
"""Sign, coefficient, products, and what is called on their sum."""


def bind(body: Body, staples: tuple[Staple, ...]) -> None:
    """Make the fields and links known that the staples use."""
    body.bind(numbers(staples), words(staples))


def numbers(staples: Iterable[Staple]) -> list[Expr]:
    """The coefficients of all terms."""
    return [part for staple in staples for term in staple.terms for part in (term.real, term.imaginary)]


def words(staples: Iterable[Staple]) -> list[Word]:
    """The words of all terms; where nothing is left of one at a given site, the matrix itself, which knows the size of 1."""
    own = ((staple, (staple.here,) if staple.here else ()) for staple in staples)
    return [term.word or here for staple, here in own for term in staple.terms]


def assign(body: Body, staple: Staple, start: str) -> None:
    """`start` V: one summand for each coefficient, products at the same place added before they are shifted; zero times the
    unit matrix where the action does not depend on the link."""
    summands = [summand for group in _by_coefficient(body, staple).items() for summand in _summands(body, *group)]
    if not summands:
        body.lines.append(f"{start}0 * {body.links.word((), staple)[0]}")
        return
    line = start + _joined(summands)
    if len(line) > ROOM:
        summands = [(sign, _named_factor(body, f), [_named(body, parts)], end) for sign, f, parts, end in summands]
        line = start + _joined(summands)
    if len(line) <= ROOM:
        body.lines.append(line)
        return
    if len(inside := INDENT + line.removeprefix(start)) <= ROOM:
        body.lines += [f"{start}(", inside, ")"]
        return
    texts = [_joined([summand]) for summand in summands]
    signed = [text if number == 0 or text[0] == "-" else f"+ {text}" for number, text in enumerate(texts)]
    inner = [INDENT + (f"- {text[1:]}" if number and text[0] == "-" else text) for number, text in enumerate(signed)]
    body.lines += [f"{start}(", *inner, ")"]


def _joined(summands: list[Summand]) -> str:
    texts = []
    for sign, factor, parts, end in summands:
        product = f"{factor} * {_bracketed(parts)}"
        texts.append(f"{sign} ({product}){end}" if end else f"{sign} {product}")
    text = " ".join(texts)
    return text.removeprefix("+ ").replace("- ", "-", text.startswith("-"))


def _bracketed(parts: list[str]) -> str:
    text = " + ".join(parts)
    return text if _is_simple(text) else f"({text})"


def _is_simple(text: str) -> bool:
    return text.isidentifier() or text.endswith(".one()")


def _named_factor(body: Body, factor: str) -> str:
    """A local variable for a coefficient that is a sum."""
    inside = factor.removeprefix("(").removesuffix(")")
    if factor != f"({inside})" or inside.find(")") < inside.find("("):
        return factor
    name = body.local("factor")
    line = f"{name} = {inside}"
    broken = [f"{name} = (", *(INDENT + term for term in _terms(inside)), ")"]
    body.lines += [line] if len(line) <= ROOM else broken
    return name


def _terms(text: str) -> list[str]:
    """The terms of a sum, each after the first with its sign."""
    depths = accumulate((letter in "([{") - (letter in ")]}") for letter in text)
    signs = (n for n, depth in enumerate(depths) if depth == 0 and text[n : n + 3] in (" + ", " - "))
    cuts = [0, *signs, len(text)]
    return [text[start:end].strip() for start, end in pairwise(cuts)]


def _named(body: Body, parts: list[str]) -> str:
    """A local variable for a sum that is too long to stand in a line."""
    text = " + ".join(parts)
    if _is_simple(text):
        return text
    name = body.local("total")
    body.sum_of(parts, f"{name} = ")
    return name


def _by_coefficient(body: Body, staple: Staple) -> dict[tuple[Expr, Expr], Products]:
    groups: dict[tuple[Expr, Expr], Products] = {}
    for term in staple.terms:
        text, corner = body.links.word(term.word, staple)
        groups.setdefault((term.real, term.imaginary), {}).setdefault(corner, []).append(text)
    return groups


def _summands(body: Body, coefficient: tuple[Expr, Expr], products: Products) -> list[Summand]:
    """Of the real and of the imaginary part."""
    parts = []
    for corner in sorted(products, key=offset_order):
        total = " + ".join(products[corner])
        parts += [f"LATTICE.shift({total}, {corner})"] if any(corner) else products[corner]
    real, imaginary = coefficient
    result = []
    for part, end in ((real, ""), (imaginary, ".times_i()")):
        if part != S.Zero:
            result.append((*body.printer.signed(tidy(part)), parts, end))
    return result
