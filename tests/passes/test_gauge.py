"""Gauge invariance and the lattice symmetries of links: what is proved, what is refused and why."""

import pytest
from passes.theory import compiled, proved, refusal

from lqdsl.diagnostics import DiagnosticError

LOOPS = """loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
loop R[mu, nu](x) = U[mu](x) * U[mu](x + mu) * U[nu](x + 2*mu) * adj(U[mu](x + mu + nu)) * adj(U[mu](x + nu)) * adj(U[nu](x))
"""


def theory(action: str, group: str = "SU(3)", lattice: str = "[4, 4]", more: str = "") -> str:
    return f"lattice {lattice}\nfield U : link {group}\n{LOOPS}action = {action}\n{more}\n"


ACTIONS = {
    "plaquette": "sum[x, mu < nu]( retr(P[mu, nu](x)) )",
    "improved": "sum[x, mu < nu]( retr(P[mu, nu](x)) - 0.1 * (retr(R[mu, nu](x)) + retr(R[nu, mu](x))) )",
    "adjoint": "sum[x, mu < nu]( re(tr(P[mu, nu](x)))^2 + im(tr(P[mu, nu](x)))^2 )",
    "trace of a product": "sum[x, mu < nu]( retr(P[mu, nu](x) * P[mu, nu](x)) )",
}


@pytest.mark.parametrize("group", ["U(1)", "SU(2)", "SU(3)", "U(2)", "SU(4)"])
@pytest.mark.parametrize("action", ACTIONS)
def test_loops_are_invariant(action: str, group: str) -> None:
    claims = "symmetry gauge(U), translations, rotations, reflections\nsymmetry C : U -> conj(U)"
    found = proved(theory(ACTIONS[action], group, more=claims))
    assert {"gauge(U)", "rotations", "reflections", "C"} <= found


def test_invariance_is_found_undeclared_in_three_dimensions() -> None:
    assert {"gauge(U)", "rotations", "reflections"} <= proved(theory(ACTIONS["improved"], lattice="[4, 4, 4]"))


def test_a_chair_and_a_line_around_the_torus() -> None:
    chair = "U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * U[rho](x + nu) * adj(U[nu](x + rho)) * adj(U[rho](x))"
    action = f"sum[x, mu != nu, rho != mu]( retr({chair}) )"
    assert refusal(theory(action, lattice="[4, 4, 4]", more="symmetry gauge(U)"))[0] in ("", "E0401")
    line = "sum[x]( retr(prod[k = 0..3](U[0](x + k*e[0]))) )"
    assert "gauge(U)" in proved(theory(line))


@pytest.mark.parametrize(
    ("action", "group", "ends"),
    [
        ("sum[x]( retr(U[0](x)) )", "SU(3)", "open path: it ends at x + e[0] and goes on at x"),
        ("sum[x]( retr(U[0](x) * U[1](x + e[0])) )", "SU(2)", "ends at x + e[0] + e[1] and goes on at x"),
        ("sum[x]( re(U[0](x)) )", "U(1)", "open path from x to x + e[0]"),
        ("sum[x]( re(U[0](x) * adj(U[0](x + e[1]))) )", "U(1)", "open path from x"),
    ],
)
def test_an_open_path_is_refused_at_its_ends(action: str, group: str, ends: str) -> None:
    code, text = refusal(theory(f"{action} + {ACTIONS['plaquette']}", group, more="symmetry gauge(U)"))
    assert code == "E0401"
    assert ends in text
    assert "gauge(U)" not in proved(theory(action, group))


@pytest.mark.parametrize("group", ["SU(2)", "SU(3)"])
def test_determinants_of_special_matrices_have_no_angle(group: str) -> None:
    code, text = refusal(theory(ACTIONS["plaquette"], group, more="observable Q = sum[x]( arg(P[0, 1](x)) )"))
    assert code == "E0305" and "is zero" in text


