"""Traces of matrices at given sites, or at values of an index, instead of offsets from a running site."""

from typing import Any

from sympy import Expr, Integer, S, Symbol, Tuple

from lqdsl.ir.kinds import Group
from lqdsl.ir.local import Trace
from lqdsl.ir.symbolic import Pin
from lqdsl.ir.words import NAMED, Link, Word, canonical


class NamedTrace(Trace):
    """`re`, `im` or `arg` of the trace of matrices at sites that are known, or that the slots of a row name.

    Factors are Tuples (field, Pin, sign), in canonical form whatever they are made from: the result is the negative of
    such a node where the canonical word runs backwards, and a number where no matrix is left.
    """

    def __new__(cls, part: Symbol, family: Symbol, n: Expr | int, factors: Tuple) -> Expr:
        group = Group(family.name, int(n), False)
        word, sign = _canonical(factors, group)
        if part.name == "im" and (group.real_traces or not word):
            return S.Zero
        if not word:
            return Integer(group.n) if part.name == "re" else S.Zero
        node = Expr.__new__(cls, part, family, Integer(n), word)
        return -node if sign < 0 and part.name in ("im", "arg") else node

    @property
    def part(self) -> str:  # type: ignore[override]
        return self.args[0].name

    @property
    def group(self) -> Group:  # type: ignore[override]
        return Group(self.args[1].name, int(self.args[2]), False)

    @property
    def factors(self) -> Tuple:
        return self.args[3]

    @property
    def word(self) -> Word:  # type: ignore[override]
        """The factors, with the coordinates of their sites in place of offsets."""
        return tuple(Link(field.name, NAMED, site.args, int(sign)) for field, site, sign in self.factors)

    def of(self, part: str, word: Word) -> Expr:
        factors = (Tuple(Symbol(link.field), Pin(*link.offset), Integer(link.sign)) for link in word)
        return NamedTrace(Symbol(part), self.args[1], self.args[2], Tuple(*factors))

    def as_part(self, part: str) -> Expr:
        return NamedTrace(Symbol(part), *self.args[1:])


def _canonical(factors: Tuple, group: Group) -> tuple[Tuple, int]:
    """One representative of all words with the same trace, up to complex conjugation; see `words.canonical`."""
    sites = sorted({site for _, site, _ in factors}, key=_order)
    numbers = {site: number for number, site in enumerate(sites)}
    word, sign = canonical(tuple(Link(f.name, NAMED, (numbers[site],), int(s)) for f, site, s in factors), group)
    return Tuple(*(Tuple(Symbol(k.field), sites[k.offset[0]], Integer(k.sign)) for k in word)), sign


def _order(site: Pin) -> tuple[Any, ...]:
    """Numbers by size, slots of rows by name."""
    return tuple((not c.is_Integer, int(c) if c.is_Integer else 0, str(c)) for c in site.args)
