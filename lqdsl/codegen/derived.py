"""Derived quantities as functions of expectation values."""

from sympy import Expr

from lqdsl.codegen.context import Context
from lqdsl.codegen.function import Body
from lqdsl.codegen.layout import INDENT, ROOM, lay_out_call
from lqdsl.codegen.names import Names
from lqdsl.codegen.observables import vacuum
from lqdsl.codegen.views import BlockView, FunctionView, table
from lqdsl.ir.nodes import Analysis
from lqdsl.ir.theory import Correlator, Derived


def functions(context: Context) -> list[FunctionView]:
    """One for each derived quantity, in the order of the file."""
    names = _free_names(context)
    return [_function(context, derived, names.new(derived.name)) for derived in context.theory.derived]


def derived_table(context: Context, views: list[FunctionView]) -> BlockView:
    """`DERIVED = {...}`, of the functions in their order."""
    rows = {derived.name: view.name for derived, view in zip(context.theory.derived, views, strict=True)}
    return BlockView("", table("DERIVED", rows))


def _free_names(context: Context) -> Names:
    """Names that neither a field or parameter nor a function of the module has."""
    names, axes = context.attributes.copy(), range(context.theory.lattice.ndim)
    for field in context.glossary.fields.values():
        names.reserve((f"site_action_{field}", f"pairs_{field}"))
        names.reserve(f"{kind}_{field}_{axis}" for kind in ("staple", "link_action") for axis in axes)
    return names


def _function(context: Context, derived: Derived, name: str) -> FunctionView:
    body = Body(context.glossary)
    body.bind([derived.expression])
    calls = _estimators(context, derived.expression)
    body.define({node: f"{name}({', '.join(arguments)})" for node, (name, arguments) in calls.items()})
    if derived.expression in calls:
        body.lines += _laid_out(*calls[derived.expression])
    else:
        body.result(derived.expression, "return ")
    doc = (f"{derived.name}, from expectation values: mean(name, power) is <name^power>.",)
    signature = "mean: rt.Mean, parameters: Parameters) -> rt.Number"
    return FunctionView(name, signature, "", (context.line(derived.span),), doc, tuple(body.lines))


def _laid_out(name: str, arguments: list[str]) -> list[str]:
    """The call on one line, its arguments on a line of their own, or one a line, with the terms of the first below each
    other where it is too long."""
    room = ROOM + len(INDENT)  # no `with` stands around it
    lines = lay_out_call(f"return {name}(", arguments, ")", room)
    if all(len(line) <= room for line in lines):
        return lines
    first, *others = arguments
    terms = [f"{INDENT}{term}" for term in first.replace(" - ", "\n- ").split("\n")]
    if others:
        terms[-1] += ","
    return [lines[0], *terms, *(f"{INDENT}{other}," for other in others), lines[-1]]


def _estimators(context: Context, expression: Expr) -> dict[Expr, tuple[str, list[str]]]:
    """Calls of the analysis on connected correlators, <O O> - <O><O>: names and arguments."""
    lattice, calls = context.theory.lattice, {}
    correlators = {o.name: o for o in context.compiled.observables if isinstance(o.body, Correlator)}
    for node in sorted(expression.atoms(Analysis), key=str):
        observable = correlators[node.observable]
        assert isinstance(observable.body, Correlator)
        slice_volume = lattice.volume // lattice.extents[observable.body.axis]
        means = "".join(f' - {slice_volume} * mean("{name}") ** 2' for name, _ in vacuum(context, observable))
        border = ["boundary=-1"] if observable.body.sign < 0 and node.function == "pole_mass" else []
        calls[node] = (f"rt.{node.function}", [f'mean("{observable.name}"){means}', *border])
    return calls
