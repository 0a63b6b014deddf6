"""Masks and colours on the lattice itself: classes cover it, close on the torus, and separate what interacts."""

from itertools import product
from math import prod

import numpy as np
import pytest
from passes.theory import PHI4, compiled, refusal

import lqdsl.runtime as rt
from lqdsl.passes.conditional import couplings
from lqdsl.runtime import masks
from lqdsl.runtime.lattice import Lattice

MASKS = [
    ("[4]", "checkerboard", 2),
    ("[4, 6]", "checkerboard", 2),
    ("[2, 4, 2]", "checkerboard", 2),
    ("[2, 2, 4, 2]", "checkerboard", 2),
    ("[6, 5]", "stripes(axis = 0, period = 3)", 3),
    ("[3, 8]", "stripes(axis = 1, period = 4)", 4),
    ("[3, 5]", "random(seed = 4)", 2),
    ("[7]", "random(seed = 0)", 2),
    ("[3, 2]", "autoregressive", 6),
]


def flow(lattice: str, mask: str, layers: int = 8) -> str:
    block = f"flow {{ couple phi {{ layers = {layers}  mask = {mask} }} }}\n"
    return f"lattice {lattice}\nfield phi : real\n{PHI4}{block}"


@pytest.mark.parametrize(("lattice", "mask", "cycle"), MASKS)
def test_every_site_is_updated_once_in_a_cycle(lattice: str, mask: str, cycle: int) -> None:
    result = compiled(flow(lattice, mask))
    (coupling,) = result.couplings
    classes = np.array(coupling.mask.classes(result.theory.lattice))
    assert coupling.mask.cycle == cycle
    assert sorted(set(classes)) == list(range(cycle))
    assert abs(np.bincount(classes) - prod(result.theory.lattice.extents) / cycle).max() < 1


@pytest.mark.parametrize(("lattice", "mask", "cycle"), MASKS)
def test_runtime_has_the_same_pattern(lattice: str, mask: str, cycle: int) -> None:
    result = compiled(flow(lattice, mask))
    chosen, extents = result.couplings[0].mask, result.theory.lattice.extents
    classes = np.array(chosen.classes(result.theory.lattice)).reshape(extents)
    pattern = eval(chosen.constructor, {"rt": masks})
    for layer in range(cycle):
        np.testing.assert_array_equal(pattern.active(Lattice(extents), layer), classes == layer)


@pytest.mark.parametrize(
    ("lattice", "mask", "axis", "help_"),
    [
        ("[4, 7]", "checkerboard", 1, "6 or 8"),
        ("[5, 4]", "checkerboard", 0, "4 or 6"),
        ("[1]", "checkerboard", 0, "use extent 2,"),
        ("[8, 4]", "stripes(axis = 0, period = 3)", 0, "6 or 9"),
    ],
)
def test_extents_that_do_not_divide(lattice: str, mask: str, axis: int, help_: str) -> None:
    code, said = refusal(flow(lattice, mask))
    assert code == "E0502"
    assert f"of axis {axis}" in said
    assert help_ in said


@pytest.mark.parametrize(("mask", "layers"), [("checkerboard", 1), ("stripes(axis = 0, period = 4)", 3)])
def test_layers_that_leave_sites_out(mask: str, layers: int) -> None:
    code, said = refusal(flow("[4, 4]", mask, layers))
    assert code == "E0503"
    assert f"use at least `layers = {layers + 1}`" in said


def test_odd_lattices_have_a_flow_without_asking() -> None:
    """No checkerboard closes on three sites; the default flow takes a mask that fits."""
    result = compiled(f"lattice [3, 5]\nfield phi : real\n{PHI4}")
    assert [coupling.mask.cycle for coupling in result.couplings] == [2]


def test_one_site_has_a_flow_without_asking() -> None:
    (coupling,) = compiled(f"lattice [1]\nfield phi : real\n{PHI4}").couplings
    assert coupling.mask.cycle == 1


def test_one_site_at_a_time_has_a_limit() -> None:
    code, said = refusal(flow("[10, 10]", "autoregressive", 100))
    assert code == "E0502"
    assert "100 sites" in said


@pytest.mark.parametrize("lattice", ["[8]", "[8, 8]", "[12, 6]", "[3, 8]", "[4, 4, 2]", "[2, 2, 4, 2]"])
@pytest.mark.parametrize("layers", [0, 2])
def test_from_coarse_to_fine(lattice: str, layers: int) -> None:
    """Every site is updated in one step, sees only sites of earlier steps, and the runtime agrees."""
    option = f"layers = {100 * layers}" if layers else ""
    block = f"flow {{ couple phi {{ mask = hierarchical {option} }} }}\n"
    result = compiled(f"lattice {lattice}\nfield phi : real\n{PHI4}{block}")
    small, done = result.theory.lattice, np.zeros(result.theory.lattice.volume, bool)
    for number, coupling in enumerate(result.couplings):
        classes = np.array(coupling.mask.classes(small))
        assert not done[classes == 0].any()
        assert done[classes == 1].all()
        assert (classes == 1).any() == (number > 0)
        done |= classes == 0
        pattern = eval(coupling.mask.constructor, {"rt": masks})
        for own, part in enumerate(pattern.parts(Lattice(small.extents))):
            np.testing.assert_array_equal(part, classes == own)
    assert done.all()
    assert sum(coupling.layers for coupling in result.couplings) == (100 * layers or len(result.couplings))


