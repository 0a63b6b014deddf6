"""What a file that says only its action gets: standard observables."""

from sympy import Expr, Integer, Symbol, Tuple

from lqdsl.ir.nodes import Analysis, FieldAt, Reduction
from lqdsl.ir.theory import Correlator, Derived, Field, Observable
from lqdsl.semantics.scope import Scope

SHORTEST_FOR_MASS = 4
_SITE = Symbol("x", integer=True)


def standard_observables(scope: Scope) -> tuple[Observable, ...]:
    """For each field: <f^2>, <f^4> and the susceptibility of its mean, with components squared and summed, and its correlator."""
    observables = []
    for field in scope.fields.values():
        name, square = field.name, _square(field)
        magnetisation = sum((_over_sites("sum", value) ** 2 for value in _components(field)), Integer(0))
        observables += [
            Observable(f"{name}2", _over_sites("mean", square), field.span),
            Observable(f"{name}4", _over_sites("mean", square**2), field.span),
            Observable(f"chi_{name}", magnetisation / scope.lattice.volume, field.span),
            Observable(f"C_{name}", Correlator(_components(field), 0), field.span),
        ]
    return tuple(observables)


def standard_derived(scope: Scope) -> tuple[Derived, ...]:
    """The mass of each field from its standard correlator, where the lattice is long enough to tell one."""
    if scope.lattice.extents[0] < SHORTEST_FOR_MASS:
        return ()
    return tuple(
        Derived(f"m_{field.name}", Analysis(Symbol("pole_mass"), Symbol(f"C_{field.name}")), field.span)
        for field in scope.fields.values()
    )


def _components(field: Field) -> tuple[Expr, ...]:
    return tuple(FieldAt(field.symbol, c, _SITE) for c in range(field.kind.components))


def _square(field: Field) -> Expr:
    return sum((value**2 for value in _components(field)), Integer(0))


def _over_sites(operation: str, body: Expr) -> Expr:
    binder = Tuple(_SITE, Symbol("site"), Integer(0), Integer(0))
    return Reduction(Symbol(operation), body, Tuple(binder), Tuple())
