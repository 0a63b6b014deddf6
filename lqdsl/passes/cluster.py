"""Actions of embedded Ising form, in which reflections of clusters of spins are an exact update.

S = - sum_x sum_o J_o(x) s(x).s(x + o) + R, where R does not change when any single spin goes over into its reflection
s - 2 (s.r) r. Then S depends on the signs of s.r as an Ising model with couplings J (s.r)(s'.r). U. Wolff, Phys. Rev. Lett.
62 (1989) 361; for fields of variable length R. C. Brower and P. Tamayo, Phys. Rev. Lett. 62 (1989) 1087.
"""

from sympy import Add, Expr, Mul, S

from lqdsl.ir.compiled import Action, Pairs
from lqdsl.ir.nodes import Shifted, derivative, translate
from lqdsl.ir.printing import notation, place
from lqdsl.ir.theory import Field, Lattice, Theory
from lqdsl.ir.words import Offset
from lqdsl.passes.bonds import Broken, NoPairs, derive_bonds, located
from lqdsl.passes.conditional import site_action
from lqdsl.passes.expand import wrap
from lqdsl.passes.normal import canonical_density, expand_deeply
from lqdsl.passes.size import LARGEST_PRODUCT, largest_work
from lqdsl.passes.spins import NoVector, as_vectors, vector_field

Couplings = dict[Offset, Expr]


def cluster_forms(theory: Theory, action: Action, asked: bool = True) -> dict[str, Pairs | NoPairs]:
    """Of each field its couplings, or why there are none, with the guilty term where that is `asked` for."""
    found: dict[str, Pairs | NoPairs] = {}
    for field in theory.fields:
        try:
            found[field.name] = derive_pairs(theory, action, field)
        except NoPairs as obstacle:
            look = asked and isinstance(obstacle, Broken)
            found[field.name] = located(theory, action, field) if look else obstacle
    return found


def derive_pairs(theory: Theory, action: Action, field: Field) -> Pairs:
    """The couplings J of one field; raises NoPairs."""
    lattice = theory.lattice
    try:
        vector_field(field)
    except NoVector as error:
        raise NoPairs(str(error)) from None
    if action.density is None:
        return derive_bonds(theory, action, field)
    couplings = _of_form(action.density, field, lattice)
    if couplings is None:
        raise Broken(field)
    if not couplings:
        raise NoPairs(f"no two `{field.name}` meet in it")
    return Pairs(tuple(couplings.items()), _words(couplings, theory))


def _words(couplings: Couplings, theory: Theory) -> str:
    """The form in a line, offsets with the same coupling together."""
    places: dict[Expr, list[str]] = {}
    for offset, coupling in couplings.items():
        places.setdefault(coupling, []).append(place(offset))
    listed = (f"{notation(j, theory.fields)} for y = {', '.join(at)}" for j, at in places.items())
    return f"S = -sum[x]( J s(x).s(y) ) + (what no reflection of one spin changes), J = {'; '.join(listed)}"


def _of_form(density: Expr, field: Field, lattice: Lattice) -> Couplings | None:
    """J by offset, or None."""
    try:
        typed = as_vectors(density, field)
    except NoVector:
        return None
    if largest_work(typed) > LARGEST_PRODUCT:
        return None
    vectors = expand_deeply(typed)
    spins = vector_field(field)
    couplings = _couplings(vectors, spins, lattice)
    components = range(spins.kind.components)
    products = {
        offset: sum(_at(spins, c, (0,) * lattice.ndim) * _at(spins, c, offset) for c in components)
        for offset in couplings
    }
    rest = canonical_density(vectors + Add(*(j * products[offset] for offset, j in couplings.items())))
    local = expand_deeply(site_action(rest, spins, lattice))
    return couplings if _invariant(local, spins, lattice) else None


def _couplings(density: Expr, spins: Field, lattice: Lattice) -> Couplings:
    """-1 times the factor of s_0(x) s_0(x + o), each pair once: o or -o, whichever is positive."""
    found: Couplings = {}
    for term in Add.make_args(density):
        own: list[Expr] = []
        rest: list[Expr] = []
        for factor in Mul.make_args(term):
            (own if any(a.field == spins.name for a in factor.atoms(Shifted)) else rest).append(factor)
        if len(own) != 2 or not all(isinstance(f, Shifted) and f.component == 0 for f in own):
            continue
        first, second = (factor.offset for factor in own)
        sign, offset = wrap(_minus(second, first), lattice)
        if offset < (0,) * lattice.ndim:
            first = second
            sign, offset = wrap(_minus(own[0].offset, second), lattice)
        if any(offset):
            coupling = translate(Mul(*rest), _minus((0,) * lattice.ndim, first))
            found[offset] = found.get(offset, S.Zero) - sign * coupling
    return {offset: j for offset in sorted(found, reverse=True) if (j := expand_deeply(found[offset])) != 0}


def _minus(a: Offset, b: Offset) -> Offset:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _at(spins: Field, component: int, offset: Offset) -> Shifted:
    return Shifted(spins.symbol, component, offset)


def _invariant(local: Expr, spins: Field, lattice: Lattice) -> bool:
    """Whether V(s(x)) is the same for all rotations and reflections of s(x): generators of O(n) in the planes of
    component 0, whose commutators are the others, and one reflection."""
    s = [_at(spins, c, (0,) * lattice.ndim) for c in range(spins.kind.components)]
    if expand_deeply(local.xreplace({s[0]: -s[0]}) - local) != 0:
        return False
    slopes = [derivative(local, part) for part in s]
    return all(expand_deeply(slopes[c] * s[0] - slopes[0] * s[c]) == 0 for c in range(1, len(s)))
