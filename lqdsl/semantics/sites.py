"""Sites of an expression: bound ones with steps, `x + mu`, and single ones by their coordinates, `phi(0, 3)`."""

from sympy import Expr, Integer

from lqdsl.ir.nodes import Pin
from lqdsl.semantics.errors import fail
from lqdsl.semantics.scope import Lower, Scope, is_binder_name
from lqdsl.semantics.values import Scalar, SiteValue, describe
from lqdsl.syntax import ast
from lqdsl.syntax.walk import walk


def site_of(node: ast.Argument, scope: Scope, lower: Lower) -> Expr:
    """An argument that must be a site; E0301 for anything else."""
    value = lower(node.value, scope)
    if not isinstance(value, SiteValue):
        helps = ("sites are x, y, z, bound by a sum: `sum[x]( phi(x) )`",)
        fail("E0301", f"a site is needed here, this is {describe(value)}", node.span, helps=helps)
    return value.site


def holds_site(node: ast.Expr, scope: Scope) -> bool:
    """Whether an argument names a bound site rather than a coordinate."""
    return any(
        isinstance(child, ast.Name)
        and isinstance(scope.bound.get(child.name), SiteValue)
        or (isinstance(child, ast.Name) and is_binder_name(child.name) and child.name not in scope.bound)
        for child in walk(node)
    )


def pin(node: ast.Call, scope: Scope, lower: Lower) -> Expr:
    """`phi(0, 3)`: a site by its coordinates, modulo the extents."""
    coordinates = []
    for argument, extent in zip(node.arguments, scope.lattice.extents, strict=True):
        value = lower(argument.value, scope)
        if not (isinstance(value, Scalar) and value.is_real and value.re.is_integer):
            fail("E0301", f"a coordinate is a whole number, this is {describe(value)}", argument.span)
        if isinstance(value.re, Integer) and not 0 <= int(value.re) < extent:
            fail("E0303", f"coordinate {value.re} is outside 0..{extent - 1}", argument.span)
        if any(
            symbol.name in scope.ranges and not _within(scope.ranges[symbol.name], extent)
            for symbol in value.re.free_symbols
        ):
            fail("E0303", f"this coordinate leaves 0..{extent - 1}", argument.span)
        coordinates.append(value.re)
    return Pin(*coordinates)


def _within(bounds: tuple[int, int], extent: int) -> bool:
    return 0 <= bounds[0] and bounds[1] < extent
