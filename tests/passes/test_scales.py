"""Coarse-to-fine patterns: on every lattice each layer moves single links that its net does not see, and together they
move as many links as there are independent plaquettes."""

from dataclasses import replace
from itertools import product
from math import prod

import pytest
from passes.theory import compiled, refusal

from lqdsl.ir.compiled import LinkUpdate
from lqdsl.passes.loop_paths import link_offsets
from lqdsl.passes.scales import halvings, scales

EXTENTS = [(2, 2), (4, 4), (8, 8), (8, 4), (4, 16), (6, 6), (12, 4), (6, 8), (2, 5), (1, 4)]
HEAD = """field U : link {group}
loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
action = -sum[x, mu < nu]( retr(P[mu, nu](x)) )
flow {{ couple U via P {{ {options} }} }}
"""


def active(update: LinkUpdate, extents: tuple[int, ...]) -> set[tuple[int, ...]]:
    return {site for site in product(*map(range, extents)) if update.residues(site) == update.start}


def on(
    path: tuple[int, ...], update: LinkUpdate, base: tuple[int, ...], extents: tuple[int, ...]
) -> list[tuple[int, ...]]:
    """Sites of the links of the moving direction on a loop from `base`."""
    offsets = link_offsets(path, update.direction, 2)
    return [tuple((a + b) % e for a, b, e in zip(base, offset, extents, strict=True)) for offset in offsets]


@pytest.mark.parametrize("extents", EXTENTS, ids=str)
def test_every_layer_is_triangular(extents: tuple[int, int]) -> None:
    moved = 0
    for pattern in scales(extents, halvings(extents), 2):
        (whole,) = pattern.context
        moved += len(active(pattern.updates[0], extents))
        (update,), axis = pattern.updates, pattern.mirror
        assert axis is not None
        image = replace(update, path=tuple(-step if abs(step) == axis + 1 else step for step in update.path))
        for one in (update, image):
            sites = active(one, extents)
            assert sites
            for base in sites:
                own = [site for site in on(one.path, one, base, extents) if site in sites]
                assert own == [base]
                assert not sites & set(on(whole, one, base, extents))
    blocks = prod(extent & -extent for extent in extents)
    assert moved == prod(extents) // blocks * (blocks - 1)


def test_what_the_language_says_of_scales() -> None:
    text = "lattice [8, 8]\n" + HEAD.format(group="U(1)", options="scales = 16")
    couplings = compiled(text).couplings
    assert [c.layers for c in couplings] == [1] * 5 + [2]
    assert [c.layers for c in compiled(text.replace("16", "2 layers = 3")).couplings] == [3, 6]
    assert len(compiled(text.replace("16", "3")).couplings) == 3
    assert refusal("lattice [7, 5]\n" + HEAD.format(group="SU(2)", options="scales = 2"))[0] == "E0502"
    assert refusal("lattice [4, 4, 4]\n" + HEAD.format(group="SU(2)", options="scales = 2"))[0] == "E0502"
    assert refusal(text.replace("scales = 16", "scales = 2 context = [P]"))[0] == "E0702"
