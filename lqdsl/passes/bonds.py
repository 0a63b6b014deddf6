"""Couplings of pairs of spins in actions that are not one sum over sites: at given sites, at values of an index, in products
of sums.

S = - sum_x sum_o J_o(x) s(x).s(x + o) - sum_b J_b s(y_b).s(z_b) + R, where R does not change when any single spin goes over
into its reflection (`lqdsl.passes.cluster`). A mean field, -J (sum_x s(x)).(sum_y s(y)) / V, has a bond for every two sites.
"""

from collections.abc import Iterable
from dataclasses import replace

from sympy import Add, Expr, Mul, Pow, S

from lqdsl.diagnostics import Span
from lqdsl.ir.bonds import Bonds, RowPairs, RowWeights, Site, SitePairs, SiteWeights, StarPairs, SumPairs, Weights
from lqdsl.ir.compiled import Action, Pairs
from lqdsl.ir.nodes import Pinned, Shifted, SiteSum, translate
from lqdsl.ir.printing import notation, place
from lqdsl.ir.rows import Rowed, RowSum
from lqdsl.ir.theory import Field, Lattice, Theory
from lqdsl.ir.words import Offset
from lqdsl.passes.conditional import nearest
from lqdsl.passes.expand import wrap
from lqdsl.passes.normal import expand_deeply, normal_form
from lqdsl.passes.single_spin import Changes, changes, is_own
from lqdsl.passes.size import LARGEST_PRODUCT, largest_work
from lqdsl.passes.spins import PLACED, NoVector, as_vectors, component, vector_field

LARGEST_BONDS = 200_000
"""Bonds that are listed one by one: every update draws a number for each of them in every chain."""
_FEW_WORDS = 3
Couplings = dict[Offset, Expr]


class NoPairs(Exception):
    """The action is not of the form; `reason` in words, `span` of the term that breaks it, and what that is."""

    def __init__(self, reason: str, span: Span | None = None, label: str = "this is not a sum of J s(x).s(y)") -> None:
        super().__init__(reason)
        self.reason, self.span, self.label = reason, span, label


class Broken(NoPairs):
    """A reflection changes the action beside its pairs; `located` finds out where."""

    def __init__(self, field: Field) -> None:
        super().__init__(f"a reflection of one `{field.name}` changes the action in another way")


class _TooLong(NoVector):
    """Something that is not written out in components, which would take minutes."""


def derive_bonds(theory: Theory, action: Action, field: Field) -> Pairs:
    """The couplings J of one field; raises NoPairs."""
    form = _Form(field, theory.lattice)
    try:
        vectors = form.polynomial(action.total)
    except NoVector:
        raise Broken(field) from None
    if form.broken(vectors):
        raise Broken(field)
    couplings, bonds = form.collected(vectors)
    if not couplings and not bonds:
        raise NoPairs(f"no two `{field.name}` meet in it")
    _check_number(theory, action, form, bonds)
    return Pairs(tuple(couplings.items()), _words(couplings, bonds, field, theory), bonds)


def located(theory: Theory, action: Action, field: Field) -> NoPairs:
    """Why the form is broken, at the first term with a part in that; without one, all of them together are."""
    form = _Form(field, theory.lattice)
    try:
        broken = form.broken(form.polynomial(action.total))
        guilty = next(iter(action.guilty(lambda expression: form.breaks(expression, broken))), None)
    except NoVector as error:
        guilty = next(iter(action.guilty(form.is_none)), None)
        if isinstance(error, _TooLong):
            return NoPairs(str(error), guilty.span if guilty is not None else theory.action_span)
    what, span = ("this term", guilty.span) if guilty is not None else ("the action", theory.action_span)
    return NoPairs(f"a reflection of one `{field.name}` changes {what} in another way", span)


def _check_number(theory: Theory, action: Action, form: "_Form", bonds: tuple[Bonds, ...]) -> None:
    """Raises NoPairs where there are too many bonds to list them."""

    def count(listed: Iterable[Bonds]) -> int:
        merged = {own if not isinstance(own, SumPairs) else "all pairs": own for own in listed}
        return sum(_size(own, theory.lattice) for own in merged.values())

    def is_large(expression: Expr) -> bool:
        return count(form.collected(form.polynomial(expression))[1]) > LARGEST_BONDS

    if (number := count(bonds)) > LARGEST_BONDS:
        guilty = next(iter(action.guilty(is_large)), None)
        reason = f"it joins {number} pairs one by one, and clusters take {LARGEST_BONDS} at the most"
        label = f"this has more than {LARGEST_BONDS}" if guilty is not None else ""
        raise NoPairs(reason, guilty.span if guilty is not None else None, label)


