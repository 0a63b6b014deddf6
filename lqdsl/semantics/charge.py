"""`topological_charge(U, smearing = stout(rho = 0.1, steps = 10))` on four axes."""

from sympy import Expr, Integer, Rational, Symbol, Tuple

from lqdsl.diagnostics import Span, suggest
from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import SMEARINGS, TopologicalCharge
from lqdsl.semantics.constants import integer, real
from lqdsl.semantics.errors import fail
from lqdsl.semantics.scope import Scope
from lqdsl.syntax import ast

AXES = 4
_EXAMPLE = "for example `topological_charge(U, smearing = stout(rho = 0.1, steps = 10))`"


def topological_charge(node: ast.Call, scope: Scope) -> Expr:
    """Errors E0301, E0302, E0303."""
    fields = [argument for argument in node.arguments if argument.name is None]
    options = {argument.name.name: argument for argument in node.arguments if argument.name is not None}
    if len(fields) != 1 or set(options) - {"smearing"}:
        fail("E0302", "`topological_charge` takes a field of links and `smearing = ...`", node.span, helps=(_EXAMPLE,))
    name = fields[0].value
    kind = scope.fields[name.name].kind if isinstance(name, ast.Name) and name.name in scope.fields else None
    if not (isinstance(name, ast.Name) and isinstance(kind, Group) and kind.link):
        fail("E0301", "`topological_charge` takes a field of links", fields[0].span, helps=(_EXAMPLE,))
    if scope.lattice.ndim != AXES:
        helps = ("on two axes it is `sum[x]( arg(P[0, 1](x)) ) / (2*pi)`, P the plaquette",)
        fail("E0301", "`topological_charge` needs a lattice of four dimensions", node.span, helps=helps)
    smearing, settings = Symbol(""), Tuple()
    if "smearing" in options:
        smearing, settings = _smearing(options["smearing"].value, scope)
    return TopologicalCharge(scope.fields[name.name].symbol, smearing, settings)


def _smearing(node: ast.Expr, scope: Scope) -> tuple[Symbol, Tuple]:
    if not (isinstance(node, ast.Call) and isinstance(node.function, ast.Name)):
        fail("E0302", "a smearing is written with its settings", node.span, helps=(_EXAMPLE,))
    name = node.function.name
    if name not in SMEARINGS:
        close = suggest(name, tuple(SMEARINGS))
        helps = (f"did you mean `{close}`?",) if close else (_EXAMPLE,)
        fail(
            "E0201", f"unknown smearing `{name}`", node.span, notes=("known are " + ", ".join(SMEARINGS),), helps=helps
        )
    given = {argument.name.name: argument.value for argument in node.arguments if argument.name is not None}
    if set(given) != set(SMEARINGS[name]) or len(given) != len(node.arguments):
        fail("E0302", f"`{name}` takes {' and '.join(f'`{word} = ...`' for word in SMEARINGS[name])}", node.span)
    return Symbol(name), Tuple(*(_setting(word, given[word], scope, node.span) for word in SMEARINGS[name]))


def _setting(word: str, node: ast.Expr, scope: Scope, span: Span) -> Expr:
    if word == "steps":
        value: Expr = Integer(integer(node, scope.parameters, "the number of steps"))
    else:
        value = Rational(str(real(node, scope.parameters)))
    if value <= 0:
        fail("E0303", f"`{word}` must be positive", node.span)
    return value
