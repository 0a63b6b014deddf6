"""All proof obligations of derived link patterns, by brute force on concrete tori."""

from itertools import product
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lqdsl.ir.compiled import LinkUpdate, LoopPattern
from lqdsl.passes.loop_masks import Stripes, phase, search
from lqdsl.passes.loop_paths import Frame, canonical, carriers, different, inverse, rotations

Link = tuple[int, tuple[int, ...]]


def plaquettes(d: int) -> list[tuple[int, ...]]:
    return [(m, n, -m, -n) for m in range(1, d + 1) for n in range(1, d + 1) if m != n]


def rectangles(d: int) -> list[tuple[int, ...]]:
    return [(m, m, n, -m, -m, -n) for m in range(1, d + 1) for n in range(1, d + 1) if m != n]


def chairs(d: int) -> list[tuple[int, ...]]:
    triples = [t for t in product(range(1, d + 1), repeat=3) if len(set(t)) == 3]
    return [(m, n, r, -m, -n, -r) for m, n, r in triples]


def links_of(path: tuple[int, ...], start: tuple[int, ...], extents: tuple[int, ...]) -> list[Link]:
    """Links of the torus in the order of the path; written apart from the code under test."""
    here, found = list(start), []
    for step in path:
        axis = abs(step) - 1
        if step < 0:
            here[axis] = (here[axis] - 1) % extents[axis]
        found.append((axis, tuple(here)))
        if step > 0:
            here[axis] = (here[axis] + 1) % extents[axis]
    assert tuple(here) == tuple(start)
    return found


def active_links(update: LinkUpdate, repetition: int, pattern: LoopPattern, extents: tuple[int, ...]) -> set[Link]:
    """By the definition in the generated module."""
    number = 0
    if pattern.translation is None:
        number = repetition % update.phases
    else:
        assert len(update.forms) == 1
        shift = [repetition * v for v in pattern.translation]
        number = sum(a * b for a, b in zip(update.forms[0], shift, strict=True)) % update.moduli[0]
    digits = []
    for modulus in reversed(update.moduli):
        digits.insert(0, number % modulus)
        number //= modulus
    sites = product(*map(range, extents))
    return {
        (update.direction, x)
        for x in sites
        if all(
            sum(a * b for a, b in zip(form, x, strict=True)) % m == digit
            for form, m, digit in zip(update.forms, update.moduli, digits, strict=True)
        )
    }


def check(pattern: LoopPattern, via: list[tuple[int, ...]], extents: tuple[int, ...]) -> None:
    """Every obligation on the torus itself."""
    sites = list(product(*map(range, extents)))
    left = {(axis, x) for axis in pattern.directions or range(len(extents)) for x in sites}
    updated: dict[int, set[Link]] = {n: set() for n in range(len(pattern.updates))}
    layers = 0
    for repetition in range(max(update.phases for update in pattern.updates)):
        for number, update in enumerate(pattern.updates):
            active = active_links(update, repetition, pattern, extents)
            assert active, "a layer that does nothing"
            assert canonical(update.path) in map(canonical, via)
            for link in active:
                loop = links_of(update.path, link[1], extents)
                assert loop[0] == link, "the loop leaves from its link"
                assert [other for other in loop if other in active] == [link], "exactly one active link, exactly once"
            loops = [links_of(path, x, extents) for path in pattern.context for x in sites]
            frozen = sum(not active.intersection(loop) for loop in loops)
            assert all(
                any(not active.intersection(links_of(path, x, extents)) for x in sites) for path in pattern.context
            ), "something of each loop for the net to see"
            assert frozen == update.frozen * len(loops)
            assert len(active) == update.active * len(extents) * len(sites)
            moved = {link for _, x in active for link in links_of(update.path, x, extents)}
            assert len(moved - active) == update.passive * len(extents) * len(sites)
            updated[number] |= active
            layers += bool(left)
            left -= active
    assert not left
    assert all(len(links) == len(sites) for links in updated.values()), "each update reaches all links of its direction"
    assert layers == pattern.cycle


EXTENTS = [
    (8, 8),
    (4, 4),
    (6, 6),
    (5, 7),
    (2, 2),
    (2, 4),
    (3, 3),
    (2, 3),
    (4, 4, 4),
    (2, 2, 2),
    (3, 4, 2),
    (4, 4, 4, 4),
    (2, 2, 2, 2),
]


