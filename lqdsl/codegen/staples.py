"""Staples of the action as sums of products of links."""

from sympy import Expr, S

from lqdsl.codegen.arrange import offset_order
from lqdsl.codegen.function import INDENT, ROOM, Body, tidy
from lqdsl.ir.compiled import Staple
from lqdsl.ir.nodes import Local, SiteSum
from lqdsl.ir.words import Offset

Products = dict[Offset, list[str]]


def bind(body: Body, staples: tuple[Staple, ...]) -> None:
    """Make the fields and links known that the staples use."""
    terms = [term for staple in staples for term in staple.terms]
    body.bind(
        [part for term in terms for part in (term.real, term.imaginary)],
        [term.word for term in terms],
    )


def assign(body: Body, staple: Staple, start: str) -> None:
    """`start` V: one summand for each coefficient, products at the same place added before they are shifted."""
    summands = [_summand(body, *group) for group in _by_coefficient(body, staple).items()]
    signed = [summand if number == 0 else _signed(summand) for number, summand in enumerate(summands)]
    line = start + " ".join(signed)
    if len(line) <= ROOM:
        body.lines.append(line)
        return
    body.lines += [f"{start}(", *(INDENT + summand for summand in signed), ")"]


def _by_coefficient(body: Body, staple: Staple) -> dict[tuple[Expr, Expr], Products]:
    groups: dict[tuple[Expr, Expr], Products] = {}
    for term in staple.terms:
        text, corner = body.links.word(term.word)
        groups.setdefault((term.real, term.imaginary), {}).setdefault(corner, []).append(text)
    return groups


def _summand(body: Body, coefficient: tuple[Expr, Expr], products: Products) -> str:
    real, imaginary = coefficient
    parts = []
    for corner in sorted(products, key=offset_order):
        total = " + ".join(products[corner])
        parts.append(f"LATTICE.shift({total}, {corner})" if any(corner) else total)
    text = " + ".join(parts)
    whole = f"({text})"
    pieces = []
    if real != S.Zero:
        pieces.append(f"{_factor(body, real)} * {whole}")
    if imaginary != S.Zero:
        pieces.append(f"{_factor(body, imaginary)} * {whole}.times_i()")
    return " + ".join(pieces)


def _factor(body: Body, coefficient: Expr) -> str:
    text = body.printer.print(tidy(coefficient))
    return f"({text})" if coefficient.is_Add or (coefficient.has(Local) and not coefficient.has(SiteSum)) else text


def _signed(summand: str) -> str:
    return f"- {summand[1:]}" if summand.startswith("-") else f"+ {summand}"
