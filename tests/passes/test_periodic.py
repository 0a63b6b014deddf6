"""Angles and unit vectors: periodicity, symmetries, what is kept in."""

import pytest
from passes.theory import proved, refusal

XY = "lattice [6, 6]\nfield theta : angle\naction = -sum[x, mu]( {} )\n"


@pytest.mark.parametrize(
    "term",
    [
        "cos(theta(x + mu) - theta(x))",
        "cos(2*theta(x))^2 + sin(theta(x + mu))*sin(theta(x))",
        "exp(cos(theta(x) + theta(x + mu)))",
        "1/(2 + sin(theta(x)))",
    ],
)
def test_what_is_periodic(term: str) -> None:
    assert refusal(XY.format(term))[0] == ""


@pytest.mark.parametrize("term", ["theta(x)^2", "cos(theta(x)/2)", "cos(theta(x)^2)", "sin(theta(x)) * theta(x + mu)"])
def test_what_is_not(term: str) -> None:
    assert refusal(XY.format(term))[0] == "E0605"


def test_symmetries_of_spins() -> None:
    xy = XY.format("cos(theta(x + mu) - theta(x))")
    more = "symmetry U1 : theta -> theta + alpha\nsymmetry P : theta -> -theta\n"
    assert {"U1", "P", "rotations", "reflections"} <= proved(xy + more)
    field = XY.format("cos(theta(x + mu) - theta(x)) + 0.1*cos(theta(x))")
    assert refusal(field + more)[0] == "E0401"
    o3 = "lattice [6]\nfield s : sphere(3)\naction = -sum[x, mu]( dot(s(x), s(x + mu)) )\nsymmetry O(s)\n"
    assert {"O(s)", "sign flip"} <= proved(o3)
    assert refusal(o3.replace("dot(s(x), s(x + mu))", "dot(s(x), s(x + mu)) + s(x)[0]"))[0] == "E0401"


def test_a_coupled_oscillator_is_kept_in() -> None:
    text = "lattice [6]\nfield theta : angle\nfield q : real\naction = sum[x]( {} + q(x)*cos(theta(x)) )\n"
    assert refusal(text.format("q(x)^2"))[0] == ""
    assert refusal(text.format("-q(x)^2"))[0] == "E0602"


def test_multiplication_of_site_groups() -> None:
    head = "lattice [6, 6]\nfield U : SU(3)\naction = -sum[x, mu]( {} )\n"
    pairs = head.format("retr(adj(U(x)) * U(x + mu))")
    assert {"chiral(U)", "rotations", "C"} <= proved(pairs + "symmetry chiral(U)\nsymmetry C : U -> conj(U)\n")
    twisted = head.format("retr(U(x) * U(x + mu))")
    assert refusal(twisted + "symmetry left(U)\n")[0] == "E0401"
    one_sided = head.format("retr(adj(U(x)) * U(x + mu) * U(x) * adj(U(x + mu)))")
    assert refusal(one_sided + "symmetry left(U)\n")[0] == "E0401"
    phases = head.format("re(conj(U(x)) * U(x + mu)) + re(U(x)^2 * conj(U(x + mu))^2)").replace("SU(3)", "U(1)")
    assert "left(U)" in proved(phases + "symmetry left(U), right(U)\n")
    link = "lattice [4, 4]\nfield U : link SU(3)\naction = sum[x]( retr(U[0](x)) )\nsymmetry left(U)\n"
    assert refusal(link)[0] == "E0302"
