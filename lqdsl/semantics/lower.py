"""Expressions: syntax tree to values over SymPy, with every mismatch located."""

from sympy import Expr, Integer, Rational, S, Symbol, Tuple
from sympy import exp as sympy_exp
from sympy import pi as sympy_pi

from lqdsl.diagnostics import DiagnosticError, Span, suggest
from lqdsl.ir.kinds import Angle, Complex, Group, Real, Sphere, Vector
from lqdsl.ir.nodes import DataAt, FieldAt, Hat, Pin, TableEntry
from lqdsl.ir.theory import Field, Parameter
from lqdsl.ir.words import AT_SITE
from lqdsl.semantics import reduce
from lqdsl.semantics.charge import topological_charge
from lqdsl.semantics.constants import literal
from lqdsl.semantics.errors import fail
from lqdsl.semantics.functions import FUNCTIONS, REQUIREMENTS, accepts
from lqdsl.semantics.scope import DIRECTION_NAMES, REDUCTIONS, Scope, is_binder_name
from lqdsl.semantics.values import (
    MAX_POWER,
    DirectionValue,
    MatrixValue,
    Scalar,
    SiteValue,
    Value,
    VectorValue,
    as_number,
    describe,
)
from lqdsl.syntax import ast
from lqdsl.syntax.walk import walk

ZERO = Integer(0)
ONE = Integer(1)
NOT_FINITE = (S.ComplexInfinity, S.Infinity, S.NegativeInfinity, S.NaN)


def lower(node: ast.Expr, scope: Scope) -> Value:
    """Value of an expression. Raises DiagnosticError with E02xx, E03xx or E09xx."""
    match node:
        case ast.Number():
            number = literal(node)
            return Scalar(
                Integer(number) if isinstance(number, int) else Rational(number.numerator, number.denominator)
            )
        case ast.Name():
            return _name(node, scope)
        case ast.Unary(op=op, operand=operand):
            return _negate(lower(operand, scope), node.span) if op == "-" else lower(operand, scope)
        case ast.Binary():
            return _binary(node, scope)
        case ast.Abs(operand=operand):
            value = lower(operand, scope)
            name = "norm" if isinstance(value, VectorValue) else "abs"
            return _apply(name, (value,), (operand,), node.span)
        case ast.Reduce():
            return reduce.reduction(node, scope, lower)
        case ast.Call():
            return _call(node, scope)
        case ast.Index():
            return _index(node, scope)
    fail("E0301", "this cannot stand in an expression", node.span)


def number(node: ast.Expr, scope: Scope) -> Scalar:
    """Value of an expression that must be a number."""
    value = as_number(lower(node, scope))
    if isinstance(value, MatrixValue):
        helps = ("take its trace, `tr( ... )`, or `retr( ... )` for Re tr / n",)
        fail("E0305", f"a number is needed here, this is {describe(value)}", node.span, helps=helps)
    if isinstance(value, VectorValue):
        fail(
            "E0305",
            f"a number is needed here, this is {describe(value)}",
            node.span,
            helps=("take a component, `phi(x)[0]`, or a product, `dot(phi(x), phi(x))`",),
        )
    if not isinstance(value, Scalar):
        fail("E0301", f"a number is needed here, this is {describe(value)}", node.span)
    return value


def field_value(field: Field, site: Expr) -> Value:
    """The field at a site, as its kind reads in an expression."""
    match field.kind:
        case Real() | Angle():
            return Scalar(FieldAt(field.symbol, 0, site))
        case Complex():
            return Scalar(FieldAt(field.symbol, 0, site), FieldAt(field.symbol, 1, site))
        case Vector(n=n) | Sphere(n=n):
            return VectorValue(tuple(Scalar(FieldAt(field.symbol, c, site)) for c in range(n)))
        case Group():
            return link_value(field, Integer(AT_SITE), site)
    raise AssertionError(f"kind {field.kind} was not refused at its declaration")


def is_link(field: Field) -> bool:
    """Whether a field lives on links."""
    return isinstance(field.kind, Group) and field.kind.link


def link_value(field: Field, axis: Expr, site: Expr) -> MatrixValue:
    """U_axis(site), or U(site) where the axis is AT_SITE."""
    assert isinstance(field.kind, Group)
    word = Tuple(Tuple(field.symbol, axis, site, Integer(1)))
    return MatrixValue(field.kind, ((Scalar(ONE), word),))