def _size(bonds: Bonds, lattice: Lattice) -> int:
    match bonds:
        case SitePairs():
            return len(bonds.pairs)
        case RowPairs():
            return len(bonds.rows)
        case StarPairs():
            return lattice.volume
    return lattice.volume * (lattice.volume - 1) // 2


class _Form:
    """The embedded Ising form of one field: the pairs in polynomials of its components, and what is left of these."""

    def __init__(self, field: Field, lattice: Lattice) -> None:
        self.field, self.spins, self.lattice = field, vector_field(field), lattice

    def polynomial(self, expression: Expr) -> Expr:
        """In components of vectors, written out; raises NoVector."""
        vectors = as_vectors(expression, self.field)
        if largest_work(vectors) > LARGEST_PRODUCT:
            raise _TooLong(f"in components it has a product of more than {LARGEST_PRODUCT} factors, no sum of pairs")
        return normal_form(vectors, self.lattice.volume)

    def is_none(self, expression: Expr) -> bool:
        """Whether an expression is no polynomial of vectors."""
        try:
            self.polynomial(expression)
        except NoVector:
            return True
        return False

    def broken(self, vectors: Expr) -> Changes:
        """What reflections of single spins change beside the products of pairs."""
        pairs = Add(*(term for term in Add.make_args(vectors) if self._pair(term) is not None))
        own = [atom for atom in pairs.atoms(*PLACED) if atom.field == self.spins.name]
        products = (
            pairs.xreplace({atom: component(atom, self.spins, c) for atom in own})
            for c in range(self.spins.kind.components)
        )
        return changes(expand_deeply(vectors - Add(*products)), self.spins, self.lattice)

    def breaks(self, expression: Expr, broken: Changes) -> bool:
        """Whether a summand has a part in what is broken: those of several may cancel."""
        own = self.broken(self.polynomial(expression))
        return any(_monomials(change) & _monomials(broken.get(key, S.Zero)) for key, change in own.items())

    def collected(self, vectors: Expr) -> tuple[Couplings, tuple[Bonds, ...]]:
        """J by offset, each pair once, and the bonds, those between the same sites or sums added up."""
        offsets: Couplings = {}
        others: dict[Bonds, Expr] = {}
        for term in Add.make_args(vectors):
            found = self._pair(term)
            if isinstance(found, Bonds):
                key = replace(found, coupling=S.One)
                others[key] = others.get(key, S.Zero) - found.coupling
            elif found is not None:
                offset, coupling = found
                offsets[offset] = offsets.get(offset, S.Zero) - coupling
        couplings = {
            offset: j for offset in sorted(offsets, reverse=True) if (j := expand_deeply(offsets[offset])) != 0
        }
        return couplings, _grouped({key: j for key in others if (j := expand_deeply(others[key])) != 0})

    def _pair(self, term: Expr) -> tuple[Offset, Expr] | Bonds | None:
        """What a term J s_0 s_0' joins: o and J, or a bond."""
        own, rest = self._split(term)
        coupling = Mul(*rest)
        if len(own) == 1 and isinstance(own[0], SiteSum):
            return self._at_offset(own[0].density, coupling)
        if len(own) == 1 and isinstance(own[0], RowSum):
            ends, inner = self._split(own[0].body)
            slots = sorted({end.index.slot for end in ends if _is_first(end)})
            if not len(ends) == len(slots) == 2:
                return None
            return RowPairs(own[0].rows, slots[0], slots[1], coupling * Mul(*inner))
        ends = [self._linear(factor) for factor in own]
        sites = sorted(end for end in ends if isinstance(end, tuple))
        sums = sorted((end for end in ends if isinstance(end, SiteWeights | RowWeights)), key=str)
        match len(sites), len(sums), len(ends):
            case 2, 0, 2 if sites[0] != sites[1]:
                return SitePairs(((sites[0], sites[1]),), coupling)
            case 1, 1, 2:
                return StarPairs(sites[0], sums[0], coupling)
            case 0, 2, 2:
                return SumPairs(sums[0], sums[1], coupling)
        return None

    def _at_offset(self, density: Expr, outer: Expr) -> tuple[Offset, Expr] | None:
        """Two spins in one sum over sites: o or -o, whichever is positive."""
        own, rest = self._split(density)
        if len(own) != 2 or not all(map(_is_first, own)):
            return None
        for first, second in (own, own[::-1]):
            step = tuple(b - a for a, b in zip(first.offset, second.offset, strict=True))
            sign, offset = wrap(step, self.lattice)
            if offset > (0,) * self.lattice.ndim:
                return offset, sign * outer * translate(Mul(*rest), tuple(-c for c in first.offset))
        return None

    def _linear(self, factor: Expr) -> Site | Weights | None:
        """A factor that is a sum of first components: one of them, or many with weights."""
        if isinstance(factor, Pinned):
            return factor.site if factor.component == 0 else None
        if not isinstance(factor, SiteSum | RowSum):
            return None
        own, rest = self._split(factor.args[0])
        if len(own) != 1 or not _is_first(own[0]):
            return None
        if isinstance(factor, RowSum):
            return RowWeights(factor.rows, own[0].index.slot, Mul(*rest))
        return SiteWeights(nearest(translate(Mul(*rest), tuple(-c for c in own[0].offset)), self.lattice))

    def _split(self, term: Expr) -> tuple[list[Expr], list[Expr]]:
        """Factors with and without components of the spins, those with them one by one."""
        own: list[Expr] = []
        rest: list[Expr] = []
        for factor in Mul.make_args(term):
            if not is_own(factor, self.spins):
                rest.append(factor)
            elif isinstance(factor, Pow) and factor.exp.is_Integer and factor.exp.is_positive:
                own += [factor.base] * int(factor.exp)
            else:
                own.append(factor)
        return own, rest


