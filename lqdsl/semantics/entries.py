"""Single numbers of lists and of data files."""

from sympy import Expr, Tuple

from lqdsl.diagnostics import DiagnosticError, Span
from lqdsl.ir.nodes import DataAt, TableEntry
from lqdsl.semantics.errors import fail
from lqdsl.semantics.indices import single_index
from lqdsl.semantics.scope import Lower, Scope
from lqdsl.semantics.sites import holds_site, pin
from lqdsl.semantics.values import Scalar, SiteValue
from lqdsl.syntax import ast


def table_entry(base: ast.Name, node: ast.Index, scope: Scope, lower: Lower) -> Scalar:
    """`kappa[mu]`. Errors E0301, E0302, E0303."""
    parameter = scope.parameters[base.name]
    if not isinstance(parameter.value, tuple):
        fail("E0302", f"`{base.name}` is a number and takes no index", node.span)
    return Scalar(TableEntry(parameter.symbol, single_index(node, scope, lower, len(parameter.value))))


def data_call(name: str, node: ast.Call, items: tuple[ast.Expr, ...], scope: Scope, lower: Lower) -> Scalar:
    """`h(x)`, `J[mu](x)`, `h(x)[a]`, `h(0, 3)`: the site in round brackets, other indices in square ones."""
    pinned = len(node.arguments) == scope.lattice.ndim and not holds_site(node.arguments[0].value, scope)
    site = pin(node, scope, lower) if pinned and node.arguments else None
    arguments = () if site is not None else tuple(a.value for a in node.arguments)
    return data_value(name, (*arguments, *items), node.span, scope, lower, site)


def data_value(
    name: str, items: tuple[ast.Expr, ...], span: Span, scope: Scope, lower: Lower, site: Expr | None = None
) -> Scalar:
    """`h[x + mu, a]`: a number of a file.

    Errors E0301, E0302, E0303; none for data whose file was refused already.
    """
    if name not in scope.tables:
        raise DiagnosticError(())
    data = scope.tables[name]
    given = len(items) + (site is not None)
    if given != len(data.axes):
        fail("E0302", f"`{name}` has {len(data.axes)} index(es), got {given}", span)
    values = [(item, lower(item, scope)) for item in items]
    sites = [] if site is None else [site]
    sites += [value.site for _, value in values if isinstance(value, SiteValue)]
    if len(sites) != data.at_sites:
        fail("E0302", f"`{name}` takes {'one site' if data.at_sites else 'no site'}", span)
    others = iter(item for item, value in values if not isinstance(value, SiteValue))
    indices = []
    for axis in data.axes:
        if axis.kind != "site":
            item = next(others)
            extent = axis.low + axis.extents[0]
            index = single_index(ast.Index(item, (item,), span=item.span), scope, lower, extent, axis.low)
            indices.append(index - axis.low)
    return Scalar(DataAt(data.symbol, Tuple(*indices), Tuple(*sites)))