def _name(node: ast.Name, scope: Scope) -> Value:
    name = node.name
    if name in scope.bound:
        return scope.bound[name]
    if name in scope.parameters:
        return _parameter(node, scope.parameters[name])
    if name in scope.lets:
        return _expand_let(scope.lets[name], (), (), node.span, scope)
    if name in scope.fields:
        example = f"{name}[mu](x)" if is_link(scope.fields[name]) else f"{name}(x)"
        fail("E0301", f"the field `{name}` needs a site", node.span, helps=(f"write `{example}`",))
    if name in scope.data:
        return data_value(name, (), node.span, scope)
    if name in scope.indices or name in scope.loops:
        fail("E0304", f"`{name}` is not bound here", node.span, helps=(f"bind it by a sum, `sum[{name}](...)`",))
    constants = {"pi": sympy_pi, "volume": Integer(scope.lattice.volume), "e": sympy_exp(1)}
    if name in constants:
        return Scalar(constants[name])
    if name == "i":
        return Scalar(ZERO, ONE)
    if is_binder_name(name):
        fail(
            "E0304",
            f"`{name}` is used outside a sum that binds it",
            node.span,
            helps=(f"write `sum[{name}]( ... )` around it",),
        )
    close = suggest(name, scope.names())
    fail("E0201", f"unknown name `{name}`", node.span, helps=(f"did you mean `{close}`?",) if close else ())


def _parameter(node: ast.Name, parameter: Parameter) -> Scalar:
    if parameter.is_table:
        fail(
            "E0302",
            f"`{node.name}` is a list, it needs an index",
            node.span,
            helps=(f"write `{node.name}[mu]` or `{node.name}[0]`",),
        )
    return Scalar(Integer(parameter.value) if parameter.type == "int" else parameter.symbol)


def _negate(value: Value, span: Span) -> Value:
    match value:
        case Scalar():
            return -value
        case VectorValue() | MatrixValue():
            return value.scaled(Scalar(-ONE))
        case DirectionValue(step=step):
            return DirectionValue(-step, None)
        case _:
            fail("E0301", "a site has no negative", span)


def _binary(node: ast.Binary, scope: Scope) -> Value:
    # Sums are left-deep trees of any length: walk down the left spine without recursion.
    spine: list[ast.Binary] = []
    leftmost: ast.Expr = node
    while isinstance(leftmost, ast.Binary) and leftmost.op != "^":
        spine.append(leftmost)
        leftmost = leftmost.left
    if isinstance(leftmost, ast.Binary):
        value = _power(lower(leftmost.left, scope), lower(leftmost.right, scope), leftmost)
    else:
        value = lower(leftmost, scope)
    for step in reversed(spine):
        value = _combine(step, value, lower(step.right, scope))
    return value


