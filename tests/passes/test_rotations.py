"""Rotations of spins that are found without being asked for, and the layers that keep them."""

import pytest
from passes.theory import compiled, refusal

from lqdsl.ir.compiled import Spins

CASES = {
    "xy": ("angle", "-sum[x, mu]( cos(f(x + mu) - f(x)) )", True, True),
    "chiral": ("angle", "-sum[x, mu]( cos(f(x + mu) - f(x) - 0.3) )", True, False),
    "clock": ("angle", "-sum[x, mu]( cos(f(x + mu) - f(x)) ) - sum[x]( cos(5*f(x)) )", False, False),
    "u1": ("U(1)", "-sum[x, mu]( re(conj(f(x)) * f(x + mu)) )", True, True),
    "chiral u1": ("U(1)", "-sum[x, mu]( re(conj(f(x)) * f(x + mu)) + 0.2 * im(conj(f(x)) * f(x + mu)) )", True, False),
    "charged u1": ("U(1)", "-sum[x, mu]( re(conj(f(x)) * f(x + mu)) ) - sum[x]( re(f(x)^3) )", False, False),
    "o3": ("sphere(3)", "-sum[x, mu]( dot(f(x), f(x + mu)) )", True, True),
    "o3 in a field": ("sphere(3)", "-sum[x, mu]( dot(f(x), f(x + mu)) ) - sum[x]( f(x)[0] )", False, False),
}


def theory(name: str, block: str = "") -> str:
    kind, action, _, _ = CASES[name]
    extents = "[4, 4]" if block else "[6, 6]"
    return f"lattice {extents}\nfield f : {kind}\naction = {action}\n{block}"


@pytest.mark.parametrize("name", CASES)
def test_layers_keep_what_was_proved(name: str) -> None:
    (coupling,) = compiled(theory(name)).couplings
    _, _, is_framed, mirror = CASES[name]
    assert coupling.frame == (Spins(("f",), mirror) if is_framed else None)
    assert coupling.views == ()


SPIN, TWO = "field s : sphere(3)\nfield phi : real", "field t : angle\nfield u : angle"
PAIR = "cos(t(x + mu) - t(x))", "cos(u(x + mu) - u(x))"
TOGETHER = {
    "spin and number": (SPIN, "sum[x, mu]( phi(x) * dot(s(x), s(x + mu)) ) + sum[x]( phi(x)^2 )", [("s",)]),
    "spin in a random field": (SPIN, "sum[x]( phi(x) * s(x)[0] + phi(x)^2 )", []),
    "two rotations": (TWO, f"-sum[x, mu]( {PAIR[0]} * {PAIR[1]} )", [("t",), ("u",)]),
    "one of two": (TWO, f"-sum[x, mu]( {PAIR[0]} * cos(u(x)) )", [("t",)]),
    "together": (TWO, f"-sum[x, mu]( {PAIR[0]} ) - sum[x]( cos(t(x) - u(x)) )", [("t", "u")]),
    "opposite": (TWO, f"-sum[x, mu]( {PAIR[0]} ) - sum[x]( cos(t(x) + u(x)) )", []),
    "three together": (
        f"{TWO}\nfield v : angle",
        f"-sum[x, mu]( {PAIR[0]} ) - sum[x]( cos(t(x) - u(x)) + cos(u(x) - v(x)) )",
        [("t", "u", "v")],
    ),
    "two and one": (
        f"{TWO}\nfield v : angle",
        "-sum[x]( cos(t(x) - v(x)) ) - sum[x, mu]( cos(u(x) - u(x + mu)) )",
        [("u",), ("t", "v")],
    ),
    "one and three": (
        f"{TWO}\nfield v : angle\nfield w : angle",
        f"-sum[x, mu]( {PAIR[0]} ) - sum[x]( cos(u(x) - v(x)) + cos(v(x) - w(x)) )",
        [("t",), ("u", "v", "w")],
    ),
    "phases together": ("field z : U(1)\nfield w : U(1)", "-sum[x]( re(z(x) * conj(w(x))) )", [("z", "w")]),
    "phases apart": ("field z : U(1)\nfield w : U(1)", "-sum[x]( re(z(x) * w(x)) )", []),
    "vectors together": (
        "field s : sphere(3)\nfield n : sphere(3)",
        "-sum[x, mu]( dot(s(x), n(x + mu)) ) - sum[x]( dot(s(x), n(x))^2 )",
        [("s", "n")],
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_fields_that_rotate_together(name: str) -> None:
    """Layers of a field make axes of what rotates with it, and see invariants of all that rotates else."""
    fields, action, expected = TOGETHER[name]
    result = compiled(f"lattice [6, 6]\n{fields}\naction = {action}\n")
    spins = [Spins(names, True) for names in expected]
    assert result.couplings
    for coupling in result.couplings:
        own = [turned for turned in spins if coupling.couple.field in turned.fields]
        assert coupling.frame == (own[0] if own else None)
        assert coupling.views == tuple(turned for turned in spins if turned not in own)
        assert coupling.isotropic == (not spins)


def test_what_one_layer_breaks_others_need_not_keep() -> None:
    fields, action, _ = TOGETHER["spin and number"]
    blocks = "flow { couple s { equivariant = false } couple phi { } }\n"
    result = compiled(f"lattice [6, 6]\n{fields}\naction = {action}\n{blocks}")
    assert all(coupling.frame is None and coupling.views == () for coupling in result.couplings)


def test_a_single_site_has_axes_of_other_fields() -> None:
    """A spin that is alone has none."""
    alone = compiled(f"lattice [1]\n{SPIN}\naction = sum[x]( phi(x)^2 )\n").couplings
    assert all(coupling.frame is None and coupling.views == () for coupling in alone)
    pair = compiled(f"lattice [1]\n{TWO}\naction = -sum[x]( cos(t(x) - u(x)) )\n").couplings
    assert [coupling.frame for coupling in pair] == [Spins(("t", "u"), True)] * 2


def test_coarsest_spins_that_see_others_of_their_kind() -> None:
    fields, action, _ = TOGETHER["together"]
    blocks = "flow { couple t { mask = hierarchical } couple u { mask = hierarchical } }\n"
    result = compiled(f"lattice [4, 4]\n{fields}\naction = {action}\n{blocks}")
    steps = [coupling.mask.odd for coupling in result.couplings if coupling.couple.field == "t"]
    assert steps == [0, 2, 1, 2, 1]


def test_the_coarsest_spin_stays_uniform() -> None:
    result = compiled(theory("xy", "flow { couple f { mask = hierarchical } couple f { layers = 2 } }\n"))
    assert all(coupling.frame for coupling in result.couplings)
    steps = [coupling.mask for coupling in result.couplings[:-1]]
    assert [step.odd for step in steps] == [2, 1, 2, 1]


def test_plain_layers_on_demand() -> None:
    (coupling,) = compiled(theory("xy", "flow { couple f { equivariant = false } }\n")).couplings
    assert not coupling.frame
    (coupling,) = compiled(theory("o3", "flow { couple f { kernel = recursive(bins = 4) } }\n")).couplings
    assert not coupling.frame


def test_axial_layers_need_the_symmetry() -> None:
    code, said = refusal(theory("o3 in a field", "flow { couple f { kernel = axial(4) } }\n"))
    assert code == "E0705"
    assert "recursive" in said
    alone = f"lattice [1]\n{SPIN}\naction = sum[x]( phi(x)^2 )\nflow {{ couple s {{ kernel = axial(4) }} couple phi {{ }} }}\n"
    assert refusal(alone)[0] == "E0705"
