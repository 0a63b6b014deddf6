"""Periodic patterns of links that loops can update.

A layer multiplies every active link U_mu(x) by a function of the loop that leaves from it, conditioned on loops that
hold no active link. Proof obligations, for a linear form modulo m that closes on the torus (form_i L_i = 0 modulo m):

- exactly one: the active link occurs once on its loop, and no other active link does: form.delta != 0 modulo m for each
  further link of direction mu at distance delta on the loop. Because the form closes, this covers links that meet
  around the torus as well: there delta is a period, and form.delta = 0;
- context: of each context loop some copies hold no active link; only those are seen;
- cycle: all phases are visited, so every link is updated, but for directions that are left to other blocks.

Among the patterns that do, that one is taken which has the largest (active links)^2 x (frozen context loops among those
that touch the updating loop): what a layer does, times how soon all links had their turn, times what it knows. A
repetition takes one update for each different loop and direction.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations, product
from math import gcd, lcm, prod

from lqdsl.ir.compiled import LinkUpdate, LoopPattern
from lqdsl.passes.loop_paths import Frame, Path, canonical, carriers, different, order
from lqdsl.passes.loop_sites import surroundings

LARGEST_MODULUS = 64
ALL_COEFFICIENTS = 8
"""Up to this modulus all forms are tried, beyond it those with small coefficients."""
SMALL_COEFFICIENT = 4
LARGEST_PERIOD = 6000
"""Up to so many sites in one period of all forms the cycle is counted, beyond it bounded by visiting all phases."""
Forms = tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]
"""Linear forms and their moduli: active are the links at whose sites all of them vanish."""


@dataclass(frozen=True)
class Stripes:
    """What `mask = stripes(...)` asks for: one axis counts, modulo `period`; without `axis` it is chosen for each update."""

    period: int
    axis: int | None = None


def search(
    via: Iterable[Path],
    context: Iterable[Path],
    extents: tuple[int, ...],
    stripes: Stripes | None = None,
    left_out: Collection[int] = (),
) -> LoopPattern | tuple[int, ...]:
    """The best pattern, or the directions that no loop of `via` can update, but for those that may be `left_out`, though
    not all. All loops are closed paths."""
    loops, seen = different(via), different(context)
    known: dict[object, list[LinkUpdate]] = {}
    choices = []
    for loop in sorted(loops, key=lambda loop: order(canonical(loop))):
        for direction in range(len(extents)):
            paths = carriers(loop, direction)
            if paths and (best := _best_known(paths, direction, seen, extents, stripes, known)):
                choices.append(best)
    updated = tuple(sorted({best[0].direction for best in choices}))
    missing = [axis for axis in range(len(extents)) if axis not in updated and not (updated and axis in left_out)]
    if missing:
        return tuple(missing)
    translation, updates = _advance(choices, extents)
    cycle = _cycle(updates, translation, len(extents))
    return LoopPattern(updates, translation, seen, cycle, directions=updated if len(updated) < len(extents) else ())


# ---------------------------------------------------------------- one update


def _best_known(
    paths: list[Path],
    direction: int,
    context: tuple[Path, ...],
    extents: tuple[int, ...],
    stripes: Stripes | None,
    known: dict[object, list[LinkUpdate]],
) -> list[LinkUpdate]:
    """`_best`, searched once for all updates that permutations and reflections of the axes take into each other."""
    frame = Frame(paths[0], len(extents))
    turned = sorted((frame.path(path) for path in paths), key=order)
    around = tuple(sorted({canonical(frame.path(loop)) for loop in context}))
    sizes = frame.offset(extents, signed=False)
    if stripes and stripes.axis is not None:
        stripes = replace(stripes, axis=frame.axes.index(stripes.axis))
    key = (tuple(turned), around, sizes, stripes)
    if key not in known:
        known[key] = _best(turned, around, sizes, stripes)
    back = {frame.path(path): path for path in paths}
    return [
        replace(u, direction=direction, path=back[u.path], forms=tuple(map(_plain, map(frame.undo, u.forms), u.moduli)))
        for u in known[key]
    ]


def _plain(form: tuple[int, ...], modulus: int) -> tuple[int, ...]:
    """Coefficients in [0, modulus)."""
    return tuple(c % modulus for c in form)


def _best(
    paths: list[Path], context: tuple[Path, ...], extents: tuple[int, ...], stripes: Stripes | None
) -> list[LinkUpdate]:
    """All updates of the highest score, the plainest first: those with one form, or with two where none has one."""
    candidates = [surroundings(path, context, extents) for path in paths]
    for families in (_stripes(extents, stripes),) if stripes else (_single(extents), _products(extents)):
        top = Fraction(-1), Fraction(0)
        found: list[LinkUpdate] = []
        for forms, moduli in families:
            if Fraction(1, prod(moduli) ** 2) < top[0]:
                break
            for candidate in candidates:
                update = LinkUpdate(abs(candidate.path[0]) - 1, candidate.path, forms, moduli, Fraction(0))
                zeros = candidate.zeros(update)
                if zeros & candidate.others:
                    continue
                frozen = candidate.frozen(update)
                score = candidate.near(zeros) / update.phases**2, frozen / update.phases
                if frozen and score >= top:
                    update = replace(update, frozen=frozen)
                    found, top = ([*found, update] if score == top else [update]), score
        if found:
            return sorted(found, key=_preference)
    return []


def _preference(update: LinkUpdate) -> tuple[object, ...]:
    """Between equals: the plainer path, then the form with the smaller coefficients."""
    sizes = [[min(c, m - c) for c in form] for form, m in zip(update.forms, update.moduli, strict=True)]
    return order(update.path), sizes, update.forms


def _stripes(extents: tuple[int, ...], stripes: Stripes) -> Iterator[Forms]:
    axes = range(len(extents)) if stripes.axis is None else (stripes.axis,)
    for axis in axes:
        if extents[axis] % stripes.period == 0:
            yield (tuple(int(a == axis) for a in range(len(extents))),), (stripes.period,)


def _single(extents: tuple[int, ...]) -> Iterator[Forms]:
    """Forms that close, smallest modulus first; of those that vanish on the same sites one."""
    for modulus in range(2, LARGEST_MODULUS + 1):
        small = [c for c in range(modulus) if modulus <= ALL_COEFFICIENTS or min(c, modulus - c) <= SMALL_COEFFICIENT]
        for form in product(*([c for c in small if c * extent % modulus == 0] for extent in extents)):
            leading = next((c for c in form if c), 0)
            # Multiples by a unit vanish on the same sites; a divisor shared with the modulus means a smaller modulus.
            if leading and modulus % leading == 0 and gcd(modulus, *form) == 1:
                yield (form,), (modulus,)


def _products(extents: tuple[int, ...]) -> Iterator[Forms]:
    """Pairs of forms with one axis each, whose moduli divide the extents: of those that fit, fewest phases first."""
    axes = range(len(extents))
    fitting = [[m for m in range(2, LARGEST_MODULUS + 1) if extent % m == 0] for extent in extents]
    found = ((pair, chosen) for chosen in permutations(axes, 2) for pair in product(*(fitting[a] for a in chosen)))
    for pair, chosen in sorted(found, key=lambda found: (prod(found[0]), *found)):
        yield tuple(tuple(int(a == axis) for a in axes) for axis in chosen), pair


# ---------------------------------------------------------------- a repetition


def _advance(
    choices: list[list[LinkUpdate]], extents: tuple[int, ...]
) -> tuple[tuple[int, ...] | None, tuple[LinkUpdate, ...]]:
    """A lattice vector whose multiples take every update through all of its phases, and the updates for which it does.

    The updates stay as close to the head of their lists as they can; among such vectors the shortest is taken.
    """
    first = tuple(best[0] for best in choices)
    if any(len(update.forms) > 1 for best in choices for update in best):
        return None, first
    found = None
    for vector in sorted(product(*(range(min(3, extent)) for extent in extents)), key=lambda v: (sum(v), v)):
        ranks = [next((n for n, u in enumerate(best) if _visits(u, vector)), None) for best in choices]
        chosen = [rank for rank in ranks if rank is not None]
        if len(chosen) == len(ranks) and (found is None or sum(chosen) < found[0]):
            found = sum(chosen), vector, tuple(best[n] for best, n in zip(choices, chosen, strict=True))
    return (found[1], found[2]) if found else (None, first)


def _visits(update: LinkUpdate, vector: tuple[int, ...]) -> bool:
    return gcd(update.residues(vector)[0], update.moduli[0]) == 1


def phase(update: LinkUpdate, repetition: int, translation: tuple[int, ...] | None) -> tuple[int, ...]:
    """The residues of the links that the update makes active in a repetition."""
    if translation is not None:
        return update.residues(tuple(repetition * v for v in translation))
    digits, rest = [], repetition
    for modulus in reversed(update.moduli):
        rest, digit = divmod(rest, modulus)
        digits.append(digit)
    return tuple(reversed(digits))


def _cycle(updates: Sequence[LinkUpdate], translation: tuple[int, ...] | None, ndim: int) -> int:
    """Layers until every link of their directions was active, counted on the torus of one period of all forms."""
    pairs = [pair for u in updates for pair in zip(u.forms, u.moduli, strict=True)]
    period = [lcm(*(m // gcd(m, form[axis]) for form, m in pairs)) for axis in range(ndim)]
    repetitions = max(u.phases for u in updates)
    if prod(period) > LARGEST_PERIOD:
        return repetitions * len(updates)
    sites = list(product(*map(range, period)))
    left = {(u.direction, site) for u in updates for site in sites}
    residues = [[(u.residues(site), (u.direction, site)) for site in sites] for u in updates]
    for layer in range(repetitions * len(updates)):
        repetition, number = divmod(layer, len(updates))
        now = phase(updates[number], repetition, translation)
        left -= {link for found, link in residues[number] if found == now}
        if not left:
            return layer + 1
    raise AssertionError("all phases were visited")
