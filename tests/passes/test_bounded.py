"""Which actions have a normalisable weight, as far as that can be decided, and which are real at all."""

import warnings

import pytest
from passes.theory import compiled, refusal

REAL = "lattice [4]\nparam b = 1.3\nfield phi : real\naction = sum[x]( {body} )\n"
PAIR = "lattice [4]\nfield phi : real\nfield chi : real\naction = sum[x]( {body} )\n"
HOP = "(phi(x + e[0]) - phi(x))^2"

STABLE = [
    REAL.replace("{body}", "phi(x)^2 + 1e-14 * phi(x)^4"),
    REAL.replace("{body}", "-phi(x)^2 + 1e-14 * phi(x)^4"),
    REAL.replace("{body}", f"{HOP} + 0.01 * phi(x)^2"),
    REAL.replace("{body}", f"{HOP} - 3*phi(x)^2 + phi(x)^6"),
    REAL.replace("{body}", "phi(x)^4 - 0.9 * phi(x)^2 * phi(x + e[0])^2"),
    REAL.replace("{body}", "phi(x)^4 + phi(x)^3"),
    REAL.replace("{body}", f"{HOP} + phi(x)^2 - cos(b * phi(x))"),
    REAL.replace("{body}", "log(1 + phi(x)^2)"),
    REAL.replace("{body}", "0.51 * log(1 + phi(x)^2)"),
    REAL.replace("{body}", "0.01 * sqrt(1 + phi(x)^2) + cos(phi(x)) / (1 + phi(x)^2)"),
    PAIR.replace("{body}", "2.1 * log(1 + phi(x)^2 + chi(x)^2)"),
    REAL.replace("[4]", "[4]\nboundary antiperiodic").replace("{body}", HOP),
    PAIR.replace("{body}", "phi(x)^4 + chi(x)^4 - 1.9 * phi(x)^2 * chi(x)^2"),
    PAIR.replace("{body}", f"phi(x)^2 * chi(x)^2 + {HOP} + (chi(x + e[0]) - chi(x))^2"),
]
FALLING = [
    REAL.replace("{body}", "phi(x)^2 - 1e-14 * phi(x)^4"),
    REAL.replace("{body}", "phi(x)^2 + phi(x)^3"),
    REAL.replace("{body}", f"{HOP} - 0.01 * phi(x)^2"),
    REAL.replace("{body}", "phi(x)^4 - 1.1 * phi(x)^2 * phi(x + e[0])^2"),
    REAL.replace("{body}", "phi(x)^4 + 1.1 * phi(x)^3 * phi(x + e[0])"),
    REAL.replace("{body}", "cos(phi(x)) - phi(x)^2"),
    REAL.replace("{body}", "phi(x)^2 - cosh(phi(x))"),
    REAL.replace("{body}", "phi(x)"),
    REAL.replace("{body}", "phi(x)^2 - 2 * phi(x) * sum[y]( phi(y) ) / volume"),
    PAIR.replace("{body}", "phi(x)^4 + chi(x)^4 - 2.1 * phi(x)^2 * chi(x)^2"),
    PAIR.replace("{body}", "phi(x)^4 - chi(x)^2"),
]
FLAT = [
    REAL.replace("{body}", HOP),
    REAL.replace("{body}", "(phi(x + e[0]) - phi(x))^4"),
    REAL.replace("{body}", f"{HOP} - cos(b * phi(x))"),
    REAL.replace("{body}", f"{HOP} - cos(1/3 + b * phi(x))"),
    REAL.replace("{body}", "phi(x)^2 - phi(x) * sum[y]( phi(y) ) / volume"),
    PAIR.replace("{body}", "phi(x)^2"),
    PAIR.replace("{body}", "phi(x)^4"),
]
FREE = [
    REAL.replace("{body}", "0.5 * log(1 + phi(x)^2)"),
    REAL.replace("{body}", "tanh(phi(x))"),
    REAL.replace("{body}", "phi(x)^2 / (1 + phi(x)^2)"),
    PAIR.replace("{body}", "0.9 * log(1 + phi(x)^2 + chi(x)^2)"),
    "index k = 0..3\nfield q[k] : vector(2)\naction = sum[k < j]( 1 / (0.1 + |q[k] - q[j]|^2) ) + 0.1 * sum[k]( log(1 + q[k]^2) )",
]
VECTOR = "lattice [4]\nfield phi : vector(2)\naction = sum[x]( phi(x)^2 + {body} )\n"
ANGLE = "lattice [4]\nfield theta : angle\naction = sum[x]( {body} )\n"
PAIRS = "index k = 0..3\nfield q[k] : vector(2)\naction = 0.1 * sum[k]( q[k]^2 ) + sum[k < j]( {body} )\n"
MANY = PAIRS.replace("0..3", "0..15").replace("vector(2)", "box(3.0, 3.0)").replace("q[k]^2", "cos(2*pi*q[k][0]/3)")
SINGULAR = [
    *(
        REAL.replace("{body}", f"phi(x)^2 + {body}")
        for body in (
            "1/phi(x)",
            "1/phi(x)^3",
            "b/(phi(x) - phi(x + e[0]))",
            "1/(phi(x)^2 - 1)",
            "log(phi(x)^2)",
            "0.5*log(phi(x)^2)",
            "0.6*log((phi(x)^2 - 1)^2)",
            "(phi(x)^2)^(-b/2) - 3*(phi(x)^2)^(-b/2)",
            "tan(phi(x))",
        )
    ),
    *(VECTOR.replace("{body}", body) for body in ("1/phi(x)[0]", "-1/norm(phi(x))", "1.01*log(phi(x)^2)")),
    VECTOR.replace("{body}", "1.01*log((phi(x) - phi(x + e[0]))^2)"),
    *(ANGLE.replace("{body}", body) for body in ("1/sin(theta(x))", "0.6*log(1 - cos(theta(x)))")),
    *(pairs.replace("{body}", "-1/|q[k] - q[j]|") for pairs in (PAIRS, MANY)),
    PAIRS.replace("{body}", "1/|q[k] - q[j]|^12 - 2/|q[k] - q[j]|^14"),
]
INTEGRABLE = [
    *(
        REAL.replace("{body}", f"phi(x)^2 + {body}")
        for body in (
            "1/phi(x)^2",
            "1/(1 + phi(x)^2)",
            "-5/(1e-6 + phi(x)^2)",
            "-log(phi(x)^2)",
            "0.49*log(phi(x)^2)",
            "0.49*log((phi(x)^2 - 1)^2)",
            "0.49*log((phi(x) - phi(x + e[0]))^2)",
            "1/phi(x)^4 - 3/phi(x)^2 + 1/phi(x)",
            "phi(x)^2*log(phi(x)^2)",
        )
    ),
    *(VECTOR.replace("{body}", body) for body in ("1/norm(phi(x))", "0.99*log(phi(x)^2)")),
    *(ANGLE.replace("{body}", body) for body in ("1/(1 - cos(theta(x)))", "0.4*log(1 - cos(theta(x)))")),
    *(pairs.replace("{body}", "1/|q[k] - q[j]|") for pairs in (PAIRS, MANY)),
    PAIRS.replace("{body}", "1/|q[k] - q[j]|^12 - 2/|q[k] - q[j]|^6"),
    PAIRS.replace("{body}", "1.9*log(|q[k] - q[j]|)"),
]
NOT_REAL = [
    "phi(x)^0.5",
    "sqrt(phi(x))",
    "log(phi(x))",
    "log(1 - phi(x)^2)",
    "phi(x)^b",
    "sqrt(phi(x) + phi(x + e[0]))",
]
ALWAYS_REAL = ["(phi(x)^2)^0.5", "sqrt(1 + phi(x)^2)", "log(cosh(phi(x)))", "(1 + phi(x)^2)^b", "(2 + sin(phi(x)))^0.3"]


