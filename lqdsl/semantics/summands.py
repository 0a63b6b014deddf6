"""Sums as they are typed, taken apart."""

from lqdsl.diagnostics import Span
from lqdsl.semantics.functions import FUNCTIONS
from lqdsl.syntax import ast
from lqdsl.syntax.walk import chain, walk


def summands(node: ast.Expr, coefficients: bool = False) -> list[ast.Expr]:
    """A number term by term: signs, sums and means over sites of sums go to each term, which keeps its place. So do
    coefficients, where they are to be multiplied out."""
    result: list[ast.Expr] = []
    pending = [node]
    while pending:
        current = pending.pop()
        match current:
            case ast.Binary(op="+", left=left, right=right):
                pending += [right, left]
            case ast.Binary(op="-", left=left, right=right):
                pending += [ast.Unary("-", right, span=right.span), left]
            case _:
                result += _distributed(current, coefficients)
    return result


def _distributed(node: ast.Expr, coefficients: bool) -> list[ast.Expr]:
    """What stands around a sum at each of its terms; the node itself where there is no sum in it."""
    terms: list[ast.Expr] = []
    match node:
        case ast.Unary(op=op, operand=operand):
            terms = [ast.Unary(op, term, span=term.span) for term in summands(operand, coefficients)]
        case ast.Reduce(kind="sum" | "mean" as kind, binders=binders, body=body):
            terms = [ast.Reduce(kind, binders, term, span=term.span) for term in summands(body, coefficients)]
        case ast.Binary(op="*" | "/") if coefficients:
            terms = _products(chain(node))
    return terms if len(terms) > 1 else [node]


def _products(factors: list[tuple[str, ast.Expr]]) -> list[ast.Expr]:
    """The terms of a product of one sum and coefficients; none for other products."""
    parts = [[factor] if op == "/" else summands(factor, coefficients=True) for op, factor in factors]
    fields = [n for n, (_, factor) in enumerate(factors) if not _is_coefficient(factor)]
    # Fields over an index look like entries of tables.
    places = fields or [n for n, terms in enumerate(parts) if len(terms) > 1]
    if len(places) != 1:
        return []
    before, after = factors[: places[0]], factors[places[0] + 1 :]
    return [_product([*before, ("*", term), *after], term.span) for term in parts[places[0]]]


def _product(factors: list[tuple[str, ast.Expr]], span: Span) -> ast.Expr:
    result = factors[0][1]
    for op, factor in factors[1:]:
        result = ast.Binary(op, result, factor, span=span)
    return result


def _is_coefficient(node: ast.Expr) -> bool:
    """Whether this is made of numbers, names and entries of tables: no field at a site, no trace, no sum over sites."""
    return not any(
        isinstance(part, ast.Reduce) or (isinstance(part, ast.Call) and _holds_fields(part.function))
        for part in walk(node)
    )


def _holds_fields(node: ast.Expr) -> bool:
    """Whether what is called is a field, or a function of vectors or matrices."""
    return not (isinstance(node, ast.Name) and node.name in FUNCTIONS) or (
        bool({"vector", "matrix"} & set(FUNCTIONS[node.name].takes))
    )
