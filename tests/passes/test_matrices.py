"""Multiplications of matrices that are found without being asked for, and the layers that keep them."""

import pytest
from passes.theory import compiled, refusal

BOND = "retr(adj(U(x)) * U(x + mu))"
CASES = {
    "SU(3)": (f"-sum[x, mu]( {BOND} )", "chiral"),
    "U(2)": (f"-sum[x, mu]( {BOND}^2 )", "chiral"),
    "SU(2)": (f"-sum[x, mu]( {BOND} )", "chiral"),
    "SU(3) in a field": (f"-sum[x, mu]( {BOND} ) - sum[x]( retr(U(x)) )", "conjugation"),
    "SU(3) with its square": ("-sum[x, mu]( im(tr(U(x) * U(x + mu))) )", "conjugation"),
    "SU(2) in a field": (f"-sum[x, mu]( {BOND} ) - sum[x]( retr(U(x)) )", ""),
}


def theory(name: str, block: str = "") -> str:
    kind = name.split(" ", maxsplit=1)[0]
    extents = "[4, 4]" if block else "[6, 6]"
    return f"lattice {extents}\nfield U : {kind}\naction = {CASES[name][0]}\n{block}"


@pytest.mark.parametrize("name", CASES)
def test_layers_keep_what_was_proved(name: str) -> None:
    result = compiled(theory(name))
    assert [coupling.matrices for coupling in result.couplings] == [CASES[name][1]]
    assert ("chiral(U)" in {proof.name for proof in result.proofs}) == (CASES[name][1] == "chiral")


def test_a_claim_is_proved_once() -> None:
    result = compiled(theory("SU(3)", "symmetry chiral(U)\n"))
    assert [proof.declared for proof in result.proofs if proof.name == "chiral(U)"] == [True]


@pytest.mark.parametrize(
    ("name", "options", "kept"),
    [
        ("SU(3)", "equivariant = false", ""),
        ("SU(2)", "equivariant = false", ""),
        ("SU(2)", "kernel = recursive(bins = 4)", ""),
        ("SU(2)", "kernel = spectral(bins = 4)", "chiral"),
        ("SU(2) in a field", "kernel = spectral(4)", "conjugation"),
        ("SU(3)", "kernel = spectral(4)  mask = autoregressive", "chiral"),
    ],
)
def test_layers_on_demand(name: str, options: str, kept: str) -> None:
    (coupling,) = compiled(theory(name, f"flow {{ couple U {{ {options}  layers = 16 }} }}\n")).couplings
    assert coupling.matrices == kept


def test_one_matrix() -> None:
    """Without a lattice nothing is frozen: the centre is the unit."""
    (coupling,) = compiled("lattice [1]\nfield U : SU(3)\naction = -sum[x]( retr(U(x)) )\n").couplings
    assert coupling.matrices == "conjugation" and coupling.mask.constructor == "None"


@pytest.mark.parametrize(
    ("bond", "kept"),
    [
        ("retr(adj(U(x)) * W(x + mu))", ["", ""]),
        (f"{BOND} * phi(x)^2", ["chiral", "conjugation"]),
        ("retr(U(x) * W(x) * adj(U(x)) * adj(W(x)))", ["", ""]),
    ],
)
def test_beside_other_fields(bond: str, kept: list[str]) -> None:
    """A trace of matrices of two fields does not stay when one of them is turned alone."""
    text = (
        "lattice [6]\nfield U : SU(3)\nfield W : U(2)\nfield phi : real\n"
        if kept[0]
        else ("lattice [6]\nfield U : SU(3)\nfield W : SU(3)\nfield phi : real\n")
    )
    source = " - sum[x]( retr(W(x)) )" if kept[0] else ""
    result = compiled(f"{text}action = sum[x]( phi(x)^2 + phi(x)^4 ) - 0.1 * sum[x, mu]( {bond} ){source}\n")
    assert [coupling.matrices for coupling in result.couplings] == [*kept, ""]


def test_the_coarsest_matrix_stays_uniform() -> None:
    result = compiled(theory("SU(3)", "flow { couple U { mask = hierarchical } couple U { layers = 2 } }\n"))
    assert [coupling.mask.odd for coupling in result.couplings[:-1]] == [2, 1, 2, 1]


def test_spectral_maps_stand_alone() -> None:
    code, said = refusal(theory("SU(2)", "flow { couple U { kernel = [spectral(4), radial(2)] } }\n"))
    assert code == "E0705"
    assert "alone" in said


@pytest.mark.parametrize("kind", ["SU(4)", "U(5)"])
def test_larger_groups(kind: str) -> None:
    text = f"lattice [6]\nfield U : {kind}\naction = -sum[x, mu]( {BOND} )\n"
    assert [coupling.matrices for coupling in compiled(text).couplings] == ["chiral"]
    chosen = compiled(text + "flow { couple U { layers = 4  kernel = spectral(4) } }\n").couplings
    assert [coupling.matrices for coupling in chosen] == ["chiral"]
