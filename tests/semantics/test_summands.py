"""Sums are taken apart into terms that keep their places and add up to the whole."""

import pytest

from lqdsl.diagnostics import SourceFile
from lqdsl.driver import check_text
from lqdsl.passes.normal import normal_form

THEORY = "lattice [4]\nparam beta = 0.5\nparam k = [1.0, 2.0]\nfield a : real\nfield b : real\naction = "
PARTS = {
    "sum[x]( a(x)^2 + b(x)^2 )": ["a(x)^2", "b(x)^2"],
    "-sum[x]( -a(x)^2 - b(x)^2 )": ["-a(x)^2", "b(x)^2"],
    "sum[x]( a(x)^2 + b(x)^2 )/2/beta": ["a(x)^2", "b(x)^2"],
    "beta*(sum[x]( a(x)^2 ) - mean[x]( b(x) ))*2": ["sum[x]( a(x)^2 )", "mean[x]( b(x) )"],
    "sum[x]( sum[mu]( k[mu]*(a(x + mu)^2 + b(x)^2) ) )": ["a(x + mu)^2", "b(x)^2"],
    "-beta*sum[x]( a(x)^2 - 2*(b(x)^2 + 3*(b(x) - a(x)))/5 )": ["a(x)^2", "b(x)^2", "b(x)", "a(x)"],
    "(1 + beta)*sqrt(2)*sum[x]( a(x)^2 + b(x) )": ["a(x)^2", "b(x)"],
    "sum[x]( a(x)^2*(1 + b(x)^2) )": ["sum[x]( a(x)^2*(1 + b(x)^2) )"],
    "sum[x]( (a(x) + b(x))*(a(x) - b(x)) )": ["sum[x]( (a(x) + b(x))*(a(x) - b(x)) )"],
}


@pytest.mark.parametrize("typed", PARTS)
def test_parts(typed: str) -> None:
    text = THEORY + typed + " + sum[x]( a(x)^4 + b(x)^4 )\n"
    compiled = check_text(SourceFile("theory.lqt", text))
    parts = [part for term in compiled.action.terms for part in term.parts or (term,)]
    assert [text[part.span.start : part.span.end] for part in parts[:-2]] == PARTS[typed]
    difference = sum(part.expression for part in parts) - compiled.action.total
    assert normal_form(difference, compiled.theory.lattice.volume) == 0


def test_index_and_coefficients() -> None:
    """Fields over an index look like tables."""
    text = "index k = 0..2\nparam beta = 0.5\nfield t[k] : angle\naction = -beta*(cos(t[0]) + cos(t[1] - t[2]))\n"
    (term,) = check_text(SourceFile("theory.lqt", text)).action.terms
    assert [text[part.span.start : part.span.end] for part in term.parts] == ["cos(t[0])", "cos(t[1] - t[2])"]


def test_products_of_any_length() -> None:
    check_text(SourceFile("theory.lqt", THEORY + "1*" * 3000 + "sum[x]( a(x)^2 + b(x)^2 )\n"))
