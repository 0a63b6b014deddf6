"""Claims that hold are proved, claims that do not are refuted with the right counter-term."""

import pytest
from passes.theory import compiled, proved, refusal

REAL = "field phi : real\naction = sum[x]( sum[mu]( (phi(x + mu) - phi(x))^2 ) + phi(x)^2 + phi(x)^4 {extra} )\n"
COMPLEX = (
    "lattice [4, 4]\nfield phi : complex\n"
    "action = sum[x]( sum[mu]( |phi(x + mu) - phi(x)|^2 ) + |phi(x)|^2 + 2*|phi(x)|^4 {extra} )\n"
)
VECTOR = (
    "lattice [4, 4]\nparam h = 0.1\nfield v : vector(3)\n"
    "action = sum[x]( sum[mu]( |v(x + mu) - v(x)|^2 ) + |v(x)|^2 + |v(x)|^4 {extra} )\n"
)
PAIR = "lattice [4]\nfield phi : real\nfield chi : real\naction = sum[x]( {body} )\n"


def square(extra: str = "", lattice: str = "[4, 4]") -> str:
    return f"lattice {lattice}\nparam h = 0.1\nparam k = [1.0, 0.5]\n" + REAL.replace("{extra}", extra)


TRUE = {
    "lattice": (square(), "translations, rotations, reflections, permutations"),
    "rectangle": (square(lattice="[4, 6]"), "translations, reflections"),
    "antiperiodic": (square(lattice="[4, 4]\nboundary antiperiodic"), "rotations, reflections"),
    "diagonal": (square("- (phi(x + e[0] + e[1]) + phi(x + e[0] - e[1])) * phi(x) / 5"), "rotations, reflections"),
    "winding on two sites": (square("+ phi(x)^3 * phi(x + e[0]) / 9", "[2, 4]"), "reflections"),
    "winding on three sites": (
        square("+ phi(x)^3 * (phi(x + e[0]) + phi(x + 2*e[0])) / 9", "[3, 4]"),
        "reflections",
    ),
    "sign": (square("+ cos(phi(x)) + |phi(x)|^3 + phi(x) * sin(phi(x + e[0]))"), "Z2 : phi -> -phi"),
    "phase": (COMPLEX.replace("{extra}", ""), "U1 : phi -> exp(i*alpha) * phi"),
    "phase by sine and cosine": (COMPLEX.replace("{extra}", ""), "U1 : phi -> (cos(a) + i*sin(a)) * phi"),
    "conjugation": (COMPLEX.replace("{extra}", "+ re(phi(x)^3)"), "C : phi -> conj(phi)"),
    "discrete phase": (COMPLEX.replace("{extra}", "+ re(phi(x)^3)"), "Z3 : phi -> exp(2*pi*i/3) * phi"),
    "fourth root": (COMPLEX.replace("{extra}", "+ re(phi(x)^4)"), "Z4 : phi -> i*phi"),
    "vectors": (VECTOR.replace("{extra}", "+ exp(-|v(x)|)"), "O(v)"),
    "complex as a plane": (COMPLEX.replace("{extra}", ""), "O(phi)"),
    "exchange": (PAIR.replace("{body}", "phi(x)^4 + chi(x)^4 + phi(x)*chi(x)"), "S : phi -> chi, chi -> phi"),
    "plane of two fields": (
        PAIR.replace("{body}", "(phi(x)^2 + chi(x)^2)^2"),
        "R : phi -> cos(a)*phi - sin(a)*chi, chi -> sin(a)*phi + cos(a)*chi",
    ),
}