@pytest.mark.parametrize("lattice", ["[8]", "[8, 8]", "[12, 6]", "[3, 8]", "[4, 4, 2]"])
def test_sweeps_from_coarse_to_fine(lattice: str) -> None:
    """Before the last step all sites so far are in two classes that see each other, those of the step before it second."""
    block = "flow { couple phi { mask = hierarchical(sweeps = 3) } }\n"
    result = compiled(f"lattice {lattice}\nfield phi : real\n{PHI4}{block}")
    small, done = result.theory.lattice, np.zeros(result.theory.lattice.volume, bool)
    last = np.zeros_like(done)
    for coupling in result.couplings:
        classes = np.array(coupling.mask.classes(small))
        if coupling.mask.sweeps:
            assert coupling.layers == 6
            np.testing.assert_array_equal(classes == 1, last)
            np.testing.assert_array_equal(classes == 0, done & ~last)
        else:
            last = classes == 0
            done |= last
        pattern = eval(coupling.mask.constructor, {"rt": masks})
        for own, part in enumerate(pattern.parts(Lattice(small.extents))):
            np.testing.assert_array_equal(part, classes == own)
    assert done.all()
    assert [coupling.mask.sweeps for coupling in result.couplings] == [False] * (len(result.couplings) - 2) + [
        True,
        False,
    ]


COMPACT = "-sum[x, mu]( cos(t(x + mu) - t(x)) )"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"lattice [4, 8]\nfield t : angle\naction = {COMPACT}", {"t": "CoarseMask"}),
        (f"lattice [4, 6]\nfield t : angle\naction = {COMPACT}", {"t": "LinearMask"}),
        (f"lattice [4, 5]\nfield t : angle\naction = {COMPACT}", {"t": "TableMask"}),
        (f"lattice [1, 1]\nfield t : angle\naction = {COMPACT} - sum[x]( cos(t(x)) )", {"t": "WholeMask"}),
        (
            f"lattice [4, 4]\nfield t : angle\nfield q : real\naction = {COMPACT} + sum[x]( q(x)^2 )",
            {"t": "CoarseMask", "q": "LinearMask"},
        ),
        (
            f"lattice [1, 8]\nfield t : angle\nfield q : real\naction = {COMPACT} + sum[x]( q(x)^2*(1.1 + cos(t(x))) )",
            {"t": "CoarseMask", "q": "TableMask"},
        ),
        (f"lattice [64, 32]\nfield t : angle\naction = {COMPACT}", {"t": "LinearMask"}),
        ("index k = 0..3\nfield t[k] : angle\naction = -sum[k]( cos(t[k]) )", {"t": "LinearMask"}),
    ],
)
def test_masks_of_flows_that_nobody_wrote(text: str, expected: dict[str, str]) -> None:
    """From coarse to fine for compact fields where halving ends at one site."""
    found = compiled(text + "\n").couplings
    assert {coupling.couple.field: type(coupling.mask).__name__ for coupling in found} == expected


def test_one_halving_has_nothing_to_sweep_over() -> None:
    code, said = refusal(flow("[6]", "hierarchical(sweeps = 2)", 2))
    assert code == "E0502" and "one class" in said


def test_no_axis_can_be_halved() -> None:
    code, said = refusal(flow("[3, 5]", "hierarchical", 20))
    assert code == "E0502"
    assert "no axis" in said


HOPS = {
    "local": ("[4, 4]", "phi(x)^6", 1),
    "neighbours": ("[4, 4]", "phi(x) * sum[mu]( phi(x + mu) )", 2),
    "neighbours, odd": ("[3, 3]", "phi(x) * sum[mu]( phi(x + mu) )", 3),
    "neighbours, odd and even": ("[3, 4]", "phi(x) * sum[mu]( phi(x + mu) )", 3),
    "neighbours, different primes": ("[5, 7]", "phi(x) * sum[mu]( phi(x + mu) )", 3),
    "neighbours, a large prime": ("[67]", "phi(x) * phi(x + e[0])", 3),
    "diagonals too": ("[5, 7]", "phi(x) * (phi(x + e[0]) + phi(x + e[1]) + phi(x + e[0] + e[1]))", 5),
    "diagonal": ("[4, 4]", "phi(x) * (phi(x + e[0] + e[1]) + phi(x + e[0] - e[1]))", 2),
    "two steps": ("[8]", "phi(x) * (phi(x + e[0]) + phi(x + 2*e[0]))", 4),
    "three fields": ("[6]", "phi(x)^2 * phi(x + e[0]) * phi(x + 2*e[0])", 3),
    "half way round": ("[4]", "phi(x) * phi(x + 2*e[0])", 3),
}


@pytest.mark.parametrize("name", HOPS)
def test_no_two_sites_of_one_colour_interact(name: str) -> None:
    """On every pair of sites, also around the torus, and with the fewest colours that such a pattern can have."""
    extents, hop, colours = HOPS[name]
    result = compiled(f"lattice {extents}\nfield phi : real\naction = sum[x]( 9*phi(x)^2 + 9*phi(x)^4 + {hop}/4 )\n")
    mask, lattice = result.colours["phi"], result.theory.lattice
    assert mask.modulus == colours
    assert result.action.density is not None
    sites = list(product(*(range(extent) for extent in lattice.extents)))
    colour = dict(zip(sites, mask.classes(lattice), strict=True))
    pattern = eval(mask.constructor, {"rt": rt})
    assert all(pattern.active(Lattice(lattice.extents), colour[site])[site] for site in sites)
    for step in couplings(result.action.density, result.theory.fields[0], lattice):
        for site in sites:
            other = tuple((a + b) % extent for a, b, extent in zip(site, step, lattice.extents, strict=True))
            assert colour[site] != colour[other]


def test_no_colours_for_actions_that_are_not_local() -> None:
    text = "lattice [4]\nfield phi : real\naction = sum[x]( phi(x)^2 ) + (sum[x]( phi(x) ))^4\n"
    assert compiled(text).colours == {}
    code, said = refusal(text + "sample metropolis { }\n")
    assert code == "E0703"
    assert "not one sum over sites" in said