@pytest.mark.parametrize("text", STABLE)
def test_stable_actions_are_accepted(text: str) -> None:
    compiled(text)


@pytest.mark.parametrize("text", FALLING)
def test_actions_without_a_lower_bound_are_refused(text: str) -> None:
    code, said = refusal(text)
    assert code == "E0602"
    assert "not bounded below" in said


@pytest.mark.parametrize("text", FLAT)
def test_actions_with_a_flat_direction_are_refused(text: str) -> None:
    code, said = refusal(text)
    assert code == "E0602"
    assert "flat direction" in said


@pytest.mark.parametrize("text", FREE)
def test_actions_that_hardly_grow_are_refused(text: str) -> None:
    code, said = refusal(text)
    assert code == "E0602"
    assert "does not keep the fields in" in said


@pytest.mark.parametrize("text", SINGULAR)
def test_singular_actions_without_integral_are_refused(text: str) -> None:
    code, said = refusal(text)
    assert code == "E0602"
    assert "so fast that exp(-S) has no integral there" in said


@pytest.mark.parametrize("text", INTEGRABLE)
def test_singular_actions_with_an_integral_are_accepted(text: str) -> None:
    compiled(text)


@pytest.mark.parametrize("body", NOT_REAL)
def test_roots_and_logarithms_of_negative_numbers_are_refused(body: str) -> None:
    code, said = refusal(REAL.replace("{body}", f"phi(x)^2 + {body}"))
    assert code == "E0601"
    assert "is not a real number where" in said


@pytest.mark.parametrize("body", ALWAYS_REAL)
def test_roots_and_logarithms_of_positive_numbers_are_accepted(body: str) -> None:
    compiled(REAL.replace("{body}", f"phi(x)^2 + {body}"))