def _is_first(factor: Expr) -> bool:
    return isinstance(factor, Shifted | Rowed) and factor.component == 0


def _monomials(change: Expr) -> set[Expr]:
    return {term.as_coeff_Mul()[1] for term in Add.make_args(change)} - {S.One}


def _grouped(couplings: dict[Bonds, Expr]) -> tuple[Bonds, ...]:
    """Pairs of sites with the same coupling together, then all others."""
    sites: dict[Expr, list[tuple[Site, Site]]] = {}
    others: list[Bonds] = []
    for key, coupling in sorted(couplings.items(), key=lambda item: _order(item[0])):
        if isinstance(key, SitePairs):
            sites.setdefault(coupling, []).extend(key.pairs)
        else:
            others.append(replace(key, coupling=coupling))
    listed = sorted((SitePairs(tuple(sorted(pairs)), j) for j, pairs in sites.items()), key=lambda bonds: bonds.pairs)
    return (*listed, *others)


def _order(bonds: Bonds) -> tuple[str, Site, str]:
    return (type(bonds).__name__, bonds.site if isinstance(bonds, StarPairs) else (), str(bonds))


def _words(couplings: Couplings, bonds: tuple[Bonds, ...], field: Field, theory: Theory) -> str:
    """The form in a line."""
    known = {f"{field.name}(x).{field.name}({place(o)})": j for o, j in couplings.items()}
    known |= {_pair_words(own, field, theory): own.coupling for own in bonds}
    listed = (f"{notation(j, theory.fields)} for {what}" for what, j in known.items())
    return f"S = -sum( J s.s ) + (what no reflection of one spin changes), J = {'; '.join(listed)}"


def _pair_words(bonds: Bonds, field: Field, theory: Theory) -> str:
    lattice, name = theory.lattice, field.name

    def at(site: Site) -> str:
        return f"{name}[{site[0] + lattice.first}]" if lattice.is_index else f"{name}({', '.join(map(str, site))})"

    def summed(weights: Weights) -> str:
        weight = notation(weights.weight, theory.fields)
        factor = "" if weight == "1" else f"({weight})*" if isinstance(weights.weight, Add) else f"{weight}*"
        if isinstance(weights, SiteWeights):
            return f"sum[x]({factor}{name}(x))"
        return f"sum[{weights.rows.words}]({factor}{name}[{weights.rows.names[weights.slot]}])"

    match bonds:
        case SitePairs():
            shown = [f"{at(a)}.{at(b)}" for a, b in bonds.pairs[:_FEW_WORDS]]
            return ", ".join(shown) + (
                f" and {len(bonds.pairs) - _FEW_WORDS} more" if len(bonds.pairs) > _FEW_WORDS else ""
            )
        case RowPairs():
            first, second = (bonds.rows.names[slot] for slot in (bonds.first, bonds.second))
            return f"{name}[{first}].{name}[{second}] in {bonds.rows.words}"
        case StarPairs():
            return f"{at(bonds.site)}.{summed(bonds.weights)}"
    return f"{summed(bonds.first)}.{summed(bonds.second)}"
