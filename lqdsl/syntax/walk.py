"""Ways through a tree that no length of a sum can overflow."""

from collections.abc import Iterator

from lqdsl.syntax import ast

LEVELS = ({"+", "-"}, {"*", "/"})


def _attributes(node: ast.Node) -> list[str]:
    return [name for name in node.__dataclass_fields__ if name != "span"]


def children(node: ast.Node) -> Iterator[ast.Node]:
    """The nodes directly below, in the order of their attributes."""
    for name in _attributes(node):
        value = getattr(node, name)
        if isinstance(value, ast.Node):
            yield value
        elif isinstance(value, tuple):
            yield from (v for v in value if isinstance(v, ast.Node))


def walk(root: ast.Node) -> Iterator[ast.Node]:
    """The node and everything below it, parents first."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(children(node))))


def chain(expr: ast.Expr) -> list[tuple[str, ast.Expr]]:
    """The operands of a sum or product: `a - b + c` -> [("+", a), ("-", b), ("+", c)], `a / b` -> [("*", a), ("/", b)].

    Only the left spine is opened, `a - (b + c)` has two operands; anything that is no `Binary` of these four
    operators is a sum of one operand.
    """
    level = next((s for s in LEVELS if isinstance(expr, ast.Binary) and expr.op in s), LEVELS[0])
    operands = []
    while isinstance(expr, ast.Binary) and expr.op in level:
        operands.append((expr.op, expr.right))
        expr = expr.left
    operands.append(("+" if level is LEVELS[0] else "*", expr))
    return operands[::-1]


def left_spine(node: ast.Expr, without: str = "") -> tuple[ast.Expr, list[ast.Binary]]:
    """The first operand of a sum or product of any length, and the steps `... op right` from it to the whole expression.

    A step with the operator `without` is not opened.
    """
    steps: list[ast.Binary] = []
    while isinstance(node, ast.Binary) and node.op != without:
        steps.append(node)
        node = node.left
    return node, steps[::-1]


def same(a: ast.Node, b: ast.Node) -> bool:
    """`a == b` without recursion: equal trees but for their spans."""
    stack: list[tuple[object, object]] = [(a, b)]
    while stack:
        left, right = stack.pop()
        if isinstance(left, ast.Node):
            if type(left) is not type(right):
                return False
            stack.extend((getattr(left, n), getattr(right, n)) for n in _attributes(left))
        elif isinstance(left, tuple):
            if not isinstance(right, tuple) or len(left) != len(right):
                return False
            stack.extend(zip(left, right))
        elif left != right:
            return False
    return True
