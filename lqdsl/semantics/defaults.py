"""What a file that says only its action gets: standard observables."""

from itertools import combinations

from sympy import Add, Expr, Integer, Symbol, Tuple, cos, pi, sin

from lqdsl.ir.kinds import Angle, Box, Complex, Group, Sphere
from lqdsl.ir.nodes import Analysis, FieldAt, Hat, LoopAt, Pin, Reduction
from lqdsl.ir.theory import Correlator, Derived, Field, Lattice, Observable
from lqdsl.ir.words import AT_SITE
from lqdsl.semantics.scope import IndexRange, Scope

SHORTEST_FOR_MASS = 4
LONGEST_LINE = 1024
"""Longer lines around one axis are measured where the file asks for them."""
_SITE = Symbol("x", integer=True)


def standard_observables(scope: Scope) -> tuple[Observable, ...]:
    """For each field: <f^2>, <f^4> and the susceptibility of its mean, with components squared and summed, and its
    correlator; for one that may be charged the correlator of |f|^2, or nothing for phases; for angles, boxes and spheres susceptibility and correlator; for links plaquette and topological charge, or the line around one axis."""
    if scope.lattice.is_index:
        return _indexed_observables(scope)
    observables = []
    for field in scope.fields.values():
        if _may_be_charged(field, scope) and not isinstance(field.kind, Complex):
            continue
        if isinstance(field.kind, Group) and not field.kind.link:
            observables.append(_neighbours(field, field.kind, scope.lattice))
            continue
        if isinstance(field.kind, Group):
            observables += _link_observables(field, field.kind, scope.lattice)
            continue
        if isinstance(field.kind, Angle | Box | Sphere):
            observables += _spin_observables(field, scope.lattice)
            continue
        name, square = field.name, _square(field)
        observables += [
            Observable(f"{name}2", _over_sites("mean", square), field.span),
            Observable(f"{name}4", _over_sites("mean", square**2), field.span),
        ]
        if _may_be_charged(field, scope):
            observables.append(Observable(f"C_{name}", Correlator((square,), 0), field.span))
            continue
        magnetisation = sum((_over_sites("sum", value) ** 2 for value in _components(field)), Integer(0))
        observables += [
            Observable(f"chi_{name}", magnetisation / scope.lattice.volume, field.span),
            Observable(f"C_{name}", Correlator(_components(field), 0), field.span),
        ]
    return tuple(observables)


def _neighbours(field: Field, group: Group, lattice: Lattice) -> Observable:
    """Mean of Re tr U(x)^dagger U(x + mu) / n over sites and directions."""

    def pair(axis: int) -> Expr:
        ends = ((_SITE, -1), (_SITE + Hat(axis), 1))
        word = Tuple(*(Tuple(field.symbol, Integer(AT_SITE), site, Integer(sign)) for site, sign in ends))
        return LoopAt(Symbol("re"), Symbol(group.family), group.n, word)

    total = Add(*(pair(axis) for axis in range(lattice.ndim))) / (group.n * lattice.ndim)
    return Observable(f"energy_{field.name}", _over_sites("mean", total), field.span)


def _spin_observables(field: Field, lattice: Lattice) -> list[Observable]:
    """Susceptibility and correlator of the unit vector, (cos, sin) for an angle and for each coordinate in a box."""
    spin = _components(field)
    if field.kind.circle:
        spin = tuple(f(turn) for turn in _turns(field, spin) for f in (cos, sin))
    magnetisation = sum((_over_sites("sum", value) ** 2 for value in spin), Integer(0))
    return [
        Observable(f"chi_{field.name}", magnetisation / lattice.volume, field.span),
        Observable(f"C_{field.name}", Correlator(spin, 0), field.span),
    ]


