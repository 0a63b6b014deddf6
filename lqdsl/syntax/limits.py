"""What the grammar cannot say about a tree: depth, size of powers, places of conditions and binders."""

from lark import Token

from lqdsl.diagnostics import Sink, Span
from lqdsl.syntax import ast
from lqdsl.syntax.build import token_span
from lqdsl.syntax.walk import LEVELS, children

MAX_DEPTH = 100
MAX_POWER = 64
OPEN, CLOSE = ("(", "[", "{"), (")", "]", "}")


def check_brackets(tokens: list[Token], sink: Sink) -> bool:
    """Report brackets nested deeper than `MAX_DEPTH`; False if there are any."""
    depth = 0
    for token in tokens:
        depth += (token in OPEN) - (token in CLOSE)
        if depth > MAX_DEPTH:
            _too_deep(token_span(token), sink)
            return False
    return True


def _too_deep(span: Span, sink: Sink) -> None:
    message = f"expressions are nested at most {MAX_DEPTH} levels deep"
    sink.error("E0112", message, span, helps=("name a part with `let` and use the name",))


def check_tree(statement: ast.Statement, sink: Sink) -> None:
    """Report what stands where it cannot. Sums and products of any length count as one level of depth."""
    stack: list[tuple[ast.Node, int, bool]] = [(statement, 0, False)]
    while stack:
        node, depth, condition = stack.pop()
        if depth > MAX_DEPTH:
            _too_deep(node.span, sink)
            return
        _check(node, condition, sink)
        for child in children(node):
            deeper = depth + (0 if _continues(node, child) else 1)
            stack.append((child, deeper, _may_be_condition(node, child)))


def _continues(node: ast.Node, child: ast.Node) -> bool:
    """Whether the child is the beginning of the same sum or product."""
    if not isinstance(node, ast.Binary) or not isinstance(child, ast.Binary) or child is not node.left:
        return False
    return any(node.op in level and child.op in level for level in LEVELS)


def _may_be_condition(node: ast.Node, child: ast.Node) -> bool:
    if isinstance(node, ast.Reduce):
        return child is not node.body and not isinstance(child, ast.Logical)
    return isinstance(node, ast.StopRule | ast.Logical)


def _check(node: ast.Node, condition: bool, sink: Sink) -> None:
    if isinstance(node, ast.Compare | ast.Logical) and not condition:
        what = "a comparison" if isinstance(node, ast.Compare) else f"`{node.op}`"
        note = "conditions stand in binders, `sum[mu < nu](...)`, and after `stop when`"
        sink.error("E0110", f"{what} stands where a value is needed", node.span, notes=(note,))
    elif isinstance(node, ast.Reduce):
        for binder in node.binders:
            if not isinstance(binder, ast.Name | ast.Compare | ast.Bounded | ast.Logical):
                help_ = f"write `{node.kind}[x](...)`, `{node.kind}[mu < nu](...)` or `{node.kind}[k = 0..5](...)`"
                sink.error("E0101", f"this is nothing that a `{node.kind}` can run over", binder.span, helps=(help_,))
    elif isinstance(node, ast.Binary) and node.op == "^":
        _check_power(node.right, sink)


def _check_power(exponent: ast.Expr, sink: Sink) -> None:
    span: Span = exponent.span
    while isinstance(exponent, ast.Unary):
        exponent = exponent.operand
    if isinstance(exponent, ast.Number) and float(exponent.text) > MAX_POWER:
        sink.error("E0108", f"a literal power is at most {MAX_POWER}", span)
