"""`sum[x, mu < nu](body)`: which variables the brackets bind, over what, under which conditions."""

from functools import reduce
from itertools import product

from sympy import Eq, Expr, Ge, Gt, Integer, Le, Lt, Ne, Rational, S, Symbol, Tuple

from lqdsl.diagnostics import Span
from lqdsl.ir.nodes import Hat, Reduction
from lqdsl.semantics.constants import integer
from lqdsl.semantics.errors import fail
from lqdsl.semantics.scope import DIRECTION_NAMES, SITE_NAMES, IndexRange, Lower, Scope, is_binder_name
from lqdsl.semantics.values import DirectionValue, MatrixValue, Scalar, SiteValue, Value, VectorValue, describe
from lqdsl.syntax import ast
from lqdsl.syntax.walk import walk

_RELATIONS = {"<": Lt, "<=": Le, ">": Gt, ">=": Ge, "==": Eq, "!=": Ne}
_LARGEST_RANGE = 4096


def reduction(node: ast.Reduce, scope: Scope, lower: Lower) -> Value:
    """The sum, mean or product; errors E0202, E0301, E0303, E0304."""
    binders: list[Tuple] = []
    conditions: list[Expr] = []
    for item in node.binders:
        scope = _bind(item, scope, binders, conditions, lower)
    value = lower(node.body, scope)
    if isinstance(value, MatrixValue):
        return _matrices(value, node, binders, conditions)
    arguments = (Symbol(node.kind), Tuple(*binders), Tuple(*conditions))
    if isinstance(value, VectorValue) and node.kind != "prod":
        return VectorValue(tuple(_reduce(component, *arguments) for component in value.components))
    if not isinstance(value, Scalar):
        fail("E0301", f"the body of `{node.kind}` must be a number, this is {describe(value)}", node.body.span)
    if node.kind == "prod" and (not value.is_real or any(binder[1].name == "site" for binder in binders)):
        fail("E0901", "products run over real numbers and over directions or indices", node.span)
    return _reduce(value, *arguments)


def _matrices(value: MatrixValue, node: ast.Reduce, binders: list[Tuple], conditions: list[Expr]) -> MatrixValue:
    """An ordered product, a sum or a mean of matrices over ranges that are known here."""
    help_ = "take the trace inside: `sum[mu]( tr( ... ) )`"
    if any(binder[1].name == "site" for binder in binders):
        fail("E0305", f"`{node.kind}` of matrices over sites is no number", node.span, helps=(help_,))
    ranges = [range(int(binder[2]), int(binder[3]) + 1) for binder in binders]
    matrices = []
    for values in product(*ranges):
        assignment = {binder[0]: Integer(number) for binder, number in zip(binders, values, strict=True)}
        kept = [condition.xreplace(assignment) for condition in conditions]
        if any(condition not in (S.true, S.false) for condition in kept):
            what = "multiplied in order" if node.kind == "prod" else "added up"
            helps = ("give the range as numbers, `prod[j = 0..3]( ... )`",) if node.kind == "prod" else (help_,)
            fail(
                "E0305", f"matrices are not {what} over a range that another name decides about", node.span, helps=helps
            )
        if all(kept):
            matrices.append(_assigned(value, assignment))
    if not matrices:
        fail("E0303", f"this `{node.kind}` of matrices is empty", node.span)
    if node.kind == "prod":
        return reduce(lambda a, b: a * b, matrices)
    total = reduce(lambda a, b: a + b, matrices)
    return total.scaled(Scalar(Rational(1, len(matrices)))) if node.kind == "mean" else total


def _assigned(value: MatrixValue, assignment: dict[Symbol, Integer]) -> MatrixValue:
    terms = (
        (Scalar(number.re.xreplace(assignment), number.im.xreplace(assignment)), word.xreplace(assignment))
        for number, word in value.terms
    )
    return MatrixValue(value.group, tuple(terms))


def _reduce(value: Scalar, operation: Symbol, binders: Tuple, conditions: Tuple) -> Scalar:
    def one(body: Expr) -> Expr:
        return S.Zero if body == 0 and operation.name != "prod" else Reduction(operation, body, binders, conditions)

    return Scalar(one(value.re), S.Zero if operation.name == "prod" else one(value.im))


def _by_comparison(name: ast.Name, bounds: ast.Range) -> tuple[str, ...]:
    """How a range that ends at an index is written."""
    low, high = bounds.low, bounds.high
    if isinstance(high, ast.Name):
        return (f"`sum[{name.name} <= {high.name}]( ... )` runs over the range of `{high.name}` up to it",)
    if isinstance(low, ast.Name):
        return (f"`sum[{name.name} >= {low.name}]( ... )` runs over the range of `{low.name}` from it on",)
    return ()


def _bound(node: ast.Expr, scope: Scope, lower: Lower, helps: tuple[str, ...]) -> int:
    """An end of a range: a whole number, also by indices of a loop that are known."""
    if any(isinstance(child, ast.Name) and child.name in scope.bound for child in walk(node)):
        value = lower(node, scope)
        if isinstance(value, Scalar) and value.is_real and isinstance(value.re, Integer):
            return int(value.re)
        fail("E0302", "the end of a range is a whole number", node.span, helps=helps)
    return integer(node, scope.parameters, "a bound")