FALSE = {
    "rectangle": (square(lattice="[4, 6]"), "rotations", "extents [4, 6] differ"),
    "mixed borders": (square(lattice="[4, 4]\nboundary antiperiodic in 0"), "rotations", "boundary conditions"),
    "anisotropic": (
        square("+ sum[mu]( k[mu] * phi(x) * phi(x + mu) )"),
        "rotations",
        "- sum[x](phi(x)*phi(x + e[0]))*k[0] + sum[x](phi(x)*phi(x + e[0]))*k[1]",
    ),
    "one diagonal": (
        square("- phi(x) * phi(x + e[0] + e[1]) / 5"),
        "reflections",
        "sum[x](phi(x)*phi(x + e[0] + e[1]))/5",
    ),
    "direction of time": (
        square("+ phi(x)^3 * phi(x + e[0]) / 9"),
        "reflections",
        "sum[x](phi(x)*phi(x + e[0])^3)/9 - sum[x](phi(x)^3*phi(x + e[0]))/9",
    ),
    "field": (square("- h * phi(x)"), "Z2 : phi -> -phi", "2*h*sum[x](phi(x))"),
    "shift": (square(), "S : phi -> phi + 1", "6*sum[x](phi(x)) + 6*sum[x](phi(x)^2) + 4*sum[x](phi(x)^3) + 32"),
    "phase": (COMPLEX.replace("{extra}", "+ re(phi(x)^2)/2"), "U1 : phi -> exp(i*alpha) * phi", "sin(alpha)"),
    "wrong root": (
        COMPLEX.replace("{extra}", "+ re(phi(x)^4)"),
        "Z8 : phi -> exp(i*pi/4) * phi",
        "- 2*sum[x](re(phi(x))^4)",
    ),
    "charge": (
        COMPLEX.replace("{extra}", "+ im(conj(phi(x)) * phi(x + e[0]))"),
        "C : phi -> conj(phi)",
        "-2*sum[x](re(phi(x))*im(phi(x + e[0]))) + 2*sum[x](re(phi(x + e[0]))*im(phi(x)))",
    ),
    "cubic": (VECTOR.replace("{extra}", "+ v(x)[0]^4 + v(x)[1]^4"), "O(v)", "4*sum[x](v(x)[0]*v(x)[1]^3)"),
    "magnet": (VECTOR.replace("{extra}", "- h * v(x)[0]"), "O(v)", "h*sum[x](v(x)[1])"),
    "exchange": (
        PAIR.replace("{body}", "phi(x)^2 + 2*chi(x)^2"),
        "S : phi -> chi, chi -> phi",
        "-sum[x](chi(x)^2) + sum[x](phi(x)^2)",
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_claims_are_proved(name: str) -> None:
    text, claim = TRUE[name]
    names = {claim.split(" : ")[0]} if ":" in claim else {part.strip() for part in claim.split(",")}
    assert names <= proved(f"{text}symmetry {claim}\n")


@pytest.mark.parametrize("name", FALSE)
def test_false_claims_are_refuted(name: str) -> None:
    text, claim, counter_term = FALSE[name]
    code, said = refusal(f"{text}symmetry {claim}\n")
    assert code == "E0401"
    assert counter_term in said


def test_what_cannot_be_proved_is_not_called_false() -> None:
    """log(1 + e^phi) - phi/2 is even, which no rule here sees; numbers do."""
    code, said = refusal(square("+ log(1 + exp(phi(x))) - phi(x)/2") + "symmetry Z2 : phi -> -phi\n")
    assert code == "E0402"
    assert "zero on random configurations" in said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (square(), {"translations", "rotations", "reflections", "sign flip"}),
        (square("- h * phi(x)"), {"translations", "rotations", "reflections"}),
        (square("+ phi(x)^3 * phi(x + e[0]) / 9"), {"translations", "sign flip"}),
        (square(lattice="[4, 6]"), {"translations", "reflections", "sign flip"}),
    ],
)
def test_symmetries_are_found_without_claims(text: str, found: set[str]) -> None:
    assert proved(text) == found


MATRICES = "lattice [4]\nfield u : SU(3)\nfield v : SU(3)\naction = -sum[x]( {body} )\nsymmetry P : {maps}"
BOTH = "u -> adj(u), v -> adj(v)"
ADJOINT = [
    ("retr(adj(u(x)) * u(x + e[0])) + retr(v(x))", BOTH, ""),
    ("retr(u(x)) + retr(u(x)^2) + retr(v(x))", "u -> adj(u)", ""),
    ("re(tr(u(x)) * tr(u(x))) + im(tr(v(x)))", "u -> adj(u)", ""),
    ("im(tr(u(x)))^2 + retr(u(x) * v(x))", BOTH, ""),
    ("retr(u(x) * v(x))", "u -> adj(u)", "E0401"),
    ("im(tr(u(x))) + retr(v(x))", BOTH, "E0401"),
    ("retr(u(x) * u(x + e[0]) * adj(u(x + 2*e[0]))) + retr(v(x))", BOTH, "E0401"),
    ("retr(u(x)) + im(tr(u(x) * v(x)))", "u -> -adj(u)", "E0403"),
    ("retr(adj(u(x)) * v(x))", "u -> conj(u)", "E0401"),
    ("retr(adj(u(x)) * v(x))", "u -> conj(u), v -> conj(v)", ""),
]


@pytest.mark.parametrize(("body", "maps", "code"), ADJOINT)
def test_adjoints_of_matrices_at_sites(body: str, maps: str, code: str) -> None:
    assert refusal(MATRICES.replace("{body}", body).replace("{maps}", maps))[0] == code


def test_rotations_of_fields_of_several_kinds_together() -> None:
    text = (
        "lattice [4]\nfield s : sphere(3)\nfield v : vector(3)\naction = sum[x]( v(x)^2 - dot(v(x), s(x)) )\nsymmetry "
    )
    assert "O(s, v)" in proved(text + "O(s, v)")
    assert refusal(text + "O(s)")[0] == "E0401"


def test_odd_sums_next_to_a_border_need_not_vanish() -> None:
    """Moved by one site across an antiperiodic border the sum changes by -2 phi(0)."""
    observables = (
        "observable same = sum[x]( phi(x) ) * (sum[x]( phi(x + e[0]) ) - sum[x]( phi(x) ))\n"
        "observable odd = sum[x]( phi(x + e[0]) )\n"
    )
    text = "lattice [4]\nboundary antiperiodic\nfield phi : real\naction = sum[x]( phi(x)^2 )\n" + observables
    assert compiled(text).vanishing == ("odd",)
