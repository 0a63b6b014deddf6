"""Observables, correlators, and quantities derived from their expectation values."""

from itertools import product

from sympy import E, Expr, Integer, Rational, S, Symbol, exp, log, sqrt
from sympy import pi as sympy_pi

from lqdsl.diagnostics import Span, suggest
from lqdsl.ir.nodes import Analysis, Moment
from lqdsl.ir.theory import Correlator, Derived, Observable, Term
from lqdsl.semantics.arithmetic import arithmetic
from lqdsl.semantics.constants import integer, literal
from lqdsl.semantics.errors import fail
from lqdsl.semantics.fields import field_value, is_link
from lqdsl.semantics.functions import defined
from lqdsl.semantics.lower import lower
from lqdsl.semantics.lower import number as number_of
from lqdsl.semantics.scope import Scope
from lqdsl.semantics.summands import summands
from lqdsl.semantics.values import Scalar, SiteValue, VectorValue, as_number, describe
from lqdsl.syntax import ast
from lqdsl.syntax.walk import walk

CORRELATOR_FUNCTIONS = ("pole_mass", "effective_mass", "second_moment_mass")
MOMENT_FUNCTIONS = ("mean", "variance", "susceptibility", "binder", "free_energy_difference")
LARGEST_FAMILY = 4096
_PLAIN_FUNCTIONS = {"sqrt": sqrt, "exp": exp, "log": log}


def observable(node: ast.ObservableDecl, scope: Scope) -> tuple[Observable, ...]:
    """Numbers or correlators, one for each value of the indices: `W[R, T]` makes W_1_1, W_1_2, ... Errors E0301, E0302."""
    family = _assignments(node.indices, scope)
    return tuple(_observable(node, member(node.name.name, values), inner) for values, inner in family)


def member(name: str, values: tuple[int, ...]) -> str:
    """Name of one member of a family: W_1_2."""
    return "_".join((name, *(str(value).replace("-", "m") for value in values)))


def _assignments(indices: tuple[ast.Name, ...], scope: Scope) -> list[tuple[tuple[int, ...], Scope]]:
    ranges = []
    for index in indices:
        if index.name not in scope.indices:
            helps = (f"declare it: `index {index.name} = 1..3`",)
            fail("E0304", f"`{index.name}` is not a declared index", index.span, helps=helps)
        ranges.append(range(scope.indices[index.name].low, scope.indices[index.name].high + 1))
    result: list[tuple[tuple[int, ...], Scope]] = []
    for values in product(*ranges):
        if len(result) >= LARGEST_FAMILY:
            fail("E0303", f"a family has at most {LARGEST_FAMILY} members", indices[0].span)
        inner = scope
        for index, value in zip(indices, values, strict=True):
            inner = inner.bind(index.name, Scalar(Integer(value)))
        result.append((values, inner))
    return result


def _observable(node: ast.ObservableDecl, name: str, scope: Scope) -> Observable:
    body = node.body
    if isinstance(body, ast.Call) and isinstance(body.function, ast.Name) and body.function.name == "correlator":
        return Observable(name, _correlator(body, scope), node.span)
    value = as_number(lower(body, scope))
    if not isinstance(value, Scalar):
        fail("E0301", f"an observable is a number, this is {describe(value)}", body.span)
    if not value.is_real:
        fail("E0301", "an observable must be real", body.span, helps=("take `re( ... )` or `im( ... )`",))
    parts = summands(body, coefficients=True)
    terms = [(as_number(lower(part, scope)), part.span) for part in parts] if len(parts) > 1 else []
    found = tuple(Term(term.re, term.im, span) for term, span in terms if isinstance(term, Scalar))
    return Observable(name, value.re, node.span, found)


def _correlator(node: ast.Call, scope: Scope) -> Correlator:
    axis, place, operators = 0, node.span, []
    for argument in node.arguments:
        if argument.name is None:
            operators.append(argument.value)
        elif argument.name.name == "axis":
            axis, place = integer(argument.value, scope.parameters, "an axis"), argument.value.span
        else:
            fail(
                "E0302",
                f"`correlator` has no option `{argument.name.name}`",
                argument.span,
                helps=("write `correlator(phi, axis = 0)`",),
            )
    if len(operators) != 1:
        fail("E0302", "`correlator` takes one field or local operator", node.span)
    if not 0 <= axis < scope.lattice.ndim:
        fail("E0303", f"there is no axis {axis}, axes are 0..{scope.lattice.ndim - 1}", place)
    site = Symbol("x", integer=True)
    operator = operators[0]
    if isinstance(operator, ast.Name) and operator.name in scope.fields and not is_link(scope.fields[operator.name]):
        value = as_number(field_value(scope.fields[operator.name], site))
    else:
        inner = scope.inside("x", site, SiteValue(site), None)
        value = as_number(lower(operator, inner))
    if not isinstance(value, Scalar | VectorValue):
        fail("E0301", f"a local operator is a number at a site, this is {describe(value)}", operator.span)
    components = value.components if isinstance(value, VectorValue) else (value,)
    parts = [part for component in components for part in (component.re, component.im) if part != 0]
    return Correlator(tuple(parts), axis)


def derived(
    node: ast.DerivedDecl, observables: dict[str, Observable], earlier: dict[str, Expr], scope: Scope
) -> tuple[Derived, ...]:
    """Functions of expectation values and of `earlier` derived quantities, one for each value of the indices.

    Errors E0201, E0301, E0302.
    """
    reweighted = any(isinstance(n, ast.Name) and n.name == "free_energy_difference" for n in walk(node.body))
    family = []
    for values, inner in _assignments(node.indices, scope):
        expression = _expression(node.body, observables, earlier, inner)
        family.append(Derived(member(node.name.name, values), expression, node.span, reweighted))
    if not any(quantity.expression.has(Moment, Analysis) for quantity in family):
        fail("E0301", f"`{node.name.name}` does not depend on any observable", node.span)
    return tuple(family)


