"""Parameters, names and defaults: what a file means where it says little."""

import pytest
from compiled import module, result

from lqdsl.diagnostics import DiagnosticError, SourceFile
from lqdsl.driver import CompileOptions, check_text

FIELD = "field phi : real\naction = sum[x]( phi(x)^2 + phi(x)^4 )\n"


def theory(text: str, **settings: float | tuple[float, ...]):  # type: ignore[no-untyped-def]
    return check_text(SourceFile("theory.lqt", text), CompileOptions(overrides=settings)).theory


def test_whole_numbers_are_ints_where_shapes_need_them() -> None:
    found = theory("param L = 4\nparam n = 2\nparam g = 1\nlattice [2*L, L^n]\n" + FIELD)
    assert [(p.name, p.type) for p in found.parameters] == [("L", "int"), ("n", "int"), ("g", "real")]
    assert found.lattice.extents == (8, 16)


def test_parameters_may_depend_on_ints() -> None:
    found = theory("param L = 4\nparam g : real = pi/L\nlattice [L]\n" + FIELD)
    assert found.parameters[1].value == pytest.approx(3.141592653589793 / 4)
    assert theory("param L = 4\nparam N : int = 2*L\nlattice [N]\n" + FIELD, L=6).lattice.extents == (12,)


def test_settings_replace_values() -> None:
    text = "param L : int = 4\nparam k = [1.0, 0.5]\nparam g : real = 1.0 in (0, 2]\nlattice [L]\n" + FIELD
    found = theory(text, L=6, k=(2.0, 3.0), g=2)
    assert [p.value for p in found.parameters] == [6, (2.0, 3.0), 2]


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"L": 6.5}, "E0803"), ({"L": 0}, "E0501"), ({"k": 1.0}, "E0803"), ({"k": (1.0,)}, "E0803"), ({"g": 0}, "E0801"),
     ({"g": float("nan")}, "E0803"), ({"g": (1.0, 2.0)}, "E0803"), ({"G": 1.0}, "E0802")],
)  # fmt: skip
def test_settings_are_checked(settings: dict[str, float | tuple[float, ...]], code: str) -> None:
    text = "param L : int = 4\nparam k = [1.0, 0.5]\nparam g : real = 1.0 in (0, 2]\nlattice [L]\n" + FIELD
    with pytest.raises(DiagnosticError) as caught:
        theory(text, **settings)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]


@pytest.mark.parametrize(
    ("file", "name"),
    [("phi4.lqt", "phi4"), ("my theory-2.lqt", "my_theory_2"), ("2d.lqt", "theory_2d"), ("\u03c6.lqt", "theory")],
)
def test_a_theory_is_named_after_its_file(file: str, name: str) -> None:
    assert check_text(SourceFile(file, "lattice [4]\n" + FIELD)).theory.name == name


def test_an_action_alone_is_complete() -> None:
    """Observables, a flow and samplers come by default, for fields of every kind."""
    text = (
        "lattice [4, 4]\nfield phi : real\nfield z : complex\nfield v : vector(3)\n"
        "action = sum[x]( phi(x)^2 + |z(x)|^2 + v(x)^2 )\n"
    )
    model = module(text).MODEL
    assert [coupling.field for coupling in model.flow.couplings] == ["phi", "z", "v"]
    assert set(model.samplers) == {"flow_mh", "hmc"}
    assert {"phi2", "phi4", "chi_phi", "C_phi", "z2", "C_z", "v2", "C_v"} <= set(model.observable_kinds)


def test_derived_quantities_build_on_each_other() -> None:
    text = (
        "param L = 4\nparam k = [2.0, 3.0]\nlattice [L, L]\n" + FIELD + "observable o = mean[x]( phi(x)^2 )\n"
        "derived v = variance(o)\nderived w = k[1] * v * volume / L\n"
    )
    model = module(text).MODEL
    found = model.derived["w"](lambda name, power=1: {1: 2.0, 2: 7.0}[power], model.parameters)
    assert found == pytest.approx(3.0 * (7.0 - 4.0) * 16 / 4)


@pytest.mark.parametrize("count", [3000])
def test_long_sums_anywhere(count: int) -> None:
    """Thousands of terms in a row are no deep tree for any reader."""
    ones, terms = "+".join(["1"] * count), "+".join(["o"] * count)
    text = (
        f"param L : int = ({ones})/1000\nlattice [L]\n{FIELD}observable o = mean[x]( {'+'.join(['phi(x)'] * count)} )\n"
        f"derived d = {terms}\ntrain {{ batch = {ones} }}\nsymmetry Z2 : phi -> {'+'.join(['phi'] * count)} - {count + 1}*phi\n"
    )
    compiled = result(text).compiled
    assert compiled.theory.lattice.extents == (3,)
    assert {proof.name for proof in compiled.proofs if proof.declared} == {"Z2"}


def test_a_correlator_of_a_matrix_of_u1_is_that_of_its_number() -> None:
    text = "lattice [4]\nfield z : U(1)\naction = -sum[x]( retr(adj(z(x)) * z(x + e[0])) )\nobservable C = correlator({z}, axis = 0)\n"
    bare, placed = (theory(text.replace("{z}", operator)).observables[0].body for operator in ("z", "z(x)"))
    assert bare == placed


def test_unit_vectors_with_an_index_get_observables_that_are_not_constant() -> None:
    text = "index k = {range}\nfield s[k] : sphere(3)\naction = -sum[k]( s[k][0] )\n"
    assert [o.name for o in theory(text.replace("{range}", "0..3")).observables] == ["chi_s"]
    assert [o.name for o in theory(text.replace("{range}", "2..2")).observables] == ["s_0"]


@pytest.mark.parametrize("group", ["U(1)", "SU(2)"])
def test_links_on_one_axis_are_measured_by_the_line_around_it(group: str) -> None:
    """There is no plaquette."""
    line = "prod[k = 0..3]( U[0](x + k*e[0]) )"
    text = f"lattice [4]\nfield U : link {group}\naction = -1.5 * sum[x]( retr({line}) )\nsymmetry gauge(U)\n"
    default = result(text).compiled.observables
    assert [observable.name for observable in default] == ["line_U"]
    (declared,) = result(f"{text}observable line = mean[x]( retr({line}) )\n").compiled.observables
    assert default[0].body == declared.body


def test_phases_beside_links_have_no_observables_of_their_own() -> None:
    """They change with the gauge; |z|^2 of a complex field does not."""
    hop = "re(exp(-i*a(x)) * U[mu](x) * exp(i*a(x + mu))) + re(conj(z(x)) * U[mu](x) * z(x + mu))"
    text = (
        "lattice [4, 4]\nfield U : link U(1)\nfield a : angle\nfield z : complex\n"
        f"action = -sum[x, mu]( {hop} ) + 9*sum[x]( |z(x)|^2 )\nsymmetry gauge(U)\n"
    )
    names = [observable.name for observable in result(text).compiled.observables]
    assert names == ["plaquette_U", "Q_U", "chi_Q_U", "z2", "z4", "C_z"]