@pytest.mark.parametrize("extents", EXTENTS, ids=str)
def test_plaquettes_in_two_three_and_four_dimensions(extents: tuple[int, ...]) -> None:
    loops = plaquettes(len(extents))
    pattern = search(loops, loops, extents)
    assert isinstance(pattern, LoopPattern)
    d = len(extents)
    assert len(pattern.updates) == d * (d - 1), "one for every plane and direction"
    check(pattern, loops, extents)


@pytest.mark.parametrize(
    ("via", "context", "extents"),
    [
        (rectangles(2), rectangles(2), (8, 8)),
        (rectangles(2), plaquettes(2), (4, 4)),
        (rectangles(2), plaquettes(2), (6, 8)),
        (plaquettes(2), plaquettes(2) + rectangles(2), (8, 8)),
        (plaquettes(2) + rectangles(2), plaquettes(2) + rectangles(2), (4, 8)),
        (rectangles(3), plaquettes(3), (4, 4, 4)),
        (chairs(3), plaquettes(3), (4, 4, 4)),
        (chairs(3), chairs(3) + plaquettes(3), (2, 4, 6)),
        ([(1,) * 4, (2,) * 6], plaquettes(2), (4, 6)),
    ],
    ids=["2x1", "2x1 small", "2x1 by plaquettes", "1x1 with 2x1", "both", "2x1 in 3d", "chair", "chairs", "Polyakov"],
)
def test_other_loops(via: list[tuple[int, ...]], context: list[tuple[int, ...]], extents: tuple[int, ...]) -> None:
    pattern = search(via, context, extents)
    assert isinstance(pattern, LoopPattern)
    check(pattern, via, extents)


@pytest.mark.parametrize("extents", [(9, 9), (12, 12), (16, 9), (9, 10, 2)], ids=str)
def test_lines_around_the_lattice(extents: tuple[int, ...]) -> None:
    """Each seen by lines of its own direction: the period along the line is the extent."""
    lines = [(axis + 1,) * extent for axis, extent in enumerate(extents)]
    pattern = search(lines, lines, extents)
    assert isinstance(pattern, LoopPattern)
    check(pattern, lines, extents)


def test_long_lines_are_searched_as_fast() -> None:
    lines = [(axis,) * 64 for axis in (1, 2, 3)]
    start = perf_counter()
    assert isinstance(search(lines, lines, (64, 64, 64)), LoopPattern)
    assert perf_counter() - start < 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(2, 9), min_size=2, max_size=2), st.booleans(), st.booleans())
def test_any_extents_in_two_dimensions(extents: list[int], wide: bool, more: bool) -> None:
    via = rectangles(2) if wide else plaquettes(2)
    context = via + (plaquettes(2) if wide else rectangles(2)) * more
    pattern = search(via, context, tuple(extents))
    if isinstance(pattern, LoopPattern):
        check(pattern, via, tuple(extents))
    else:
        assert min(extents) < 3 and (wide or more), "only tiny tori have none"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(2, 5), min_size=3, max_size=3))
def test_any_extents_in_three_dimensions(extents: list[int]) -> None:
    pattern = search(plaquettes(3), plaquettes(3), tuple(extents))
    assert isinstance(pattern, LoopPattern)
    check(pattern, plaquettes(3), tuple(extents))


def test_most_of_the_neighbours_are_seen_in_two_dimensions() -> None:
    pattern = search(plaquettes(2), plaquettes(2), (16, 16))
    assert isinstance(pattern, LoopPattern)
    first, second = pattern.updates
    assert (first.forms, first.moduli, second.forms, second.moduli) == (((1, 2),), (4,), ((2, 1),), (4,))
    assert (first.path, second.path, pattern.translation, pattern.cycle) == ((1, 2, -1, -2), (2, 1, -2, -1), (1, 1), 8)
    assert pattern.words == (
        "links with (1, 2) mod 4, (2, 1) mod 4; on average 0.125 of the links are active, 0.375 passive on their loops, "
        "0.5 of the context loops frozen; a cycle has 8 layers"
    )


def test_three_divides() -> None:
    pattern = search(plaquettes(2), plaquettes(2), (9, 9))
    assert isinstance(pattern, LoopPattern)
    assert {update.moduli for update in pattern.updates} == {(3,)}


@pytest.mark.parametrize("period", [3, 4, 6])
def test_stripes_as_given(period: int) -> None:
    loops = plaquettes(2)
    pattern = search(loops, loops, (12, 12), Stripes(period))
    assert isinstance(pattern, LoopPattern)
    assert {update.moduli for update in pattern.updates} == {(period,)}
    assert {update.forms for update in pattern.updates} == {((0, 1),), ((1, 0),)}
    check(pattern, loops, (12, 12))


