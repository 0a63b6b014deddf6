"""Sums as they are typed, taken apart."""

from lqdsl.syntax import ast


def summands(node: ast.Expr) -> list[ast.Expr]:
    """A number term by term: sums and means over sites of sums are taken apart, so that each term keeps its place."""
    result: list[ast.Expr] = []
    pending = [node]
    while pending:
        current = pending.pop()
        match current:
            case ast.Binary(op="+", left=left, right=right):
                pending += [right, left]
            case ast.Binary(op="-", left=left, right=right):
                pending += [ast.Unary("-", right, span=right.span), left]
            case ast.Unary(op="-", operand=ast.Unary(op="-", operand=inner)):
                pending.append(inner)
            case ast.Unary(op="-", operand=ast.Binary(op="+" | "-")):
                inner_terms = summands(current.operand)
                pending += [ast.Unary("-", term, span=term.span) for term in reversed(inner_terms)]
            case ast.Reduce(kind="sum" | "mean" as kind, binders=binders, body=ast.Binary(op="+" | "-") as body):
                pending += [ast.Reduce(kind, binders, term, span=term.span) for term in reversed(summands(body))]
            case _:
                result.append(current)
    return result