def _combine(node: ast.Binary, left: Value, right: Value) -> Value:
    match node.op, left, right:
        case "+", Scalar(), Scalar():
            return left + right
        case "-", Scalar(), Scalar():
            return left - right
        case "*", Scalar(), Scalar():
            return left * right
        case "/", _, Scalar(re=re, im=im) if re == 0 and im == 0:
            fail("E0301", "division by zero", node.right.span)
        case "/", Scalar(), Scalar():
            return left / right
        case (("+" | "-"), VectorValue(components=a), VectorValue(components=b)) if len(a) == len(b):
            return left.map(right, 1 if node.op == "+" else -1)
        case "*", Scalar(), VectorValue():
            return right.scaled(left)
        case "*", Scalar(), MatrixValue():
            return right.scaled(left)
        case "*", VectorValue() | MatrixValue(), Scalar():
            return left.scaled(right)
        case "/", VectorValue() | MatrixValue(), Scalar():
            return left.scaled(Scalar(ONE) / right)
        case (("+" | "-" | "*"), MatrixValue(group=a), MatrixValue(group=b)) if a == b:
            if node.op == "*":
                return left * right
            return left + (right if node.op == "+" else right.scaled(Scalar(-ONE)))
        case (("+" | "-"), Scalar(), MatrixValue()):
            return _combine(node, right.power(0).scaled(left), right)
        case (("+" | "-"), MatrixValue(), Scalar()):
            return _combine(node, left, left.power(0).scaled(right))
        case "/", _, MatrixValue(group=group) if group.abelian:
            return _combine(node, left, right.trace())
        case (("+" | "-"), SiteValue(site=site), DirectionValue(step=step)):
            return SiteValue(site + step if node.op == "+" else site - step)
        case "+", DirectionValue(step=step), SiteValue(site=site):
            return SiteValue(site + step)
        case (("+" | "-"), DirectionValue(step=a), DirectionValue(step=b)):
            return DirectionValue(a + b if node.op == "+" else a - b, None)
        case "*", Scalar(re=factor), DirectionValue(step=step) if left.is_real and factor.is_integer:
            return DirectionValue(factor * step, None)
        case "*", DirectionValue(step=step), Scalar(re=factor) if right.is_real and factor.is_integer:
            return DirectionValue(factor * step, None)
    helps: tuple[str, ...] = ()
    if isinstance(left, VectorValue) and isinstance(right, VectorValue):
        helps = ("the product of two vectors is `dot(a, b)`",) if node.op == "*" else ()
    if isinstance(left, MatrixValue) and isinstance(right, MatrixValue):
        helps = ("the links of a product belong to one group; multiply traces instead",)
    if isinstance(left, SiteValue) and isinstance(right, Scalar):
        helps = ("a step along axis 0 is `x + e[0]`, along every axis `sum[mu]( ... x + mu ... )`",)
    fail("E0301", f"`{node.op}` does not join {describe(left)} and {describe(right)}", node.span, helps=helps)


