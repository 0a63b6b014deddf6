"""Which actions have embedded Ising form, and with which couplings."""

import pytest
from passes.theory import compiled

from lqdsl.ir.printing import notation
from lqdsl.passes.cluster import NoPairs, cluster_forms

PLANE = "lattice [6, 6]\n"
ANGLE = PLANE + "field t : angle\n"
SPHERE = PLANE + "field s : sphere(3)\n"
HERE = {
    "xy": (ANGLE + "param b = 1.1\naction = -b*sum[x, mu]( cos(t(x) - t(x + mu)) )", {(1, 0): "b", (0, 1): "b"}),
    "products of phases": (
        ANGLE
        + "action = -sum[x, mu]( cos(t(x))*cos(t(x - mu)) + sin(t(x - mu))*sin(t(x)) ) + sum[x]( sin(t(x))^2 + cos(t(x))^2 )",
        {(1, 0): "1", (0, 1): "1"},
    ),
    "anisotropic": (
        SPHERE + "param k = [1.0, -0.5]\naction = -sum[x, mu]( k[mu]*dot(s(x), s(x + mu)) )",
        {(1, 0): "k[0]", (0, 1): "k[1]"},
    ),
    "far neighbours": (
        SPHERE + "action = sum[x]( 3*dot(s(x), s(x + 2*e[0] - e[1])) - dot(s(x + e[0]), s(x - e[0])) )",
        {(2, 0): "1", (2, -1): "-3"},
    ),
    "squares of differences": (
        PLANE
        + "field v : vector(2)\naction = sum[x, mu]( |v(x + mu) - v(x)|^2 ) + sum[x]( (|v(x)|^2 - 1)^2 + exp(-|v(x)|^2) )",
        {(1, 0): "2", (0, 1): "2"},
    ),
    "complex": (
        PLANE
        + "field z : complex\naction = sum[x]( 4*|z(x)|^2 + |z(x)|^4 ) - sum[x, mu]( 2*re(conj(z(x)) * z(x + mu)) )",
        {(1, 0): "2", (0, 1): "2"},
    ),
    "SU(2)": (
        PLANE + "field U : SU(2)\naction = -1.5*sum[x, mu]( retr(adj(U(x)) * U(x + mu)) )",
        {(1, 0): "3/2", (0, 1): "3/2"},
    ),
    "U(1)": (PLANE + "field z : U(1)\naction = -sum[x, mu]( re(conj(z(x)) * z(x + mu)) )", {(1, 0): "1", (0, 1): "1"}),
    "coupled by another field": (
        SPHERE
        + "field q : real\naction = -sum[x]( q(x)^2*dot(s(x), s(x + e[0])) ) + 4*sum[x]( q(x)^2 + q(x)^4 - q(x)*q(x + e[1]) )",
        {(1, 0): "q(x)^2"},
    ),
    "antiperiodic": (
        "lattice [6]\nboundary antiperiodic\nfield p : real\naction = sum[x]( 3*p(x)^2 - p(x)*p(x + e[0]) )",
        {(1,): "1"},
    ),
    "two sites": (
        "lattice [2]\nfield s : sphere(2)\naction = -sum[x]( dot(s(x), s(x + e[0])) + 2*dot(s(x), s(x - e[0])) )",
        {(1,): "3"},
    ),
    "three dimensions": (
        "lattice [4, 4, 4]\nfield p : real\naction = sum[x, mu]( (p(x + mu) - p(x))^2 ) + sum[x]( p(x)^2 )",
        {(1, 0, 0): "2", (0, 1, 0): "2", (0, 0, 1): "2"},
    ),
}
NOT = {
    "easy axis in brackets": (SPHERE + "param b = 1.0\naction = -b*(sum[x, mu]( dot(s(x), s(x + mu)) ) + sum[x]( s(x)[2]^2 ))", "sum[x]( s(x)[2]^2"),
    "external field": (ANGLE + "action = -sum[x, mu]( cos(t(x) - t(x + mu)) ) - 0.1*sum[x]( cos(t(x)) )", "0.1*sum"),
    "harmonic": (ANGLE + "action = -sum[x, mu]( cos(2*t(x) - 2*t(x + mu)) )", "-sum"),
    "high harmonic": (ANGLE + "action = -sum[x]( cos(t(x) - t(x + e[0])) ) - sum[x]( cos(40*t(x)) )", "sum[x]( cos(40"),
    "shifted phase": (ANGLE + "action = -sum[x, mu]( cos(t(x) - t(x + mu) + 0.3) )", "-sum"),
    "anisotropic spin": (SPHERE + "action = -sum[x, mu]( s(x)[0]*s(x + mu)[0] + 2*s(x)[1]*s(x + mu)[1] )", "s(x)[0]*"),
    "skew product": (SPHERE + "action = -sum[x]( s(x)[0]*s(x + e[0])[1] - s(x)[1]*s(x + e[0])[0] )", "s(x)[0]*"),
    "square of a product": (SPHERE + "action = -sum[x, mu]( dot(s(x), s(x + mu))^2 )", "-sum"),
    "easy axis": (SPHERE + "action = -sum[x, mu]( dot(s(x), s(x + mu)) ) - 0.2*sum[x]( s(x)[2]^2 )", "0.2*sum"),
    "odd potential": (PLANE + "field p : real\naction = sum[x]( p(x)^4 + 0.1*p(x)^3 )", "0.1*p(x)^3"),
    "trace of one matrix": (PLANE + "field U : SU(2)\naction = -sum[x]( retr(adj(U(x)) * U(x + e[0])) ) - 0.2*sum[x]( retr(U(x)) )", "0.2*sum"),
    "four matrices": (PLANE + "field U : SU(2)\naction = -sum[x]( retr(adj(U(x)) * U(x + e[0]) * adj(U(x + e[1])) * U(x + e[0] + e[1])) )", "-sum"),
}  # fmt: skip
WITHOUT = {
    "SU(3)": (PLANE + "field U : SU(3)\naction = -sum[x]( retr(adj(U(x)) * U(x + e[0])) )", "SU(3)"),
    "product of sums": (
        PLANE + "field p : real\naction = sum[x]( p(x)^2 ) + (sum[x]( p(x)^2 ))^2/volume",
        "not one sum",
    ),
    "index": ("index k = 0..3\nfield t[k] : angle\naction = -cos(t[0] - t[1])", "values of an index"),
    "sites": (PLANE + "field p : real\naction = sum[x]( p(x)^2 ) + p(0, 1)^2", "names sites"),
    "free sites": (PLANE + "field p : real\naction = sum[x]( p(x)^2 + p(x)^4 )", "no two `p` meet"),
}


@pytest.mark.parametrize("name", HERE)
def test_couplings(name: str) -> None:
    text, expected = HERE[name]
    found = compiled(text)
    pairs = next(iter(found.pairs.values()))
    assert {offset: notation(j, found.theory.fields) for offset, j in pairs.couplings} == expected


def obstacle(text: str) -> NoPairs:
    found = compiled(text)
    form = next(iter(cluster_forms(found.theory, found.action).values()))
    assert isinstance(form, NoPairs) and not found.pairs
    return form


@pytest.mark.parametrize("name", NOT)
def test_the_term_that_breaks_the_form(name: str) -> None:
    text, term = NOT[name]
    form = obstacle(text)
    assert form.span is not None and text[form.span.start :].startswith(term)


@pytest.mark.parametrize("name", WITHOUT)
def test_where_there_are_none(name: str) -> None:
    text, reason = WITHOUT[name]
    assert reason in obstacle(text).reason