def _turns(field: Field, coordinates: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """Coordinates that go around as angles."""
    lengths = field.kind.lengths if isinstance(field.kind, Box) else (2 * pi,)
    return tuple(2 * pi * value / length for value, length in zip(coordinates, lengths, strict=True))


def _may_be_charged(field: Field, scope: Scope) -> bool:
    """Whether only |f| is sure to be gauge invariant."""
    kind = field.kind
    has_phase = isinstance(kind, Complex | Angle) or (isinstance(kind, Group) and kind.abelian and not kind.on_links)
    links = (other.kind for other in scope.fields.values() if other.kind.on_links)
    return has_phase and any(isinstance(link, Group) and link.abelian for link in links)


def _indexed_observables(scope: Scope) -> tuple[Observable, ...]:
    """Means over the index of f^2, of the cosine of angles; of points of a box the structure factor at the longest waves; of unit
    vectors and matrices |sum f|^2 over their number, or the first component, or the trace, of a single one."""
    observables = []
    for field in scope.fields.values():
        declared, angle = scope.indexed[field.name], isinstance(field.kind, Angle)
        if isinstance(field.kind, Group):
            observables.append(_indexed_matrices(field, field.kind, declared, scope.lattice))
            continue
        symbol = Symbol(declared.name, integer=True)
        parts = [FieldAt(field.symbol, c, Pin(symbol - declared.low)) for c in range(field.kind.components)]
        binder = Tuple(symbol, Symbol("index"), Integer(declared.low), Integer(declared.high))
        if isinstance(field.kind, Box):
            waves = [f(turn) for turn in _turns(field, tuple(parts)) for f in (cos, sin)]
            sums = (Reduction(Symbol("sum"), wave, Tuple(binder), Tuple()) for wave in waves)
            factor = Add(*(total**2 for total in sums)) / (scope.lattice.volume * field.kind.components)
            observables.append(Observable(f"S_{field.name}", factor, field.span))
            continue
        if isinstance(field.kind, Sphere) and scope.lattice.volume > 1:
            sums = (Reduction(Symbol("sum"), part, Tuple(binder), Tuple()) for part in parts)
            squared = Add(*(total**2 for total in sums)) / scope.lattice.volume
            observables.append(Observable(f"chi_{field.name}", squared, field.span))
            continue
        if isinstance(field.kind, Sphere):
            observables.append(
                Observable(f"{field.name}_0", parts[0].xreplace({symbol: Integer(declared.low)}), field.span)
            )
            continue
        value = cos(parts[0]) if angle else sum((part**2 for part in parts), Integer(0))
        name = f"cos_{field.name}" if angle else f"{field.name}2"
        observables.append(Observable(name, Reduction(Symbol("mean"), value, Tuple(binder), Tuple()), field.span))
    return tuple(observables)


def _indexed_matrices(field: Field, group: Group, declared: IndexRange, lattice: Lattice) -> Observable:
    """Re tr(M M^dagger) / (n volume) of the sum M of all matrices, or Re tr / n of a single one."""

    def trace(*factors: tuple[Expr, int]) -> Expr:
        word = (Tuple(field.symbol, Integer(AT_SITE), Pin(place), Integer(sign)) for place, sign in factors)
        return LoopAt(Symbol("re"), Symbol(group.family), group.n, Tuple(*word)) / group.n

    if lattice.volume == 1:
        return Observable(f"{field.name}_0", trace((Integer(0), 1)), field.span)
    ends = [Symbol(f"{declared.name}{n}", integer=True) for n in (1, 2)]
    binders = (Tuple(end, Symbol("index"), Integer(declared.low), Integer(declared.high)) for end in ends)
    pair = trace(*((end - declared.low, sign) for end, sign in zip(ends, (1, -1), strict=True)))
    squared = Reduction(Symbol("sum"), pair, Tuple(*binders), Tuple()) / lattice.volume
    return Observable(f"chi_{field.name}", squared, field.span)


def standard_derived(scope: Scope) -> tuple[Derived, ...]:
    """The mass of each field from its standard correlator, where the lattice is long enough to tell one."""
    if scope.lattice.is_index or scope.lattice.extents[0] < SHORTEST_FOR_MASS:
        return ()
    return tuple(
        Derived(f"m_{field.name}", Analysis(Symbol("pole_mass"), Symbol(f"C_{field.name}")), field.span)
        for field in scope.fields.values()
        if not isinstance(field.kind, Group) and not (isinstance(field.kind, Angle) and _may_be_charged(field, scope))
    )


def _link_observables(field: Field, group: Group, lattice: Lattice) -> list[Observable]:
    """The mean plaquette, Re tr P / n; on two axes also the topological charge of U(n), the sum of arg det P / 2 pi. On one
    axis the line around it, Re tr L / n."""

    def part(name: str, path: Tuple) -> Expr:
        return LoopAt(Symbol(name), Symbol(group.family), group.n, path)

    planes = [_plaquette(field, mu, nu) for mu, nu in combinations(range(lattice.ndim), 2)]
    if not planes and lattice.extents[0] > LONGEST_LINE:
        return []
    if not planes:
        line = part("re", _line(field, lattice.extents[0])) / group.n
        return [Observable(f"line_{field.name}", _over_sites("mean", line), field.span)]

    mean = _over_sites("mean", Add(*(part("re", plane) for plane in planes)) / (group.n * len(planes)))
    result = [Observable(f"plaquette_{field.name}", mean, field.span)]
    if group.family == "U" and len(planes) == 1:
        charge = _over_sites("sum", part("arg", planes[0])) / (2 * pi)
        result += [Observable(f"Q_{field.name}", charge, field.span)]
        result += [Observable(f"chi_Q_{field.name}", charge**2 / lattice.volume, field.span)]
    return result


def _plaquette(field: Field, mu: int, nu: int) -> Tuple:
    path = ((mu, _SITE, 1), (nu, _SITE + Hat(mu), 1), (mu, _SITE + Hat(nu), -1), (nu, _SITE, -1))
    return Tuple(*(Tuple(field.symbol, Integer(axis), site, Integer(sign)) for axis, site, sign in path))


def _line(field: Field, extent: int) -> Tuple:
    """Once around axis 0."""
    sites = (_SITE + count * Hat(0) for count in range(extent))
    return Tuple(*(Tuple(field.symbol, Integer(0), site, Integer(1)) for site in sites))


def _components(field: Field) -> tuple[Expr, ...]:
    return tuple(FieldAt(field.symbol, c, _SITE) for c in range(field.kind.components))


def _square(field: Field) -> Expr:
    return sum((value**2 for value in _components(field)), Integer(0))


def _over_sites(operation: str, body: Expr) -> Expr:
    binder = Tuple(_SITE, Symbol("site"), Integer(0), Integer(0))
    return Reduction(Symbol(operation), body, Tuple(binder), Tuple())