def test_observables_must_be_invariant_too() -> None:
    more = "symmetry gauge(U)\nobservable bad = mean[x]( retr(U[0](x)) )"
    code, text = refusal(theory(ACTIONS["plaquette"], more=more))
    assert code == "E0401"
    assert "`bad` is not gauge invariant" in text


TOGETHER = """lattice [4, 4]
field U : link {group}
field V : link {group}
loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
action = -sum[x, mu < nu]( retr(P[mu, nu](x)) ) - 0.1 * sum[x, mu]( {term} )
{more}
"""
MIXED = (
    "retr(U[mu](x) * adj(V[mu](x)))",
    "retr(U[0](x) * V[1](x + e[0]) * adj(U[0](x + e[1])) * adj(V[1](x)))",
    "retr(U[0](x) * V[1](x + e[0])^2 * adj(U[0](x + e[1])) * adj(V[1](x)))",
)


@pytest.mark.parametrize("group", ["U(1)", "SU(2)", "SU(3)", "U(2)"])
@pytest.mark.parametrize("term", MIXED)
def test_links_of_two_fields_in_one_trace(term: str, group: str) -> None:
    """Only a common Omega leaves them invariant, where the path is closed."""
    code, text = refusal(TOGETHER.format(group=group, term=term, more="symmetry gauge(U)"))
    is_closed = "^2" not in term
    assert code == "E0401" and "open path" in text
    assert ("gauge(U, V)" in text) == is_closed
    found = proved(TOGETHER.format(group=group, term=term, more=""))
    assert {name for name in found if "gauge" in name} == ({"gauge(U, V)"} if is_closed else set())
    if is_closed:
        assert "gauge(U, V)" in proved(TOGETHER.format(group=group, term=term, more="symmetry gauge(U, V)"))


@pytest.mark.parametrize("term", MIXED)
def test_observables_of_two_fields_need_both(term: str) -> None:
    more = f"observable o = mean[x]( retr(P[0, 1](x)) ) + mean[x]( {term.replace('mu', '0')} )\nsymmetry gauge("
    action = "retr(P[0, 1](x)) - retr(V[0](x) * V[1](x + e[0]) * adj(V[0](x + e[1])) * adj(V[1](x)))"
    code, text = refusal(TOGETHER.format(group="SU(2)", term=action, more=f"{more}U)"))
    assert code == "E0401" and "does not transform with it" in text
    code, _ = refusal(TOGETHER.format(group="SU(2)", term=action, more=f"{more}U, V)"))
    assert code == ("E0401" if "^2" in term else "")


@pytest.mark.parametrize("claim", ["gauge", "gauge(U, U)", "gauge(U, W)", "gauge(phi)"])
def test_what_gauge_takes(claim: str) -> None:
    assert (
        refusal(TOGETHER.format(group="U(1)", term=MIXED[0], more=f"field phi : angle\nsymmetry {claim}"))[0] == "E0302"
    )


def test_links_of_different_groups_have_no_common_transformation() -> None:
    more = "field W : link SU(2)\nsymmetry gauge(U, W)"
    assert refusal(TOGETHER.format(group="U(1)", term=MIXED[0], more=more))[0] == "E0301"


def test_the_guilty_term_of_an_observable_is_shown() -> None:
    text = theory(
        ACTIONS["plaquette"], more="symmetry gauge(U)\nobservable o = mean[x]( retr(P[0, 1](x)) + retr(U[1](x)) )"
    )
    with pytest.raises(DiagnosticError) as caught:
        compiled(text)
    (diagnostic,) = caught.value.diagnostics
    assert text[diagnostic.span.start : diagnostic.span.end] == "retr(U[1](x))"


HIGGS = """lattice [4, 4]
field U : link U(1)
field phi : complex
action = sum[x]( sum[mu]( |phi(x + mu)|^2 - re({hop}) ) + |phi(x)|^2 + |phi(x)|^4 )
symmetry gauge(U)
"""


