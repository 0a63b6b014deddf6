"""Observables of one configuration, what kind each is, and the vacuum values that correlators need."""

from sympy import Expr, Integer

from lqdsl.codegen.context import SIGNATURE, Context
from lqdsl.codegen.function import Body
from lqdsl.codegen.views import BlockView, FunctionView, table
from lqdsl.ir.nodes import SiteSum
from lqdsl.ir.theory import Correlator, Observable


def observables(context: Context) -> FunctionView:
    """`observables`, all at once so that they share what they can."""
    known = context.compiled.observables
    expressions: list[Expr] = []
    for observable in known:
        expressions += observable.body.densities if isinstance(observable.body, Correlator) else [observable.body]
    body = Body(context.glossary)
    body.bind(expressions)
    body.share(expressions)
    entries = [entry for observable in known for entry in _measured(context, observable, body)]
    body.lines += ["return {"] + [f'    "{name}": {local},' for name, local in entries] + ["}"]
    doc = ("Observables of one configuration.", "Shapes: numbers [...batch], correlators [t, ...batch].")
    signature = SIGNATURE + ") -> dict[str, jax.Array]"
    return FunctionView("observables", signature, "observables", (), doc, tuple(body.lines))


def _measured(context: Context, observable: Observable, body: Body) -> list[tuple[str, str]]:
    """Lines for one observable; returns its name and those of its vacuum values, each with its local variable."""
    local = body.local(observable.name)
    body.lines.append(f"# {context.line(observable.span)}")
    if not isinstance(observable.body, Correlator):
        body.result(observable.body, f"{local} = ")
        return [(observable.name, local)]
    body.sum_of([_correlator(part, observable.body, body) for part in observable.body.densities], f"{local} = ")
    entries = [(observable.name, local)]
    for name, part in vacuum(context, observable):
        value = body.local(name)
        body.result(SiteSum(part) / Integer(context.theory.lattice.volume), f"{value} = ")
        entries.append((name, value))
    return entries


def _correlator(density: Expr, correlator: Correlator, body: Body) -> str:
    border = ", boundary=-1" if correlator.sign < 0 else ""
    return f"rt.correlator(LATTICE, {body.printer.print(density)}, axis={correlator.axis}{border})"


def vacuum(context: Context, observable: Observable) -> list[tuple[str, Expr]]:
    """Means of the operators of a correlator, to be subtracted unless a symmetry makes them vanish."""
    assert isinstance(observable.body, Correlator)
    kept = context.compiled.vacuum[observable.name]
    return [(f"{observable.name}_vev" + (str(n) if len(kept) > 1 else ""), d) for n, d in enumerate(kept)]


def kinds(context: Context) -> BlockView:
    """`OBSERVABLES = {...}`."""
    rows = {}
    for observable in context.compiled.observables:
        if isinstance(observable.body, Correlator):
            axis = observable.body.axis
            means = [name for name, _ in vacuum(context, observable)]
            extra = ", boundary=-1" if observable.body.sign < 0 else ""
            rows[observable.name] = f"rt.Correlator(axis={axis}, extent={context.theory.lattice.extents[axis]}{extra})"
            rows.update(dict.fromkeys(means, "rt.Scalar()"))
        else:
            rows[observable.name] = "rt.Scalar()"
    return BlockView("", table("OBSERVABLES", rows))
