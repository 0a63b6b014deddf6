"""Names in definitions that nothing uses: what is never expanded would otherwise hide its mistakes."""

from collections.abc import Iterable, Iterator

from lqdsl.diagnostics import Sink
from lqdsl.semantics.functions import FUNCTIONS
from lqdsl.semantics.scope import REDUCTIONS, Scope, is_binder_name, unknown
from lqdsl.syntax import ast
from lqdsl.syntax.walk import walk


def check_unused(statements: Iterable[ast.Statement], scope: Scope, sink: Sink) -> None:
    """E0201 for unknown names in every `let` that no other declaration names."""
    listed = list(statements)
    for let in (node for node in listed if isinstance(node, ast.LetDecl)):
        if not any(let.name.name in _names(other) for other in listed if other is not let):
            for name in _unknown(let, scope):
                helps = unknown(name.name, (*FUNCTIONS, *scope.names()), scope)
                sink.error("E0201", f"unknown name `{name.name}`", name.span, helps=helps)


def _names(node: ast.Node) -> set[str]:
    return {child.name for child in walk(node) if isinstance(child, ast.Name)}


def _unknown(let: ast.LetDecl, scope: Scope) -> Iterator[ast.Name]:
    """Names of a body that are neither declared, nor built in, nor bound in it; each once."""
    known = {*scope.names(), *FUNCTIONS, *REDUCTIONS, "topological_charge", let.name.name}
    known |= {name.name for name in (*let.indices, *let.parameters)}
    known |= {child.name.name for child in walk(let.body) if isinstance(child, ast.Bounded)}
    for reduction in (child for child in walk(let.body) if isinstance(child, ast.Reduce)):
        known |= set().union(*(_names(binder) for binder in reduction.binders))
    for child in walk(let.body):
        if isinstance(child, ast.Name) and child.name not in known and not is_binder_name(child.name):
            known.add(child.name)
            yield child