def _expression(node: ast.Expr, observables: dict[str, Observable], earlier: dict[str, Expr], scope: Scope) -> Expr:
    def inner(child: ast.Expr) -> Expr:
        return _expression(child, observables, earlier, scope)

    match node:
        case ast.Number():
            number = literal(node)
            return Integer(number) if isinstance(number, int) else Rational(number.numerator, number.denominator)
        case ast.Unary(op=op, operand=operand):
            return -inner(operand) if op == "-" else inner(operand)
        case ast.Binary():
            return arithmetic(node, inner, quotient=_quotient, power=_power)
        case ast.Name(name="pi"):
            return sympy_pi
        case ast.Name(name="e"):
            return E
        case ast.Name(name="volume"):
            return Integer(scope.lattice.volume)
        case ast.Name(name=name) if name in scope.parameters and not scope.parameters[name].is_table:
            return scope.parameters[name].expression
        case ast.Name(name=name) if name in scope.bound:
            return number_of(node, scope).re
        case ast.Name(name=name) if name in earlier:
            return earlier[name]
        case ast.Index(base=ast.Name(name=name)) if name in scope.parameters:
            return number_of(node, scope).re
        case ast.Index(base=ast.Name()):
            name = _member_name(node, (*observables, *earlier), scope)
            return earlier[name] if name in earlier else Moment(Symbol(_scalar(node, observables, scope)), 1)
        case ast.Name():
            return Moment(Symbol(_scalar(node, observables, scope)), 1)
        case ast.Call(function=ast.Name(name=name), arguments=arguments) if all(a.name is None for a in arguments):
            if name in _PLAIN_FUNCTIONS and len(arguments) == 1:
                return _defined(_PLAIN_FUNCTIONS[name](inner(arguments[0].value)), f"`{name}`", node.span)
            return _estimator(node, name, observables, scope)
    fail("E0301", "this cannot stand in a derived quantity", node.span)


def _quotient(node: ast.Binary, left: Expr, right: Expr) -> Expr:
    if right == 0:
        fail("E0301", "division by zero", node.span)
    return left / right


def _power(node: ast.Binary, left: Expr, right: Expr) -> Expr:
    if left == 0 and right.is_negative:
        fail("E0301", "division by zero", node.span)
    return _defined(left**right, "this power", node.span)


def _defined(value: Expr, what: str, span: Span) -> Expr:
    defined(Scalar(value), what, span)
    return value


def _member_name(node: ast.Index, known: tuple[str, ...], scope: Scope) -> str:
    """The member of a family that `W[R, T]` names."""
    assert isinstance(node.base, ast.Name)
    values = []
    for item in node.items:
        value = number_of(item, scope).re
        if not isinstance(value, Integer):
            fail("E0301", "a member of a family is named by whole numbers", item.span)
        values.append(int(value))
    name = member(node.base.name, tuple(values))
    if name not in known:
        shown = f"{node.base.name}[{', '.join(map(str, values))}]"
        fail("E0201", f"there is no observable `{shown}`", node.span, helps=("widen the range of its index",))
    return name


def _scalar(node: ast.Expr, observables: dict[str, Observable], scope: Scope) -> str:
    name = _named(node, observables, scope)
    if isinstance(observables[name].body, Correlator):
        fail(
            "E0301",
            f"`{name}` is a correlator; a number is needed here",
            node.span,
            helps=(f"for example `pole_mass({name})`",),
        )
    return name


def _named(node: ast.Expr, observables: dict[str, Observable], scope: Scope) -> str:
    if isinstance(node, ast.Index) and isinstance(node.base, ast.Name):
        return _member_name(node, tuple(observables), scope)
    if not isinstance(node, ast.Name):
        fail("E0301", "the name of an observable is needed here", node.span)
    if node.name not in observables:
        close = suggest(node.name, tuple(observables))
        fail(
            "E0201",
            f"unknown observable `{node.name}`",
            node.span,
            helps=(f"did you mean `{close}`?",) if close else (),
        )
    return node.name


def _estimator(node: ast.Call, name: str, observables: dict[str, Observable], scope: Scope) -> Expr:
    known = (*CORRELATOR_FUNCTIONS, *MOMENT_FUNCTIONS, *_PLAIN_FUNCTIONS)
    if name not in known:
        close = suggest(name, known)
        fail(
            "E0201",
            f"unknown estimator `{name}`",
            node.function.span,
            helps=(f"did you mean `{close}`?",) if close else (),
            notes=("known are " + ", ".join(known),),
        )
    if len(node.arguments) != 1:
        fail("E0302", f"`{name}` takes one observable", node.span)
    argument = node.arguments[0].value
    if name in CORRELATOR_FUNCTIONS:
        target = _named(argument, observables, scope)
        if not isinstance(observables[target].body, Correlator):
            fail("E0301", f"`{name}` takes a correlator, `{target}` is a number", argument.span)
        return Analysis(Symbol(name), Symbol(target))
    target_symbol = Symbol(_scalar(argument, observables, scope))
    first, second = Moment(target_symbol, 1), Moment(target_symbol, 2)
    match name:
        case "mean":
            return first
        case "variance":
            return second - first**2
        case "free_energy_difference":
            return -log(first / (1 - first))
        case "susceptibility":
            return scope.lattice.volume * (second - first**2)
    return S.One - Moment(target_symbol, 4) / (3 * second**2)
