"""Did you mean: what is meant, and what must not be suggested."""

import pytest

from lqdsl.diagnostics import suggest

WORDS = [
    "acceptance",
    "antiperiodic",
    "beta",
    "chains",
    "cos",
    "hmc",
    "lambda",
    "mu",
    "nu",
    "phi",
    "reverse_kl",
    "x",
    "y",
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lamda", "lambda"),
        ("Beta", "beta"),
        ("PHI", "phi"),
        ("hcm", "hmc"),
        ("chain", "chains"),
        ("acceptence", "acceptance"),
        ("kl_reverse", "reverse_kl"),
        ("reverse-kl", "reverse_kl"),
        ("antiper", "antiperiodic"),
    ],
)
def test_meant(typed: str, meant: str) -> None:
    assert suggest(typed, WORDS) == meant


@pytest.mark.parametrize("typed", ["", "z", "m", "mo", "tau", "psi2x", "gamma", "volume", "an", "a" * 1000, "x"])
def test_nothing_meant(typed: str) -> None:
    assert suggest(typed, [w for w in WORDS if w != typed]) is None


def test_no_candidates() -> None:
    assert suggest("phi", []) is None


def test_a_beginning_that_several_have_means_none() -> None:
    assert suggest("tran", ["translations", "transpositions"]) is None


def test_the_closest_wins_and_ties_are_alphabetical() -> None:
    assert suggest("chainz", ["chainzz", "chains"]) == "chains"
    assert suggest("sampler", ["sample", "samplers"]) == "sample"