def test_stripes_along_one_axis_leave_a_direction_out() -> None:
    loops = plaquettes(2)
    assert search(loops, loops, (8, 8), Stripes(4, axis=0)) == (0,)
    assert search(loops, loops, (8, 6), Stripes(4)) == (0,)


def test_a_direction_may_be_left_to_other_blocks() -> None:
    loops = plaquettes(2)
    pattern = search(loops, loops, (8, 8), Stripes(4, axis=0), left_out=(0,))
    assert isinstance(pattern, LoopPattern)
    assert (pattern.directions, pattern.cycle, {u.direction for u in pattern.updates}) == ((1,), 4, {1})
    assert pattern.words.startswith(
        "links of direction 1 only with (1, 0) mod 4; on average 0.125 of the links are active"
    )
    check(pattern, loops, (8, 8))
    assert search(loops, loops, (8, 8), Stripes(4, axis=0), left_out=(1,)) == (0,)
    assert search(loops, loops, (8, 8), Stripes(2, axis=0), left_out=(0, 1)) == (0, 1), "something has to be updated"
    whole = search(loops, loops, (8, 8), left_out=(0, 1))
    assert whole == search(loops, loops, (8, 8)), "what can be updated is"


def test_blocks_update_all_directions_together() -> None:
    from passes.theory import compiled, refusal

    head = """lattice [{extents}]
field U : link U(1)
loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
loop line(x) = prod[k = 0..7]( U[0](x + k*e[0]) )
action = -sum[x, mu < nu]( re(P[mu, nu](x)) )
flow {{ {blocks} }}
"""

    def text(*blocks: str, extents: str = "8, 8") -> str:
        return head.format(extents=extents, blocks=" ".join(f"couple U {block}" for block in blocks))

    first, second = (f"via P {{ mask = stripes(period = 4, axis = {axis}) }}" for axis in (0, 1))
    plain, line = "via P {}", "via line { context = [P] }"
    for blocks, directions in (
        ((first, second), [(1,), (0,)]),
        ((first, plain), [(1,), ()]),
        ((line, plain), [(0,), ()]),
        ((line, first), [(0,), (1,)]),
    ):
        patterns = [coupling.pattern for coupling in compiled(text(*blocks)).couplings]
        assert [pattern.directions for pattern in patterns if pattern] == directions
    assert "do not update `U[0]`" in refusal(text(first))[1]
    assert "do not update `U[0]`" in refusal(text(first, "via P { scales = 3 }"))[1]
    assert "lets these loops update `U[1]`" in refusal(text(line))[1]
    too_few = refusal(text(first.replace("{", "{ layers = 3 "), second))
    assert too_few[0] == "E0503" and "3 layer(s) do not update every `U[1]`: a cycle has 4" in too_few[1]
    nothing = "via P { mask = stripes(period = 2, axis = 0) }"
    assert "do not update `U[0]`, `U[1]`" in refusal(text(nothing, plain))[1]
    wrong = "via P { mask = stripes(period = 4, axis = 2) }"
    assert "there is no axis 2" in refusal(text(first, wrong))[1]


def test_a_loop_that_runs_over_each_link_twice_updates_nothing() -> None:
    assert search([(1, 2, -1, -2) * 2], plaquettes(2), (8, 8)) == (0, 1)
    assert search(plaquettes(2), plaquettes(2), (1, 8)) == (1,)


def test_large_lattices_are_as_fast() -> None:
    pattern = search(plaquettes(4), plaquettes(4), (64, 64, 64, 64))
    assert isinstance(pattern, LoopPattern)
    assert len(pattern.updates) == 12


@given(st.lists(st.sampled_from([1, 2, 3, -1, -2, -3]), min_size=1, max_size=8).map(tuple))
def test_canonical_paths(path: tuple[int, ...]) -> None:
    for other in (*rotations(path), *rotations(inverse(path))):
        assert canonical(other) == canonical(path)
    assert different([path, inverse(path)]) == (path,)
    frame = Frame(path, 3)
    assert frame.undo(frame.offset((5, 7, 11))) == (5, 7, 11)
    for direction in range(3):
        assert all(carrier[0] == direction + 1 for carrier in carriers(path, direction))


def test_phases_without_a_translation_are_counted() -> None:
    pattern = search(plaquettes(2), plaquettes(2), (2, 2))
    assert isinstance(pattern, LoopPattern)
    assert pattern.translation is None
    assert [phase(pattern.updates[0], n, None) for n in range(4)] == [(0, 0), (0, 1), (1, 0), (1, 1)]
