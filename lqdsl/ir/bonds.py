"""Pairs of spins that no offset on the lattice joins: between given sites, in the rows of a sum, in a product of two sums."""

from dataclasses import dataclass

from sympy import Expr

from lqdsl.ir.rows import Rows

Site = tuple[int, ...]


@dataclass(frozen=True)
class SitePairs:
    """The same coupling between the two sites of each pair."""

    pairs: tuple[tuple[Site, Site], ...]
    coupling: Expr


@dataclass(frozen=True)
class RowPairs:
    """A coupling in each row between the values of the index in two slots."""

    rows: Rows
    first: int
    second: int
    coupling: Expr


@dataclass(frozen=True)
class SiteWeights:
    """sum_x w(x) s(x), w at the running site."""

    weight: Expr


@dataclass(frozen=True)
class RowWeights:
    """The sum over rows of w times the spin at the value in one slot."""

    rows: Rows
    slot: int
    weight: Expr


Weights = SiteWeights | RowWeights


@dataclass(frozen=True)
class StarPairs:
    """coupling * s(site).(sum of weighted spins)."""

    site: Site
    weights: Weights
    coupling: Expr


@dataclass(frozen=True)
class SumPairs:
    """coupling * (sum of weighted spins).(sum of weighted spins): a bond between every two sites."""

    first: Weights
    second: Weights
    coupling: Expr


Bonds = SitePairs | RowPairs | StarPairs | SumPairs
