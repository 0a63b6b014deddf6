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
INDEX = "index p = 1..20\nindex q = 1..20\nfield t[p] : angle\nparam b = 1.1\n"
BONDS = {
    "an index": ("index k = 0..3\nfield t[k] : angle\naction = -cos(t[0] - t[1])", "1 for t[0].t[1]"),
    "written out": (
        "index k = 2..5\nindex l = 2..5\nparam b = 1.1\nfield s[k] : sphere(3)\naction = -b*sum[k < l]( dot(s[k], s[l]) ) + 2*dot(s[5], s[2])",
        "b for s[2].s[3], s[2].s[4], s[3].s[4] and 2 more; b - 2 for s[2].s[5]",
    ),
    "rows": (INDEX + "action = -b*sum[p < q]( cos(t[p] - t[q])/(q - p) )", "b/(-p + q) for t[p].t[q] in p < q"),
    "a star": (INDEX + "action = b*sum[p]( cos(t[p] - t[3]) )", "-b for t[3].sum[p](t[p])"),
    "products of sums over rows": (
        INDEX + "action = -b*(sum[p]( p*cos(t[p]) )^2 + sum[p]( p*sin(t[p]) )^2)",
        "b for sum[p](p*t[p]).sum[p](p*t[p])",
    ),
    "lattice and named sites": (
        SPHERE + "action = -sum[x, mu]( dot(s(x), s(x + mu)) ) - 0.5*dot(s(0, 1), s(0, 0)) + dot(s(2, 2), s(2, 2))",
        "1 for s(x).s(x + e[0]); 1 for s(x).s(x + e[1]); 1/2 for s(0, 0).s(0, 1)",
    ),
    "mean field": (SPHERE + "action = -sum[x, y]( dot(s(x), s(y)) )/volume", "1/36 for sum[x](s(x)).sum[x](s(x))"),
}
NOT = {
    "fields by products": (ANGLE + "action = -sum[x]( cos(t(x)) )^2 - sum[x]( sin(t(x)) )^2 - 0.1*sum[x]( cos(t(x)) )", "0.1*sum"),
    "one component of a mean field": (SPHERE + "action = -sum[x, y]( dot(s(x), s(y)) )/volume + 0.2*sum[x]( s(x)[0] )^2", "0.2*sum"),
    "a field at one site": (ANGLE + "action = -cos(t(0, 0) - t(1, 1)) - 0.1*cos(t(2, 2))", "0.1*cos"),
    "harmonic of an index": (INDEX + "action = -sum[p < q]( cos(t[p] - t[q]) + b*cos(2*t[p] - 2*t[q]) )", "b*cos"),
    "skew product in rows": (INDEX + "action = -sum[p < q]( cos(t[p] - t[q]) ) - b*sum[p < q]( sin(t[p] - t[q]) )", "b*sum"),
    "power of a mean field": (ANGLE + "action = (sum[x]( cos(t(x)) )^2 + sum[x]( sin(t(x)) )^2)^2", "(sum"),
    "product of many pairs": (INDEX + "action = -log(3 + prod[p < q]( cos(t[p] - t[q]) ))", "-log"),
    "power of many pairs": (PLANE + "field U : SU(2)\naction = -sum[x]( prod[mu]( retr(adj(U(x)) * U(x + mu)) )^4 )", "-sum"),
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
    "product of sums of lengths": (
        PLANE + "field p : real\naction = sum[x]( p(x)^2 ) + (sum[x]( p(x)^2 ))^2/volume",
        "no two `p` meet",
    ),
    "sites": (PLANE + "field p : real\naction = sum[x]( p(x)^2 ) + p(0, 1)^2", "no two `p` meet"),
    "free sites": (PLANE + "field p : real\naction = sum[x]( p(x)^2 + p(x)^4 )", "no two `p` meet"),
}


@pytest.mark.parametrize("name", HERE)
def test_couplings(name: str) -> None:
    text, expected = HERE[name]
    found = compiled(text)
    pairs = next(iter(found.pairs.values()))
    assert {offset: notation(j, found.theory.fields) for offset, j in pairs.couplings} == expected


@pytest.mark.parametrize("name", BONDS)
def test_bonds(name: str) -> None:
    text, expected = BONDS[name]
    (pairs,) = compiled(text).pairs.values()
    assert pairs.words.endswith(f", J = {expected}")


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
