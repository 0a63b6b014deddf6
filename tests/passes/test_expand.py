"""Sums written out, site sums separated, and the one normal form of equal actions."""

import pytest
from passes.theory import real, total

from lqdsl.passes.expand import wrap


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("sum[x, mu]( (phi(x + mu) - phi(x))^2 )", "sum[x, mu]( phi(x) * (2*phi(x) - phi(x + mu) - phi(x - mu)) )"),
        ("sum[x]( phi(x) * phi(x + e[0]) )", "sum[x]( phi(x - 3*e[0]) * phi(x - 2*e[0]) )"),
        ("sum[x]( phi(x)^2 )", "sum[y]( phi(y + e[0] - 2*e[1])^2 )"),
        ("sum[x, y]( phi(x)^2 * phi(y)^2 )", "(sum[x]( phi(x)^2 ))^2"),
        ("sum[x, y]( (phi(x) - phi(y))^2 )", "2*volume*sum[x]( phi(x)^2 ) - 2*(sum[x]( phi(x) ))^2"),
        ("sum[x, mu < nu]( phi(x + mu) * phi(x + nu) )", "sum[x]( phi(x + e[0]) * phi(x + e[1]) )"),
        ("sum[mu]( sum[x]( phi(x) * phi(x + mu) ) )", "sum[x]( sum[mu]( phi(x) * phi(x + mu) ) )"),
        ("mean[x]( phi(x)^2 )", "sum[x]( phi(x)^2 ) / 16"),
        ("mean[x, mu]( phi(x) * phi(x + mu) )", "sum[x, mu]( phi(x) * phi(x + mu) ) / 32"),
        ("sum[x]( prod[mu]( phi(x + mu) ) )", "sum[x]( phi(x + e[0]) * phi(x + e[1]) )"),
        ("sum[x, k = 1..3]( k * phi(x)^(2*k) )", "sum[x]( phi(x)^2 + 2*phi(x)^4 + 3*phi(x)^6 )"),
        ("sum[x, r = 1..2]( phi(x) * phi(x + r*e[0]) )", "sum[x]( phi(x) * (phi(x + e[0]) + phi(x + 2*e[0])) )"),
        ("sum[x]( phi(x) * phi(x + 5*e[0]) )", "sum[x]( phi(x) * phi(x + e[0]) )"),
    ],
)
def test_equal_actions_have_one_form(first: str, second: str) -> None:
    stable = " + sum[x]( 20*phi(x)^8 + 100*phi(x)^2 )"
    assert total(first + stable) == total(second + stable)


def test_different_actions_have_different_forms() -> None:
    stable = " + sum[x]( 9*phi(x)^4 )"
    hops = ("phi(x)^3 * phi(x + e[0])", "phi(x) * phi(x + e[0])^3", "phi(x)^3 * phi(x + e[1])")
    assert len({total(f"sum[x]( {hop} ){stable}") for hop in hops}) == len(hops)


def test_sum_over_a_constant_counts_sites() -> None:
    assert total("sum[x, y]( phi(x)^2 + 1 )") == "16*sum[x](phi(x)^2) + 256"


@pytest.mark.parametrize(
    ("offset", "sign", "short"),
    [((0, 0), 1, (0, 0)), ((3, 0), -1, (-1, 0)), ((2, 1), 1, (2, 1)), ((-2, 0), -1, (2, 0)), ((9, -4), 1, (1, 2))],
)
def test_offsets_are_brought_close(offset: tuple[int, ...], sign: int, short: tuple[int, ...]) -> None:
    """4 sites, antiperiodic; 6 sites, periodic. 9 steps wind twice."""
    lattice = real("sum[x]( phi(x)^2 )", "[4, 6]\nboundary antiperiodic in 0").theory.lattice
    assert wrap(offset, lattice) == (sign, short)


def test_local_action_has_a_density_and_others_have_none() -> None:
    assert real("sum[x]( phi(x)^2 )").action.density is not None
    assert real("sum[x]( phi(x)^2 ) + (sum[x]( phi(x) ))^2").action.density is None


@pytest.mark.parametrize(
    ("hop", "reach"), [("phi(x)^3", 0), ("phi(x + e[0] - e[1])", 1), ("phi(x + 3*e[0])", 3), ("phi(x + 7*e[0])", 1)]
)
def test_reach(hop: str, reach: int) -> None:
    assert real(f"sum[x]( 4*phi(x)^4 + 4*phi(x)^2 + phi(x) * {hop} )", "[8, 8]").reach == reach
