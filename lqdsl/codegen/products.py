"""Products of links that several words share, each formed once: pairs of neighbours that occur more than once, also
elsewhere on the lattice or as adjoint, become factors of their own."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from lqdsl.ir.words import AT_SITE, NAMED, Link, Offset, Word


@dataclass(frozen=True, order=True)
class Factor:
    """A link, or a shared product, at an offset; its adjoint where `sign` is -1. Symbols begin with "*" for products."""

    symbol: str
    offset: Offset
    sign: int

    @property
    def adjoint(self) -> "Factor":
        return Factor(self.symbol, self.offset, -self.sign)

    def moved(self, offset: Offset) -> "Factor":
        """The factor further by `offset`."""
        return Factor(self.symbol, tuple(a + b for a, b in zip(self.offset, offset, strict=True)), self.sign)


Chain = tuple[Factor, ...]


@dataclass
class Plan:
    """Pairs in the order in which they are formed, and every word as a chain of links and pairs."""

    pairs: dict[str, Chain] = field(default_factory=dict)
    chains: dict[Word, Chain] = field(default_factory=dict)


HERE = "here"
"""The link that is the argument of a local action; it stands at x and moves with nothing."""


def link_symbol(name: str, axis: int) -> str:
    """How a link is called in chains."""
    return HERE if name == HERE else name if axis in (AT_SITE, NAMED) else f"{name}[{axis}]"


def factor_of(link: Link) -> Factor:
    """The link in a chain; one at a given site is a symbol of its own, which nothing moves."""
    symbol = link_symbol(link.field, link.axis)
    if link.is_named:
        return Factor(f"{symbol}[{', '.join(map(str, link.offset))}]", (), link.sign)
    return Factor(symbol, link.offset, link.sign)


def plan(words: Iterable[Word]) -> Plan:
    """Shared pairs of these words; the same words give the same plan."""
    result = Plan()
    result.chains = {word: tuple(map(factor_of, word)) for word in words}
    while (pair := _most_frequent(result.chains.values())) is not None:
        symbol = f"*{len(result.pairs)}"
        result.pairs[symbol] = pair
        result.chains = {word: _replaced(chain, pair, symbol) for word, chain in result.chains.items()}
    return result


def low_corner(offsets: Iterable[Offset]) -> Offset:
    """The smallest step along each axis."""
    return tuple(min(steps) for steps in zip(*offsets, strict=True))


def negative(offset: Offset) -> Offset:
    return tuple(-step for step in offset)


def _most_frequent(chains: Iterable[Chain]) -> Chain | None:
    counts: Counter[Chain] = Counter()
    for chain in chains:
        counts.update(pair for pair, _, _ in _pairs(chain))
    shared = [pair for pair, count in counts.items() if count > 1]
    return min(shared, key=lambda pair: (-counts[pair], pair), default=None)


def _pairs(chain: Chain) -> Iterator[tuple[Chain, Offset, int]]:
    """Neighbours that do not overlap: as they stand at the origin, where they stand, and whether adjoint."""
    last: Chain | None = None
    for first, second in pairwise(chain):
        if HERE in (first.symbol, second.symbol):
            continue
        pair, corner, sign = _standard(first, second)
        if pair == last:  # U U U holds the pair U U once
            last = None
            continue
        last = pair
        yield pair, corner, sign


def _standard(first: Factor, second: Factor) -> tuple[Chain, Offset, int]:
    corner = low_corner((first.offset, second.offset))
    back = negative(corner)
    forward = (first.moved(back), second.moved(back))
    backward = (forward[1].adjoint, forward[0].adjoint)
    return (forward, corner, 1) if forward <= backward else (backward, corner, -1)


def _replaced(chain: Chain, pair: Chain, symbol: str) -> Chain:
    result: list[Factor] = []
    rest = list(chain)
    while rest:
        if len(rest) > 1 and HERE not in (rest[0].symbol, rest[1].symbol):
            found, corner, sign = _standard(rest[0], rest[1])
            if found == pair:
                result.append(Factor(symbol, corner, sign))
                rest = rest[2:]
                continue
        result.append(rest.pop(0))
    return tuple(result)
