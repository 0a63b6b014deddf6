"""Rotations of spins that are found without being asked for, and the layers that keep them."""

import pytest
from passes.theory import compiled, refusal

CASES = {
    "xy": ("angle", "-sum[x, mu]( cos(f(x + mu) - f(x)) )", True, True),
    "chiral": ("angle", "-sum[x, mu]( cos(f(x + mu) - f(x) - 0.3) )", True, False),
    "clock": ("angle", "-sum[x, mu]( cos(f(x + mu) - f(x)) ) - sum[x]( cos(5*f(x)) )", False, False),
    "o3": ("sphere(3)", "-sum[x, mu]( dot(f(x), f(x + mu)) )", True, True),
    "o3 in a field": ("sphere(3)", "-sum[x, mu]( dot(f(x), f(x + mu)) ) - sum[x]( f(x)[0] )", False, False),
}


def theory(name: str, block: str = "") -> str:
    kind, action, _, _ = CASES[name]
    return f"lattice [4, 4]\nfield f : {kind}\naction = {action}\n{block}"


@pytest.mark.parametrize("name", CASES)
def test_layers_keep_what_was_proved(name: str) -> None:
    (coupling,) = compiled(theory(name)).couplings
    assert (coupling.frame, coupling.mirror) == CASES[name][2:]


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