def test_charges_are_found() -> None:
    assert "gauge(U) with charge 1 of phi" in proved(HIGGS.format(hop="conj(phi(x)) * U[mu](x) * phi(x + mu)"))
    assert "gauge(U) with charge -1 of phi" in proved(HIGGS.format(hop="phi(x) * U[mu](x) * conj(phi(x + mu))"))
    double = "conj(phi(x)) * U[mu](x)^2 * phi(x + mu)"
    assert "gauge(U) with charge 2 of phi" in proved(HIGGS.format(hop=double))
    assert "gauge(U) with charge 7 of phi" in proved(HIGGS.format(hop="conj(phi(x)) * U[mu](x)^7 * phi(x + mu)"))
    half = "0.01 * conj(phi(x))^2 * U[mu](x) * phi(x + mu)^2"
    assert refusal(HIGGS.format(hop=half))[0] == "E0401"


def test_charges_that_follow_from_those_of_other_fields() -> None:
    more = "field chi : complex\naction ="
    both = "conj(phi(x)) * U[mu](x)^4 * phi(x + mu)) - 0.01 * re(phi(x) * chi(x)^2"
    found = proved(
        HIGGS.format(hop=both).replace("action =", more).replace("+ |phi(x)|^2", "+ |phi(x)|^2 + |chi(x)|^4")
    )
    assert "gauge(U) with charge 4 of phi, charge -2 of chi" in found


def test_a_wrong_hop_is_refused() -> None:
    code, text = refusal(HIGGS.format(hop="phi(x) * U[mu](x) * phi(x + mu)"))
    assert code == "E0401"
    assert "open path from x to x + e[0]" in text


POLAR = """lattice [4, 4]
field U : link U(1)
field a : {kind}
loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
action = -1.5 * sum[x, mu < nu]( re(P[mu, nu](x)) ) - 0.8 * sum[x, mu]( {hop} )
symmetry gauge(U)
"""


@pytest.mark.parametrize(
    ("hop", "charge"),
    [
        ("re(exp(-i*a(x)) * U[mu](x) * exp(i*a(x + mu)))", 1),
        ("cos(a(x + mu) - a(x) - arg(U[mu](x)))", -1),
        ("re(exp(-i*a(x)) * U[mu](x)^2 * exp(i*a(x + mu)))", 2),
        (("cos(a(x + mu)) * cos(a(x)) * re(U[mu](x)) + sin(a(x + mu)) * sin(a(x)) * re(U[mu](x)) "
         "- (sin(a(x + mu)) * cos(a(x)) - cos(a(x + mu)) * sin(a(x))) * im(U[mu](x))"), 1),
    ],
)  # fmt: skip
def test_angles_carry_charges(hop: str, charge: int) -> None:
    """The Higgs field of fixed length in polar form; its default observables are invariant."""
    assert f"gauge(U) with charge {charge} of a" in proved(POLAR.format(kind="angle", hop=hop))


def test_unit_phases_at_sites_carry_charges() -> None:
    pair = "re(adj(a(x)) * a(x + mu)) * re(U[mu](x)) - im(adj(a(x)) * a(x + mu)) * im(U[mu](x))"
    assert "gauge(U) with charge 1 of a" in proved(POLAR.format(kind="U(1)", hop=pair))


@pytest.mark.parametrize("hop", ["re(exp(i*a(x)) * U[mu](x) * exp(i*a(x + mu)))", "cos(a(x + mu) - a(x)) + cos(a(x))"])
def test_angles_that_do_not_follow_the_gauge_are_refused(hop: str) -> None:
    more = "re(exp(-i*a(x)) * U[mu](x) * exp(i*a(x + mu)))"
    assert refusal(POLAR.format(kind="angle", hop=f"{hop} + {more}"))[0] == "E0401"


def test_an_angle_of_half_the_charge_has_no_gauge() -> None:
    """cos(2 a) would need the charge 1/2, which Omega = exp(2 pi i) does not leave alone."""
    hop = "re(exp(-2*i*a(x)) * U[mu](x) * exp(2*i*a(x + mu)))"
    assert refusal(POLAR.format(kind="angle", hop=hop))[0] == "E0401"


