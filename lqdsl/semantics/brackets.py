"""Square brackets: a unit vector, an entry of a list, a definition, data, a field by its index, a component."""

from sympy import Integer

from lqdsl.ir.nodes import FieldAt
from lqdsl.semantics.entries import data_call, data_value, table_entry
from lqdsl.semantics.errors import fail
from lqdsl.semantics.fields import indexed_field
from lqdsl.semantics.indices import single_index, unit_vector
from lqdsl.semantics.lets import expand_let
from lqdsl.semantics.scope import Lower, Scope
from lqdsl.semantics.values import PointValue, Scalar, Value, VectorValue, describe
from lqdsl.syntax import ast


def bracket(node: ast.Index, scope: Scope, lower: Lower) -> Value:
    """The value of `base[...]`. Errors E02xx, E03xx."""
    base = node.base
    if isinstance(base, ast.Name) and base.name == "e" and "e" not in scope.bound:
        return unit_vector(node, scope, lower)
    if isinstance(base, ast.Name) and base.name in scope.parameters:
        return table_entry(base, node, scope, lower)
    if isinstance(base, ast.Name) and base.name in scope.lets:
        return expand_let(scope.lets[base.name], node.items, (), node.span, scope, lower)
    if isinstance(base, ast.Name) and base.name in scope.data and base.name not in scope.bound:
        return data_value(base.name, node.items, node.span, scope, lower)
    if isinstance(base, ast.Name) and base.name in scope.indexed:
        return indexed_field(base, node, scope, lower)
    if isinstance(base, ast.Call) and isinstance(base.function, ast.Name) and base.function.name in scope.data:
        return data_call(base.function.name, base, node.items, scope, lower)
    return _component(lower(base, scope), node, scope, lower)


def _component(value: Value, node: ast.Index, scope: Scope, lower: Lower) -> Scalar:
    """`phi(x)[0]`, and `phi(x)[a]` with a bound index."""
    if not isinstance(value, VectorValue | PointValue):
        parts = isinstance(value, Scalar) and not value.is_real
        helps = ("its parts are `re( ... )` and `im( ... )`",) if parts else ()
        fail("E0302", f"{describe(value)} has no components", node.span, helps=helps)
    index = single_index(node, scope, lower, len(value.components))
    if isinstance(index, Integer):
        return value.components[int(index)]
    entries = [component.re for component in value.components]
    if not all(isinstance(entry, FieldAt) for entry in entries):
        fail("E0301", "a bound index selects components of a field only", node.span, helps=("write `phi(x)[a]`",))
    return Scalar(FieldAt(entries[0].field, index, entries[0].site))