def _power(base: Value, exponent: Value, node: ast.Binary) -> Value:
    if not isinstance(exponent, Scalar) or not exponent.is_real:
        fail("E0301", f"an exponent must be a real number, this is {describe(exponent)}", node.right.span)
    power = exponent.re
    if isinstance(power, Integer):
        if abs(int(power)) > MAX_POWER:
            fail("E0301", f"powers up to {MAX_POWER} are possible, got {power}", node.right.span)
        if isinstance(base, MatrixValue):
            if power < 0:
                fail("E0305", "a matrix has no negative power here", node.span, helps=("its inverse is `adj( ... )`",))
            return base.power(int(power))
        if isinstance(base, VectorValue):
            if power < 0 or power % 2:
                fail("E0305", "a vector has only even powers, (v.v)^n", node.span)
            return base.dot(base).power(int(power) // 2)
        if isinstance(base, Scalar):
            if base.re == 0 and base.im == 0 and power < 0:
                fail("E0301", "division by zero", node.span)
            return base.power(int(power))
    if isinstance(base, Scalar) and base.is_real:
        return _defined(Scalar(base.re**power), "this power", node.span)
    if isinstance(base, Scalar):
        fail("E0301", "a complex number has only whole powers", node.span)
    fail("E0301", f"{describe(base)} has no power", node.span)


def _site(node: ast.Argument, scope: Scope) -> Expr:
    value = lower(node.value, scope)
    if not isinstance(value, SiteValue):
        helps = ("sites are x, y, z, bound by a sum: `sum[x]( phi(x) )`",)
        fail("E0301", f"a site is needed here, this is {describe(value)}", node.span, helps=helps)
    return value.site


def _call(node: ast.Call, scope: Scope) -> Value:
    if isinstance(node.function, ast.Name) and node.function.name == "topological_charge":
        return Scalar(topological_charge(node, scope))
    for argument in node.arguments:
        if argument.name is not None:
            fail("E0302", "named arguments stand only in options and observables", argument.span)
    function = node.function
    if isinstance(function, ast.Index) and isinstance(function.base, ast.Name):
        return _indexed_call(function.base, function.items, node, scope)
    if not isinstance(function, ast.Name):
        fail("E0301", "this cannot be called", function.span)
    name = function.name
    if name in scope.indexed:
        fail(
            "E0302",
            f"`{name}` has an index, not a site",
            node.span,
            helps=(f"write `{name}[{scope.indexed[name].name}]`",),
        )
    if name in scope.fields and is_link(scope.fields[name]):
        fail("E0302", f"the link `{name}` needs a direction", node.span, helps=(f"write `{name}[mu](x)`",))
    if name in scope.loops:
        return _expand_let(_as_let(scope.loops[name]), (), tuple(a.value for a in node.arguments), node.span, scope)
    if name in scope.fields:
        if len(node.arguments) == scope.lattice.ndim and not _holds_site(node.arguments[0].value, scope):
            return field_value(scope.fields[name], _pin(node, scope))
        if len(node.arguments) != 1:
            fail("E0302", f"the field `{name}` takes one site, got {len(node.arguments)} arguments", node.span)
        return field_value(scope.fields[name], _site(node.arguments[0], scope))
    if name in scope.lets:
        return _expand_let(scope.lets[name], (), tuple(a.value for a in node.arguments), node.span, scope)
    if name in FUNCTIONS:
        values = tuple(lower(argument.value, scope) for argument in node.arguments)
        return _apply(name, values, tuple(argument.value for argument in node.arguments), node.span)
    if name in scope.data:
        return data_call(name, node, (), scope)
    fail("E0201", f"unknown function or field `{name}`", function.span, helps=_called(name, scope))


def _called(name: str, scope: Scope) -> tuple[str, ...]:
    """What was probably meant by `name(...)`."""
    if name == "correlator":
        return ("a correlator is an observable of its own: `observable C = correlator(phi, axis = 0)`",)
    if name in REDUCTIONS:
        return (f"sums and means bind their variables in brackets: `{name}[x]( ... )`",)
    if name in scope.parameters:
        table = scope.parameters[name].is_table
        return (f"entries of a list are written `{name}[0]`" if table else f"write `{name} * ( ... )` for a product",)
    close = suggest(name, (*FUNCTIONS, *scope.fields, *scope.lets))
    return (f"did you mean `{close}`?",) if close else ()


def _apply(name: str, values: tuple[Value, ...], nodes: tuple[ast.Expr, ...], span: Span) -> Value:
    function = FUNCTIONS[name]
    if name in ("arg", "conj") and len(values) == 1 and isinstance(values[0], MatrixValue):
        return _matrix_function(name, values[0], span)
    values = tuple(value if "matrix" in function.takes else as_number(value) for value in values)
    if len(values) != len(function.takes):
        fail("E0302", f"`{name}` takes {len(function.takes)} argument(s), got {len(values)}", span)
    for requirement, value, node in zip(function.takes, values, nodes, strict=True):
        if not accepts(requirement, value):
            fail("E0301", f"`{name}` takes {REQUIREMENTS[requirement]}, this is {describe(value)}", node.span)
    lengths = {len(value.components) for value in values if isinstance(value, VectorValue)}
    if len(lengths) > 1:
        fail("E0301", "`dot` takes two vectors of the same length", span)
    return _defined(function.rule(*values), f"`{name}`", span)


def _matrix_function(name: str, value: MatrixValue, span: Span) -> Value:
    """`arg`, of the determinant, and `conj`, where they can be formed from words of links."""
    if name == "conj":
        if not value.group.abelian:
            help_ = "use `adj( ... )`, or conjugate the trace, `conj(tr( ... ))`"
            fail("E0305", "the conjugate of a matrix is not a product of links", span, helps=(help_,))
        return value.adjoint()
    if len(value.terms) == 1 and value.terms[0][0] == Scalar(ONE):
        return Scalar(value.part("arg", value.terms[0][1]))
    if value.group.abelian:
        return FUNCTIONS["arg"].rule(value.trace())
    fail("E0305", "`arg` of a matrix, the angle of its determinant, takes one product of links", span)


def _defined(value: Value, what: str, span: Span) -> Value:
    """The value, unless it is known to be no real number: sqrt(-1), log(0)."""
    if isinstance(value, Scalar) and any(part.has(S.ImaginaryUnit, *NOT_FINITE) for part in (value.re, value.im)):
        fail("E0301", f"{what} is not defined here", span)
    return value


def _indexed_call(base: ast.Name, items: tuple[ast.Expr, ...], node: ast.Call, scope: Scope) -> Value:
    name = base.name
    if name in scope.lets:
        return _expand_let(scope.lets[name], items, tuple(a.value for a in node.arguments), node.span, scope)
    if name in scope.loops:
        loop = _as_let(scope.loops[name])
        return _expand_let(loop, items, tuple(a.value for a in node.arguments), node.span, scope)
    if name in scope.fields and is_link(scope.fields[name]):
        return _link(scope.fields[name], items, node, scope)
    if name in scope.fields:
        value = ast.Call(base, node.arguments, span=node.span)
        return _index(ast.Index(value, items, span=node.span), scope)
    if name in scope.data:
        return data_call(name, node, items, scope)
    close = suggest(name, (*scope.fields, *scope.lets))
    fail("E0201", f"unknown name `{name}`", base.span, helps=(f"did you mean `{close}`?",) if close else ())


def _link(field: Field, items: tuple[ast.Expr, ...], node: ast.Call, scope: Scope) -> MatrixValue:
    """`U[mu](x)`, and `U[-mu](x)` for the same link walked backwards, adj(U[mu](x - mu))."""
    if len(items) != 1 or len(node.arguments) != 1:
        fail("E0302", f"a link is written `{field.name}[mu](x)`", node.span)
    site, item = _site(node.arguments[0], scope), items[0]
    backward = isinstance(item, ast.Unary) and item.op == "-"
    axis = _axis(item.operand if isinstance(item, ast.Unary) else item, scope)
    if backward:
        return link_value(field, axis, site - Hat(axis)).adjoint()
    return link_value(field, axis, site)


def _axis(node: ast.Expr, scope: Scope) -> Expr:
    """A direction, as an index that a sum binds or a whole number."""
    index = ast.Index(node, (node,), span=node.span)
    return _single_index(index, scope, scope.lattice.ndim)


def _as_let(loop: ast.LoopDecl) -> ast.LetDecl:
    return ast.LetDecl(loop.name, loop.indices, (loop.site,), loop.body, span=loop.span)


def _index(node: ast.Index, scope: Scope) -> Value:
    base = node.base
    if isinstance(base, ast.Name) and base.name == "e" and "e" not in scope.bound:
        return _unit_vector(node, scope)
    if isinstance(base, ast.Name) and base.name in scope.parameters:
        return _table_entry(base, node, scope)
    if isinstance(base, ast.Name) and base.name in scope.lets:
        return _expand_let(scope.lets[base.name], node.items, (), node.span, scope)
    if isinstance(base, ast.Name) and base.name in scope.data and base.name not in scope.bound:
        return data_value(base.name, node.items, node.span, scope)
    if isinstance(base, ast.Name) and base.name in scope.indexed:
        return _indexed_field(base, node, scope)
    if isinstance(base, ast.Call) and isinstance(base.function, ast.Name) and base.function.name in scope.data:
        return data_call(base.function.name, base, node.items, scope)
    value = lower(base, scope)
    if not isinstance(value, VectorValue):
        parts = isinstance(value, Scalar) and not value.is_real
        helps = ("its parts are `re( ... )` and `im( ... )`",) if parts else ()
        fail("E0302", f"{describe(value)} has no components", node.span, helps=helps)
    index = _single_index(node, scope, len(value.components))
    if isinstance(index, Integer):
        return value.components[int(index)]
    entries = [component.re for component in value.components]
    if not all(isinstance(entry, FieldAt) for entry in entries):
        fail("E0301", "a bound index selects components of a field only", node.span, helps=("write `phi(x)[a]`",))
    return Scalar(FieldAt(entries[0].field, index, entries[0].site))


def _indexed_field(base: ast.Name, node: ast.Index, scope: Scope) -> Value:
    """`theta[k]`: the field at one value of its index."""
    declared = scope.indexed[base.name]
    index = _single_index(node, scope, declared.high + 1)
    low = (_bounds(index, scope) or (0, 0))[0]
    if low < declared.low:
        fail("E0303", f"index {low} is outside {declared.low}..{declared.high}", node.items[0].span)
    return field_value(scope.fields[base.name], Pin(index - declared.low))


def _holds_site(node: ast.Expr, scope: Scope) -> bool:
    """Whether an argument names a bound site rather than a coordinate."""
    return any(
        isinstance(child, ast.Name)
        and isinstance(scope.bound.get(child.name), SiteValue)
        or (isinstance(child, ast.Name) and is_binder_name(child.name) and child.name not in scope.bound)
        for child in walk(node)
    )


def _pin(node: ast.Call, scope: Scope) -> Expr:
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


def _single_index(node: ast.Index, scope: Scope, extent: int) -> Expr:
    if len(node.items) != 1:
        fail("E0302", f"one index is needed here, got {len(node.items)}", node.span)
    value = lower(node.items[0], scope)
    index = (
        value.axis
        if isinstance(value, DirectionValue)
        else value.re
        if isinstance(value, Scalar) and value.is_real
        else None
    )
    if index is None or (bounds := _bounds(index, scope)) is None:
        fail("E0301", "an index must be a bound index, a direction or a whole number", node.items[0].span)
    low, high = bounds
    if low < 0 or high >= extent:
        seen = f"{low}" if low == high else f"{low}..{high}"
        fail("E0303", f"index {seen} is outside 0..{extent - 1}", node.items[0].span)
    return index


def _bounds(index: Expr, scope: Scope) -> tuple[int, int] | None:
    """Smallest and largest value of a whole number, or of a bound index plus one; None for anything else."""
    step, rest = index.as_coeff_Add()
    if not isinstance(step, Integer):
        return None
    if rest == 0:
        return int(step), int(step)
    if not (isinstance(rest, Symbol) and rest.name in scope.ranges):
        return None
    low, high = scope.ranges[rest.name]
    return low + int(step), high + int(step)


def _unit_vector(node: ast.Index, scope: Scope) -> DirectionValue:
    index = _single_index(node, scope, scope.lattice.ndim)
    return DirectionValue(Hat(index), index)


def data_call(name: str, node: ast.Call, items: tuple[ast.Expr, ...], scope: Scope) -> Scalar:
    """`h(x)`, `J[mu](x)`, `h(x)[a]`, `h(0, 3)`: the site in round brackets, other indices in square ones."""
    pinned = len(node.arguments) == scope.lattice.ndim and not _holds_site(node.arguments[0].value, scope)
    site = _pin(node, scope) if pinned and node.arguments else None
    arguments = () if site is not None else tuple(a.value for a in node.arguments)
    return data_value(name, (*arguments, *items), node.span, scope, site)


def data_value(name: str, items: tuple[ast.Expr, ...], span: Span, scope: Scope, site: Expr | None = None) -> Scalar:
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
            index = _single_index(ast.Index(item, (item,), span=item.span), scope, extent)
            low = (_bounds(index, scope) or (0, 0))[0]
            if low < axis.low:
                fail("E0303", f"index {low} is outside {axis.low}..{extent - 1}", item.span)
            indices.append(index - axis.low)
    return Scalar(DataAt(data.symbol, Tuple(*indices), Tuple(*sites)))


def _table_entry(base: ast.Name, node: ast.Index, scope: Scope) -> Scalar:
    parameter = scope.parameters[base.name]
    if not isinstance(parameter.value, tuple):
        fail("E0302", f"`{base.name}` is a number and takes no index", node.span)
    return Scalar(TableEntry(parameter.symbol, _single_index(node, scope, len(parameter.value))))


def _expand_let(
    let: ast.LetDecl, items: tuple[ast.Expr, ...], arguments: tuple[ast.Expr, ...], span: Span, scope: Scope
) -> Value:
    name = let.name.name
    if name in scope.expanding:
        fail("E0202", f"`{name}` is defined by itself", let.name.span)
    if len(items) != len(let.indices) or len(arguments) != len(let.parameters):
        indices = f"[{', '.join(n.name for n in let.indices)}]" if let.indices else ""
        parameters = f"({', '.join(n.name for n in let.parameters)})" if let.parameters else ""
        fail("E0302", f"this does not fit its definition `{name}{indices}{parameters}`", span)
    inner = scope.only_globals()
    for parameter, argument in zip((*let.indices, *let.parameters), (*items, *arguments), strict=True):
        value = lower(argument, scope)
        if parameter in let.indices and DIRECTION_NAMES.fullmatch(parameter.name) and isinstance(value, Scalar):
            axis = _axis(argument, scope)
            value = DirectionValue(Hat(axis), axis)
        inner = inner.bind(parameter.name, value)
    return lower(let.body, inner.expanding_let(name))
