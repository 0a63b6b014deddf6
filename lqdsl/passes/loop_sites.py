"""Where the loops around an active link use links of its direction: what decides whether a layer freezes them."""

from dataclasses import dataclass
from fractions import Fraction

from lqdsl.ir.compiled import LinkUpdate
from lqdsl.passes.loop_paths import Offset, Path, link_offsets, walk


@dataclass(frozen=True)
class Surroundings:
    """An updating loop and the context loops. Sets of offsets from the active link are bits: `offsets` numbers them."""

    path: Path
    offsets: tuple[Offset, ...]
    others: int
    """Further links of the direction on the updating loop."""
    touching: tuple[tuple[int, int], ...]
    """Links of the direction on context loops that touch the updating loop, and how many of these have the same."""
    context: tuple[tuple[Offset, ...], ...]
    """Links of the direction on each context loop, from where that begins."""

    def zeros(self, update: LinkUpdate) -> int:
        """The offsets at which links are active as well."""
        return sum(1 << n for n, offset in enumerate(self.offsets) if not any(update.residues(offset)))

    def near(self, zeros: int) -> Fraction:
        """The frozen part of the context loops that touch the updating loop."""
        frozen = sum(count for links, count in self.touching if not links & zeros)
        return Fraction(frozen, max(sum(count for _, count in self.touching), 1))

    def frozen(self, update: LinkUpdate) -> Fraction:
        """The frozen part of all context loops, zero where one of them has no frozen copy anywhere.

        The forms take all their values equally often.
        """
        classes = [len({update.residues(offset) for offset in offsets}) for offsets in self.context]
        if update.phases in classes:
            return Fraction(0)
        return Fraction(sum(update.phases - touched for touched in classes), update.phases * max(len(classes), 1))


def surroundings(path: Path, context: tuple[Path, ...], extents: tuple[int, ...]) -> Surroundings:
    """Of the active link of the first step of `path`, on the torus."""
    ndim, direction = len(extents), path[0] - 1
    sites, own = set(walk(path, ndim)), _links(path, extents)
    touching = []
    for loop in context:
        links, corners = link_offsets(loop, direction, ndim), set(walk(loop, ndim))
        bases = {_wrapped(_minus(site, corner), extents) for site in sites for corner in corners}
        copy = _links(loop, extents)
        if sorted(axis for axis, _ in copy) == sorted(axis for axis, _ in own):
            bases = {base for base in bases if _moved(copy, base, extents) != own}
        touching += [frozenset(_wrapped(_plus(base, link), extents) for link in links) for base in bases]
    others = frozenset(link_offsets(path, direction, ndim)[1:])
    offsets = sorted(set().union(others, *touching))
    number = {offset: 1 << n for n, offset in enumerate(offsets)}
    bits = [sum(number[offset] for offset in links) for links in touching]
    return Surroundings(
        path=path,
        offsets=tuple(offsets),
        others=sum(number[offset] for offset in others),
        touching=tuple((links, bits.count(links)) for links in sorted(set(bits))),
        context=tuple(link_offsets(loop, direction, ndim) for loop in context),
    )


def _links(path: Path, extents: tuple[int, ...]) -> frozenset[tuple[int, Offset]]:
    """The links of a path from the origin."""
    ndim = len(extents)
    offsets = ((axis, offset) for axis in range(ndim) for offset in link_offsets(path, axis, ndim))
    return frozenset((axis, _wrapped(offset, extents)) for axis, offset in offsets)


def _moved(
    links: frozenset[tuple[int, Offset]], base: Offset, extents: tuple[int, ...]
) -> frozenset[tuple[int, Offset]]:
    return frozenset((axis, _wrapped(_plus(base, offset), extents)) for axis, offset in links)


def _wrapped(offset: Offset, extents: tuple[int, ...]) -> Offset:
    return tuple(o % extent for o, extent in zip(offset, extents, strict=True))


def _plus(a: Offset, b: Offset) -> Offset:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def _minus(a: Offset, b: Offset) -> Offset:
    return tuple(x - y for x, y in zip(a, b, strict=True))
