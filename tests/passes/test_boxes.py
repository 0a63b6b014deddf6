"""Points of a periodic box: minimum images, periodicity, symmetries, what is kept in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from passes.theory import compiled, proved, refusal
from sympy import Integer, Rational, Symbol, pi

from lqdsl.ir.evaluate import evaluate
from lqdsl.ir.images import MinimumImage
from lqdsl.ir.kinds import Box
from lqdsl.ir.printing import notation

X, Y = Symbol("x", real=True), Symbol("y", real=True)
FLUID = "index p = 0..{last}\nfield r[p] : box({box})\naction = sum[p < q]( exp(-|r[p] - r[q]|^2) ) + {more}\n"
PARTICLES = (3, 15)
"""Pairs that are written out, and pairs that stay rows."""


def fluid(more: str = "0", box: str = "6, 5", last: int = 3) -> str:
    return FLUID.format(box=box, more=more, last=last)


@pytest.mark.parametrize("length", [Integer(3), Rational(13, 2), 2 * pi])
def test_equal_images_look_equal(length: object) -> None:
    image = MinimumImage(X - Y, length)
    assert MinimumImage(X - Y + 3 * length, length) == image == MinimumImage(X - Y - length, length)
    assert MinimumImage(Y - X, length) == -image == MinimumImage(Y - X + length, length)
    assert image.diff(X) == 1 and image.diff(Y) == -1 and (image**2).diff(X) == 2 * image
    assert MinimumImage(X - X, length) == 0 and MinimumImage(5 * length / 4, length) == length / 4


@given(st.fractions(-9, 9, max_denominator=8), st.fractions(1, 4, max_denominator=4), st.booleans())
def test_images_with_a_constant(constant: object, length: object, negative: bool) -> None:
    """Whatever form it is brought into, the value is that of the definition."""
    shift, side = (Rational(n.numerator, n.denominator) for n in (constant, length))  # type: ignore[attr-defined]
    argument = shift + (Y - X if negative else X - Y)
    for x, y in ((0.0, 0.37), (2.11, -5.93), (0.81, 0.8)):
        plain = float(shift) + (y - x if negative else x - y)
        expected = plain - float(side) * np.round(plain / float(side))
        found = evaluate(MinimumImage(argument, side), {}, {"x": x, "y": y}, None)  # type: ignore[arg-type]
        assert float(found) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("last", PARTICLES)
@pytest.mark.parametrize(
    "term",
    [
        "sum[p]( cos(2*pi*r[p][0]/6) )",
        "sum[p]( sin(2*pi*(r[p][1] - 1)/2.5)^2 )",
        "sum[p < q]( cos(2*pi*(r[p][0] - r[q][0])/6) )",
        "sum[p < q]( dot(r[p] - r[q], r[p] - r[q])^2 )",
        "sum[p < q]( (r[p] - r[q])[0]^2 )",
        "exp(cos(2*pi*r[0][0]/3)) / (2 + sin(2*pi*r[1][1]/5))",
        "|r[0] - r[1]|^3",
    ],
)
def test_what_is_periodic(term: str, last: int) -> None:
    assert refusal(fluid(term, last=last))[0] == ""


@pytest.mark.parametrize("last", PARTICLES)
@pytest.mark.parametrize(
    "term",
    [
        "sum[p]( cos(2*pi*r[p][1]/6) )",
        "sum[p]( cos(r[p][0]) )",
        "sum[p]( r[p][0]^2 )",
        "sum[p < q]( (r[p][0] - r[q][0])^2 )",
        "sum[p < q]( |r[p] - r[q]| * cos(pi*r[q][0]/6) )",
    ],
)
def test_what_is_not(term: str, last: int) -> None:
    code, said = refusal(fluid(term, last=last))
    assert code == "E0605" and "not periodic in the box" in said and "cos(2*pi*r" in said


def test_lengths_that_are_parameters() -> None:
    """They are exact numbers of the theory, no arguments of its functions; `--set` changes them."""
    theory = compiled("param L = 6.5\nparam H : real = L/2\n" + fluid("cos(2*pi*r[0][0]/L)", "L, 2*L")).theory
    (field,) = theory.fields
    assert field.kind == Box((Rational(13, 2), Integer(13))) and str(field.kind) == "box(6.5, 13)"
    assert [parameter.name for parameter in theory.run_time_parameters] == ["H"]
    assert refusal(fluid("cos(r[0][0])", "2*pi, pi"))[0] == ""
    assert refusal("param L = 6\nlattice [L]\nfield r : box(L)\naction = sum[x]( cos(2*pi*r(x)[0]/L) )\n")[0] == ""


@pytest.mark.parametrize("last", PARTICLES)
def test_symmetries_of_a_fluid(last: int) -> None:
    claims = "symmetry permutations(r), translations(r), reflections(r), rotations(r)\nsymmetry inversion : r -> -r\n"
    wanted = {"permutations(r)", "translations(r)", "reflections(r)", "rotations(r)", "inversion"}
    assert wanted <= proved(fluid(box="6, 6", last=last) + claims)
    assert proved(fluid(last=last)) == {"translations(r)", "reflections(r)"}
    assert proved(fluid(box="6, 5, 6", last=last)) == {"translations(r)", "reflections(r)", "rotations(r)"}


@pytest.mark.parametrize("last", PARTICLES)
def test_translations_of_waves(last: int) -> None:
    """By the addition theorems, also of squares of sums."""
    sums = (f"(sum[p]( {name}(2*pi*r[p][0]/6) ))^2" for name in ("cos", "sin"))
    pairs = "sum[p < q]( sin(4*pi*r[p][1]/5) * sin(4*pi*r[q][1]/5) + cos(4*pi*r[p][1]/5) * cos(4*pi*r[q][1]/5) )"
    assert "translations(r)" in proved(fluid(f"0.1 * ({' + '.join(sums)}) + {pairs}", last=last))


@pytest.mark.parametrize("last", PARTICLES)
@pytest.mark.parametrize(
    ("claim", "more"),
    [
        ("translations(r)", "sum[p]( cos(2*pi*r[p][0]/6) )"),
        ("translations(r)", "sum[p]( sin(2*pi*r[p][1]/6) )"),
        ("reflections(r)", "sum[p]( sin(2*pi*r[p][1]/6) )"),
        ("reflections(r)", "sum[p < q]( (r[p] - r[q])[0] * (r[p] - r[q])[1] )"),
        ("rotations(r)", "sum[p < q]( (r[p] - r[q])[0]^2 )"),
        ("permutations(r)", "|r[0] - r[1]|"),
    ],
)
def test_false_claims(claim: str, more: str, last: int) -> None:
    code, said = refusal(fluid(more, "6, 6", last) + f"symmetry {claim}\n")
    assert code == "E0401" and claim in said


def test_counter_terms_read_like_the_file() -> None:
    _, said = refusal(fluid("(r[0] - r[1])[0]", "6, 6") + "symmetry reflections(r)\n")
    assert said.endswith("changes by -2*(r[0] - r[1])[0]")


def test_two_species_in_one_box() -> None:
    text = (
        "index p = 0..14\nindex q = 0..14\nfield a[p] : box(6, 6)\nfield b[p] : box(6, 6)\nfield c[p] : box(6, 4)\n"
        "action = sum[p, q]( exp(-|a[p] - b[q]|^2) ) + sum[p < q]( exp(-|c[p] - c[q]|^2) )\n"
    )
    assert {"translations(a, b)", "rotations(a, b)", "translations(c)"} <= proved(text)
    assert refusal(text + "symmetry translations(a)\n")[0] == "E0401"
    paired = text.replace("sum[p, q]( exp(-|a[p] - b[q]|^2) )", "sum[p]( |a[p] - b[p]| )")
    assert "swap" in proved(paired + "symmetry swap : a -> b, b -> a\n")


def test_fields_on_a_lattice() -> None:
    text = "lattice [4, 4]\nfield r : box(3, 3)\naction = sum[x, mu]( |r(x) - r(x + mu)|^2 )\n"
    wanted = {"translations", "rotations", "reflections", "translations(r)", "rotations(r)", "reflections(r)"}
    assert proved(text) == wanted
    assert refusal(text.replace("|r(x) - r(x + mu)|", "(r(x)[0] - r(x + mu)[0])"))[0] == "E0605"


def test_what_vanishes() -> None:
    more = "observable odd = (r[0] - r[1])[0]\nobservable even = (r[0] - r[1])[0]^2\nobservable wave = sin(2*pi*r[0][1]/5)\n"
    assert compiled(fluid() + more).vanishing == ("odd", "wave")


def test_a_real_field_beside_a_singular_fluid() -> None:
    """Bounds are looked for where no two particles meet."""
    text = "index p = 0..{last}\nfield r[p] : box(6, 6)\nfield h[p] : real\naction = sum[p < q]( 1/|r[p] - r[q]|^12 ) {} sum[p]( h[p]^2 )\n"
    for last in PARTICLES:
        assert refusal(text.format("+", last=last))[0] == ""
        assert refusal(text.format("-", last=last))[0] == "E0602"


def test_the_difference_in_words() -> None:
    theory = compiled(fluid("(r[0] - r[1])[0]^2")).theory
    image = next(iter(theory.action[-1].expression.atoms(MinimumImage)))
    assert notation(image, theory.fields) == "(r[0] - r[1])[0]"