def test_bounds_are_decided_on_the_given_couplings() -> None:
    text = "lattice [4]\nparam g = {g}\nfield phi : real\naction = sum[x]( phi(x)^2 + g * phi(x)^4 )\n"
    compiled(text.replace("{g}", "0.1"))
    assert refusal(text.replace("{g}", "-0.1"))[0] == "E0602"
    assert "g = -0.1" in refusal(text.replace("{g}", "-0.1"))[1]


def test_a_large_lattice_is_judged_on_a_small_one() -> None:
    """A repeated pattern of a few sites is a configuration of the large lattice; 4000 x 4000 sites take no longer."""
    body = "sum[mu]( (phi(x + mu) - phi(x))^2 ) + phi(x)^2"
    text = f"lattice [512, 512]\nfield phi : real\naction = sum[x]( {body} - phi(x)^3 * phi(x + e[0]) )\n"
    assert refusal(text)[0] == "E0602"


def test_numbers_that_overflow_decide_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled(REAL.replace("1.3", "1e50").replace("{body}", f"{HOP} + b^8 * phi(x)^2"))


BESIDE = "lattice [4]\nfield q : real\nfield t : angle\nfield s : sphere(3)\nfield z : U(1)\nfield u : SU(2)\naction = sum[x]( {body} )"
COMPACT = "cos(t(x) - t(x + e[0])) - dot(s(x), s(x + e[0])) - retr(adj(z(x)) * z(x + e[0])) - retr(u(x))"
KEPT_IN = [
    "q(x)^2",
    "q(x)^2 * (1.01 + cos(t(x)))",
    "q(x)^2 * sin(t(x))^2",
    "q(x)^4 - 3 * q(x)^2 * s(x)[1]",
    "q(x)^2 * (1.01 + re(z(x)))",
    "q(x)^2 * (1.01 + retr(u(x)))",
    "(q(x + e[0]) - q(x))^2 + (1 - cos(t(x) - t(x + e[0]))) * q(x)^2",
    "(q(x + e[0]) - cos(t(x + e[0]) - t(x)) * q(x))^2",
    "(q(x)^2 + 1) * (s(x)[0]^2 + s(x)[1]^2 + s(x)[2]^2) + q(x)^4 * (cos(t(x))^2 + sin(t(x))^2 - 1)",
    "log(1 + q(x)^2) * (1.6 + cos(t(x)))",
]
NO_BOTTOM = [
    "-q(x)^2",
    "q(x)^2 * sin(t(x))",
    "q(x)^2 * (0.5 + cos(t(x)))",
    "q(x)^2 + q(x)^3 * cos(t(x))^2",
    "-q(x)^2 * s(x)[1]",
    "q(x)^2 * (0.8 - s(x)[2]^2)",
    "q(x)^4 * im(z(x))",
    "q(x)^4 * (0.8 + re(z(x)))",
    "q(x)^2 * (0.5 + retr(u(x)))",
    "q(x)^2 * (0.3 + cos(t(x) - t(x + e[0])))",
]
FLAT_BESIDE = [
    "(q(x + e[0]) - q(x))^2",
    "(q(x + e[0]) + q(x))^2",
    "(q(x + e[0]) - q(x))^2 * (2 + cos(t(x)))",
    "(q(x + e[0]) - q(x))^2 - cos(q(x) - t(x))",
    "(q(x + e[0]) - q(x))^4 * (2 + s(x)[1])",
]


@pytest.mark.parametrize("body", KEPT_IN)
def test_flat_fields_that_compact_ones_do_not_let_go_are_accepted(body: str) -> None:
    compiled(BESIDE.replace("{body}", f"{body} + {COMPACT}"))


@pytest.mark.parametrize("body", NO_BOTTOM)
def test_flat_fields_that_run_away_at_some_places_of_compact_ones_are_refused(body: str) -> None:
    code, said = refusal(BESIDE.replace("{body}", f"{body} + {COMPACT}"))
    assert code == "E0602"
    assert "not bounded below" in said


@pytest.mark.parametrize("body", FLAT_BESIDE)
def test_flat_directions_at_all_places_of_compact_fields_are_refused(body: str) -> None:
    code, said = refusal(BESIDE.replace("{body}", f"{body} + {COMPACT}"))
    assert code == "E0602"
    assert "flat direction" in said


@pytest.mark.parametrize("factor", ["0.2 + 0.1 * cos(t(x))", "0.5 + cos(t(x))"])
def test_logarithms_beside_compact_fields(factor: str) -> None:
    code, said = refusal(BESIDE.replace("{body}", f"log(1 + q(x)^2) * ({factor}) + {COMPACT}"))
    assert code == "E0602"
    assert "does not keep the fields in" in said