def _bind(item: ast.Expr, scope: Scope, binders: list[Tuple], conditions: list[Expr], lower: Lower) -> Scope:
    match item:
        case ast.Name():
            if item.name in scope.bound:
                fail(
                    "E0202",
                    f"`{item.name}` is bound already",
                    item.span,
                    helps=("sums inside sums need names of their own",),
                )
            return _introduce(item, scope, binders)
        case ast.Bounded(name=name, range=bounds):
            low, high = (_bound(end, scope, lower, _by_comparison(name, bounds)) for end in (bounds.low, bounds.high))
            return _index(name, low, high, bounds.span, scope, binders)
        case ast.Compare(operands=operands, ops=ops):
            for operand in operands:
                if (
                    isinstance(operand, ast.Name)
                    and operand.name not in scope.bound
                    and operand.name not in scope.parameters
                ):
                    scope = _introduce(operand, scope, binders, _partner(operands, scope))
            sides = [_side(operand, scope) for operand in operands]
            for op, left, right in zip(ops, sides[:-1], sides[1:], strict=True):
                conditions.append(_RELATIONS[op](left, right))
            return scope
    fail(
        "E0304",
        "a sum binds names and comparisons of names",
        item.span,
        helps=("for example `sum[x, mu < nu]( ... )`",),
    )


def _partner(operands: tuple[ast.Expr, ...], scope: Scope) -> IndexRange | None:
    """The index that a comparison names: `sum[j <= k]` lets j run over the range of k."""
    for operand in operands:
        if isinstance(operand, ast.Name) and operand.name in scope.indices:
            return scope.indices[operand.name]
        value = scope.bound.get(operand.name) if isinstance(operand, ast.Name) else None
        if isinstance(value, Scalar) and isinstance(value.re, Symbol) and value.re.name in scope.ranges:
            return IndexRange(value.re.name, *scope.ranges[value.re.name], operand.span)
    return None


def _introduce(name: ast.Name, scope: Scope, binders: list[Tuple], partner: IndexRange | None = None) -> Scope:
    if name.name in scope.indices:
        declared = scope.indices[name.name]
        return _index(name, declared.low, declared.high, declared.span, scope, binders)
    no_lattice = scope.lattice.is_index
    if partner is not None and (no_lattice or not is_binder_name(name.name)):
        return _index(name, partner.low, partner.high, partner.span, scope, binders)
    if no_lattice and is_binder_name(name.name):
        fail(
            "E0304", f"`{name.name}` runs over a lattice, and the theory has none", name.span, helps=("bind an index",)
        )
    symbol = scope.fresh(name.name)
    if SITE_NAMES.fullmatch(name.name):
        binders.append(Tuple(symbol, Symbol("site"), Integer(0), Integer(0)))
        return scope.inside(name.name, symbol, SiteValue(symbol), None)
    if DIRECTION_NAMES.fullmatch(name.name):
        last = scope.lattice.ndim - 1
        binders.append(Tuple(symbol, Symbol("direction"), Integer(0), Integer(last)))
        return scope.inside(name.name, symbol, DirectionValue(Hat(symbol), symbol), (0, last))
    fail(
        "E0304",
        f"`{name.name}` is neither a site, a direction nor a declared index",
        name.span,
        notes=("sites are x, y, z; directions are mu, nu, rho, sigma, kappa, eta, tau; digits may follow",),
        helps=(f"declare it: `index {name.name} = 0..3`",),
    )


def _index(name: ast.Name, low: int, high: int, span: Span, scope: Scope, binders: list[Tuple]) -> Scope:
    if name.name in scope.bound:
        fail("E0202", f"`{name.name}` is bound already", name.span, helps=("sums inside sums need names of their own",))
    if high - low >= _LARGEST_RANGE:
        fail("E0303", f"a range of {high - low + 1} values is too long, {_LARGEST_RANGE} are possible", span)
    symbol = scope.fresh(name.name)
    binders.append(Tuple(symbol, Symbol("index"), Integer(low), Integer(high)))
    return scope.inside(name.name, symbol, Scalar(symbol), (low, high))


def _side(node: ast.Expr, scope: Scope) -> Expr:
    if isinstance(node, ast.Name) and node.name in scope.bound:
        match scope.bound[node.name]:
            case DirectionValue(axis=Expr() as axis):
                return axis
            case Scalar(re=re) if re.is_integer:
                return re
            case _:
                fail(
                    "E0301",
                    "conditions compare directions, indices and whole numbers",
                    node.span,
                    helps=("for pairs of different sites subtract the equal ones: `sum[x, y]( ... ) - sum[x]( ... )`",)
                    if isinstance(scope.bound[node.name], SiteValue)
                    else (),
                )
    return Integer(integer(node, scope.parameters, "a bound"))