def test_a_field_at_a_named_site_is_not_overlooked() -> None:
    code, text = refusal(HIGGS.format(hop="conj(phi(x)) * U[mu](x) * phi(x + mu)").replace(
        "|phi(x)|^4 )", "|phi(x)|^4 ) + re(phi(0, 0))"))  # fmt: skip
    assert code == "E0401", text


def test_what_numbers_do_not_refute_is_not_called_false() -> None:
    """Invariant, but only because cos^2 + sin^2 = 1."""
    hop = "re(U[mu](x)) * (cos(a(x))^2 + sin(a(x))^2 - 1)"
    code, text = refusal(POLAR.format(kind="angle", hop=hop))
    assert code == "E0402", text


def test_theta_terms_break_charge_conjugation_and_reflections() -> None:
    theta = "sum[x]( retr(P[0, 1](x)) + im(tr(P[0, 1](x))) )"
    assert refusal(theory(theta, more="symmetry C : U -> conj(U)"))[0] == "E0401"
    assert refusal(theory(theta, more="symmetry reflections"))[0] == "E0401"
    assert {"rotations", "gauge(U)"} <= proved(theory(theta))
    assert "reflections" not in proved(theory(theta))


def test_planes_of_different_weight_break_rotations() -> None:
    action = "sum[x]( retr(P[0, 1](x)) + 2 * retr(P[0, 2](x)) + retr(P[1, 2](x)) )"
    found = proved(theory(action, lattice="[4, 4, 4]"))
    assert "reflections" in found
    assert "rotations" not in found


def test_minus_one() -> None:
    assert "center" in proved(theory(ACTIONS["plaquette"], "SU(2)", more="symmetry center : U -> -U"))
    assert refusal(theory(ACTIONS["plaquette"], "SU(3)", more="symmetry center : U -> -U"))[0] == "E0403"


def test_links_need_periodic_borders_and_traces() -> None:
    assert refusal(theory(ACTIONS["plaquette"], more="boundary antiperiodic in 0"))[0] == "E0501"
    assert refusal(theory("sum[x]( P[0, 1](x) )"))[0] == "E0305"
    assert refusal(theory("sum[x]( retr(conj(P[0, 1](x))) )"))[0] == "E0305"


def charge(options: str, lattice: str = "[4, 4, 4, 4]") -> tuple[str, str]:
    observable = f"observable Q = topological_charge({options})\nsymmetry gauge(U)"
    return refusal(theory(ACTIONS["plaquette"], lattice=lattice, more=observable))


def test_the_charge_on_four_axes() -> None:
    assert charge("U")[0] == ""
    assert charge("U, smearing = stout(rho = 0.1, steps = 10)")[0] == ""
    assert charge("U, smearing = wilson_flow(time = 1, step = 0.02)")[0] == ""
    assert charge("U", "[4, 4]")[0] == "E0301"
    assert charge("P")[0] == "E0301"
    assert charge("U, smearing = stout(rho = 0.1)")[0] == "E0302"
    assert charge("U, smearing = stout(rho = -1, steps = 10)")[0] == "E0303"
    assert charge("U, smearing = stoud(rho = 0.1, steps = 10)") == (
        "E0201",
        "unknown smearing `stoud` | known are stout, wilson_flow | did you mean `stout`?",
    )
    action = f"{ACTIONS['plaquette']} + topological_charge(U)"
    assert refusal(theory(action, lattice="[4, 4, 4, 4]"))[0] == "E0301"


def test_matter_must_be_kept_in() -> None:
    hop = "conj(phi(x)) * U[mu](x) * phi(x + mu)"
    assert refusal(HIGGS.format(hop=hop))[0] == ""
    assert refusal(HIGGS.format(hop=hop).replace("+ |phi(x)|^4", "- |phi(x)|^4"))[0] == "E0602"
    free = HIGGS.format(hop=f"8 * {hop}").replace("+ |phi(x)|^4", "")
    assert refusal(free)[0] == "E0602"
