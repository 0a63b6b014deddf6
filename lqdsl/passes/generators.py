"""Generators of symmetries: what each does to an expression of the fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from sympy import Expr, Integer, S, pi

from lqdsl.ir.nodes import Pinned, Shifted, SiteSum, Trace, derivative, translate
from lqdsl.ir.rows import Rowed, RowSum, row_sum
from lqdsl.ir.theory import FieldMap, Symmetry, Theory
from lqdsl.passes import boxes
from lqdsl.passes.exchange import Change, exchanged
from lqdsl.passes.moves import Move, exchange, reflection, rotation


@dataclass(frozen=True)
class Generator:
    """One generator of a symmetry, in words and as the change that it makes."""

    words: str
    change: Change


def generators(claim: Symmetry, theory: Theory) -> Iterator[Generator]:
    """The generators of a symmetry; none for translations, under which no sum over all sites changes."""
    ndim = theory.lattice.ndim
    match claim.kind:
        case "translations":
            return iter(())
        case "reflections":
            return (Generator(f"the reflection of axis {a}", _moved(reflection(ndim, a))) for a in range(ndim))
        case "rotations":
            return (
                Generator(f"the rotation of axis {a} into axis {b}", _moved(rotation(ndim, a, b)))
                for a, b in combinations(range(ndim), 2)
            )
        case "permutations":
            return (
                Generator(f"the exchange of axes {a} and {b}", _moved(exchange(ndim, a, b)))
                for a, b in combinations(range(ndim), 2)
            )
        case "exchange":
            sites, low = range(theory.lattice.volume - 1), theory.lattice.first
            return (
                Generator(f"the exchange of {n + low} and {n + low + 1}", exchanged(claim.fields, n, n + 1, low))
                for n in sites
            )
        case "left" | "right" | "chiral":
            sides = ("left", "right") if claim.kind == "chiral" else (claim.kind,)
            return (Generator(f"multiplication from the {side}", _multiplied(claim.fields, side)) for side in sides)
        case "internal":
            return _internal(claim, theory)
        case boxes.TRANSLATIONS | boxes.REFLECTIONS | boxes.ROTATIONS:
            return (Generator(words, _mapped(maps)) for words, maps in boxes.maps(claim, theory))
    return iter((Generator("the map", _mapped(claim.maps)),))


def _moved(move: Move) -> Change:
    return lambda expression: move(expression) - expression


def _mapped(maps: tuple[FieldMap, ...]) -> Change:
    images = {(m.field, c): image for m in maps for c, image in enumerate(m.images)}
    links = {m.field: m for m in maps if m.link}

    def change(expression: Expr) -> Expr:
        replaced = {
            atom: translate(images[atom.field, atom.component], atom.offset)
            for atom in expression.atoms(Shifted)
            if (atom.field, atom.component) in images
        }
        replaced |= {loop: _mapped_loop(loop, links) for loop in expression.atoms(Trace)}
        replaced |= {pin: _mapped_pin(pin, images) for pin in expression.atoms(Pinned, Rowed)}
        return expression.xreplace(replaced) - expression

    return change


def _mapped_pin(pin: Pinned | Rowed, images: dict[tuple[str, int], Expr]) -> Expr:
    """A field at a given site, or at one that a row names, under a map of the fields."""
    image = images.get((pin.field, pin.component), pin)
    return image.xreplace({atom: pin.func(atom.args[0], atom.args[1], *pin.args[2:]) for atom in image.atoms(Shifted)})


def _multiplied(fields: tuple[str, ...], side: str) -> Change:
    """What of an expression is left of traces that change under U -> V U or U -> U W, U all matrices of the fields, as if it
    were all of them.

    V meets V^dagger in U^dagger U, W meets W^dagger in U U^dagger; for U(1) as many U as U^dagger are enough.
    """

    def changes(loop: Trace) -> bool:
        # Matrices of other fields keep their place: V does not meet V^dagger across them.
        signs = [link.sign if link.field in fields else 0 for link in loop.word]
        if loop.group.abelian or not any(signs):
            return sum(signs) != 0
        neighbours = list(zip(signs, signs[1:] + signs[:1], strict=True))
        first = -1 if side == "left" else 1
        return any((a == first) != (b == -first) for a, b in neighbours)

    def change(expression: Expr) -> Expr:
        changed = [loop for loop in expression.atoms(Trace) if changes(loop)]
        return expression.xreplace({loop: 2 * loop for loop in changed}) - expression

    return change


def _mapped_loop(loop: Trace, links: dict[str, FieldMap]) -> Expr:
    """A trace under U -> conj(U), adj(U) (the same for U(1)) or -U of some of its fields. Twice the trace where only some of its
    matrices are conjugated, as if it were all that changes: the image is no trace of a word then."""
    word = loop.word
    if loop.group.abelian:
        word = tuple(link.adjoint if links.get(link.field) and links[link.field].conjugated else link for link in word)
        image = loop.of(loop.part, word)
    else:
        conjugated = {name for name in loop.fields if name in links and links[name].conjugated}
        if conjugated and conjugated != loop.fields:
            return 2 * loop
        word = tuple(link.adjoint if link.field in links and links[link.field].adjoint else link for link in word)
        image = loop.of(loop.part, word)
        image = -image if conjugated and loop.part in ("im", "arg") else image
    negative = sum(1 for link in word if link.field in links and links[link.field].negated)
    if negative % 2 and loop.part == "arg":
        return image + loop.group.n * pi
    return -image if negative % 2 else image


def _internal(claim: Symmetry, theory: Theory) -> Iterator[Generator]:
    """O(n) on the components of the named fields together: its Lie algebra and one reflection."""
    zero = (0,) * theory.lattice.ndim
    fields = [theory.field(name) for name in claim.fields]
    components = fields[0].kind.components
    for a, b in combinations(range(components), 2):
        yield Generator(f"the rotation of component {a} into component {b}", _infinitesimal(claim.fields, a, b))
    maps = tuple(
        FieldMap(f.name, tuple((-1 if c == 0 else 1) * Shifted(f.symbol, c, zero) for c in range(components)))
        for f in fields
    )
    yield Generator("the reflection of component 0", _mapped(maps))


def _infinitesimal(fields: tuple[str, ...], a: int, b: int) -> Change:
    def along(density: Expr) -> Expr:
        total = S.Zero
        for atom in sorted(density.atoms(Shifted), key=str):
            if atom.field in fields and atom.component in (a, b):
                partner = Shifted(atom.args[0], b if atom.component == a else a, atom.offset)
                sign = -1 if atom.component == a else 1
                total += sign * derivative(density, atom) * partner
        return total

    def change(expression: Expr) -> Expr:
        sums = expression.atoms(SiteSum)
        total = sum((derivative(expression, node) * SiteSum(along(node.density)) for node in sums), S.Zero)
        for node in sorted(expression.atoms(RowSum), key=str):
            total += derivative(expression, node) * row_sum(turned(node.body, Rowed), node.rows)
        return total + turned(expression, Pinned)

    def turned(expression: Expr, kind: type[Pinned] | type[Rowed]) -> Expr:
        total = S.Zero
        for pin in sorted(expression.atoms(kind), key=str):
            if pin.field in fields and pin.component in (a, b):
                partner = pin.func(pin.args[0], Integer(b if pin.component == a else a), *pin.args[2:])
                total += (-1 if pin.component == a else 1) * derivative(expression, pin) * partner
        return total

    return change
