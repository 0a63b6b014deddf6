"""Long expressions, calls and lists broken over lines as a formatter would break them."""

from sympy import Add, Expr, Mul

from lqdsl.codegen.arrange import arrange
from lqdsl.codegen.printer import Printer, front_first
from lqdsl.ir.nodes import SiteSum
from lqdsl.ir.rows import RowSum

INDENT = "    "
ROOM = 112
"""Columns within a function body that stands in a `with`."""


def tidy(expression: Expr) -> Expr:
    """The expression, and the densities in it, arranged for reading."""
    sums: dict[Expr, Expr] = {node: SiteSum(arrange(node.density)) for node in expression.atoms(SiteSum)}
    sums |= {node: RowSum(arrange(node.body), node.rows) for node in expression.atoms(RowSum)}
    return arrange(expression).xreplace(sums) if sums else arrange(expression)


def lay_out(expression: Expr, start: str, end: str, printer: Printer, room: int = ROOM) -> list[str]:
    """Lines of `start expression end` within `room` columns; sums and products that are too long are broken."""
    line = f"{start}{printer.print(expression)}{end}"
    if len(line) <= room or expression in printer.names:
        return [line]
    if isinstance(expression, SiteSum):
        inner = _broken(expression.density, printer, room - len(INDENT))
        return [f"{start}LATTICE.sum(", *(INDENT + text for text in inner), f"){end}"]
    if isinstance(expression, RowSum):
        inner = _broken(expression.body, printer, room - len(INDENT))
        inner[-1] += ","
        return [f"{start}jnp.sum(", *(INDENT + text for text in inner), f"{INDENT}axis=0,", f"){end}"]
    if isinstance(expression, Add | Mul):
        if start.endswith(("= ", "return ")) and (last := _last_bracket(expression, printer)) is not None:
            head = f"{start}{printer.print(expression).removesuffix(f'{printer.print(last)})')}"
            inner = [INDENT + text for text in _broken(last, printer, room - len(INDENT))]
            if len(head) <= room:
                return [head, *inner, f"){end}"]
            if isinstance(expression, Add) and (two := _two_brackets(expression, start, head, printer, room)):
                return [*two, *inner, f"){end}"]
        inner = _broken(expression, printer, room - len(INDENT))
        return [f"{start}(", *(INDENT + text for text in inner), f"){end}"]
    return [line]


def _two_brackets(expression: Add, start: str, head: str, printer: Printer, room: int) -> list[str]:
    """Lines of a * (...) - b * ( with the first brackets broken too, where that is the sum of two such terms."""
    first = front_first(expression, printer)[0]
    text = f"{start}{printer.leading(first)}"
    bracket = printer.factors(first)[-1][1] if isinstance(first, Mul) and first not in printer.names else None
    if not isinstance(bracket, Add) or not text.endswith(f" * ({printer.print(bracket)})"):
        return []
    before = text.removesuffix(f"{printer.print(bracket)})")
    inner = [INDENT + line for line in _broken(bracket, printer, room - len(INDENT))]
    between = ")" + head.removeprefix(text)
    return [before, *inner, between] if max(len(before), len(between)) <= room else []


def _last_bracket(expression: Add | Mul, printer: Printer) -> Add | None:
    """The sum in brackets at the end of a product of two or of a sum of two terms: there the formatter breaks the line."""
    last = expression
    if isinstance(expression, Add):
        if len(terms := front_first(expression, printer)) != 2:
            return None
        last = terms[1]
    factors = printer.factors(last) if isinstance(last, Mul) and last not in printer.names else []
    if last is expression and len(factors) == 1 and isinstance(bracket := factors[0][1], Add):  # -(a + b)
        return bracket if printer.print(expression) == f"-({printer.print(bracket)})" else None
    if len(factors) < 2 or (len(factors) > 2 and last is expression):
        return None
    operator, bracket = factors[-1]
    text = printer.print(bracket)
    is_last = operator == "*" and isinstance(bracket, Add) and printer.print(expression).endswith(f" * ({text})")
    return bracket if is_last else None


def _broken(expression: Expr, printer: Printer, room: int) -> list[str]:
    """The inside of brackets: on one line, or a sum term by term, a product factor by factor."""
    whole = printer.print(expression)
    if len(whole) <= room:
        return [whole]
    if isinstance(expression, Mul):
        return _broken_product(expression, "-" * (printer.signed(expression)[0] == "-"), printer, room)
    if not isinstance(expression, Add):
        return lay_out(expression, "", "", printer, room)
    lines: list[str] = []
    for number, term in enumerate(front_first(expression, printer)):
        sign, text = printer.signed(term) if number else ("", printer.leading(term))
        lead = f"{sign} " if number else ""
        if len(lead + text) <= room:
            lines.append(lead + text)
        elif isinstance(term, Add):
            lines += lay_out(term, lead, "", printer, room)
        else:
            start = lead if number else "-" * (printer.signed(term)[0] == "-")
            lines += _broken_product(term, start, printer, room) if isinstance(term, Mul) else [lead + text]
    return lines


def _broken_product(expression: Mul, lead: str, printer: Printer, room: int) -> list[str]:
    """A product factor by factor; `lead` holds the sign of the first."""
    lines: list[str] = []
    for operator, factor in printer.factors(expression):
        start = f"{operator} " if lines else lead
        if isinstance(factor, str):
            lines.append(start + factor)
        elif isinstance(factor, Add) and factor not in printer.names:
            text = f"{start}({printer.print(factor)})"
            inner = (INDENT + line for line in _broken(factor, printer, room - len(INDENT)))
            lines += [text] if len(text) <= room else [f"{start}(", *inner, ")"]
        else:
            lines += lay_out(factor, start, "", printer, room)
    return lines


def lay_out_call(start: str, arguments: list[str], end: str, room: int = ROOM) -> list[str]:
    """`start argument, argument end` on one line, the arguments on a line of their own, or one a line."""
    line = f"{start}{', '.join(arguments)}{end}"
    if len(line) <= room:
        return [line]
    inner = f"{INDENT}{', '.join(arguments)}"
    if len(inner) <= room:
        return [start, inner, end]
    return [start, *_one_a_line(arguments), end]


def lay_out_list(start: str, items: list[str], end: str, room: int = ROOM) -> list[str]:
    """`start[item, item]end` on one line, the list on a line of its own, or one item a line."""
    line = f"{start}[{', '.join(items)}]{end}"
    if len(line) <= room:
        return [line]
    inside = lay_out_call("[", items, "]", room - len(INDENT))
    return [start, *(INDENT + own for own in (inside if len(inside) == 1 else ["[", *_one_a_line(items), "]"])), end]


def _one_a_line(items: list[str]) -> list[str]:
    return [f"{INDENT}{item}," for item in items]
