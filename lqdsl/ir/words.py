"""Words of links: ordered products of U_mu(x) and adjoints along a path, and their canonical form under a trace."""

from collections.abc import Container, Iterable
from typing import NamedTuple

from lqdsl.ir.kinds import Group

Offset = tuple[int, ...]
AT_SITE = -1
"""The axis of a matrix that lives at a site: it leads nowhere."""
NAMED = -2
"""That of a matrix at a given site, or at a value of an index: its coordinates stand in place of the offset."""


class Link(NamedTuple):
    """U_axis(x + offset) of a field, or its adjoint where `sign` is -1; matrices at sites have the axis AT_SITE or NAMED."""

    field: str
    axis: int
    offset: Offset
    sign: int

    @property
    def start(self) -> Offset:
        """Where the path enters the link."""
        return self.offset if self.sign > 0 else self._head

    @property
    def end(self) -> Offset:
        """Where the path leaves the link."""
        return self._head if self.sign > 0 else self.offset

    @property
    def _head(self) -> Offset:
        return self.offset if self.axis in (AT_SITE, NAMED) else step(self.offset, self.axis, 1)

    @property
    def is_named(self) -> bool:
        """Whether it stands at a given site."""
        return self.axis == NAMED

    @property
    def adjoint(self) -> "Link":
        return self._replace(sign=-self.sign)

    def moved(self, offset: Iterable[int]) -> "Link":
        """The link further by `offset`."""
        return self._replace(offset=tuple(a + b for a, b in zip(self.offset, offset, strict=True)))


Word = tuple[Link, ...]


def step(offset: Offset, axis: int, count: int) -> Offset:
    """The offset `count` steps further along an axis."""
    return (*offset[:axis], offset[axis] + count, *offset[axis + 1 :])


def adjoint(word: Word) -> Word:
    """The path walked backwards."""
    return tuple(link.adjoint for link in reversed(word))


def moved(word: Word, offset: Iterable[int]) -> Word:
    """The word further by `offset`."""
    steps = tuple(offset)
    return tuple(link.moved(steps) for link in word)


def canonical(word: Word, group: Group) -> tuple[Word, int]:
    """One representative of all words whose trace is the same up to complex conjugation, and +1, or -1 if conjugated.

    Unitarity removes neighbours U U^dagger, also around the ends; a trace does not care where it begins. The links
    of U(1) commute, so there the order is that of the sites.
    """
    if group.abelian:
        return _canonical_abelian(word)
    word = reduced(word)
    while len(word) > 1 and word[0] == word[-1].adjoint:
        word = word[1:-1]
    forward, backward = _first_rotation(word), _first_rotation(adjoint(word))
    return (forward, 1) if _keys(forward) <= _keys(backward) else (backward, -1)


def reduced(word: Word) -> Word:
    """Without neighbours that are inverse to each other."""
    kept: list[Link] = []
    for link in word:
        if kept and kept[-1] == link.adjoint:
            kept.pop()
        else:
            kept.append(link)
    return tuple(kept)


def _canonical_abelian(word: Word) -> tuple[Word, int]:
    powers: dict[Link, int] = {}
    for link in word:
        forward = link._replace(sign=1)
        powers[forward] = powers.get(forward, 0) + link.sign
    links = sorted((link for link, power in powers.items() if power), key=_key)
    if not links:
        return (), 1
    sign = 1 if powers[links[0]] > 0 else -1
    ordered = [
        link._replace(sign=1 if sign * powers[link] > 0 else -1) for link in links for _ in range(abs(powers[link]))
    ]
    return as_path(tuple(ordered)), sign


def as_path(word: Word) -> Word:
    """Commuting links in an order in which each begins where the last one ended, as far as there is one."""
    rest = list(word)
    ordered = [rest.pop(0)]
    while rest:
        following = next((n for n, link in enumerate(rest) if link.start == ordered[-1].end), 0)
        ordered.append(rest.pop(following))
    return tuple(ordered)


def _first_rotation(word: Word) -> Word:
    return min((word[n:] + word[:n] for n in range(len(word))), key=_keys, default=())


def _keys(word: Word) -> list[tuple[Offset, int, str, int]]:
    return [_key(link) for link in word]


def _key(link: Link) -> tuple[Offset, int, str, int]:
    return (link.offset, link.axis, link.field, -link.sign)


def steps(word: Word) -> tuple[int, ...]:
    """The path as signed steps: 1 forward along axis 0, -1 backward, 2 and -2 along axis 1."""
    return tuple(link.sign * (link.axis + 1) for link in word)


def gap(word: Word, fields: Container[str], extents: tuple[int, ...]) -> tuple[Link, Link] | None:
    """Where a trace is not closed for the links of some fields, on the torus: one of them is followed, or preceded, by a
    link of another field, or by one that does not start where it ends. None for closed paths."""
    for link, following in zip(word, (*word[1:], *word[:1]), strict=True):
        own = (link.field in fields, following.field in fields)
        if any(own) and not (all(own) and _is_same(link.end, following.start, extents)):
            return link, following
    return None


def _is_same(a: Offset, b: Offset, extents: tuple[int, ...]) -> bool:
    return not any((one - other) % extent for one, other, extent in zip(a, b, extents, strict=True))
