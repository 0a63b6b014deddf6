"""Words of links: canonical forms against products of random matrices, shared products, staples against differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passes.theory import compiled
from sympy import Integer

from lqdsl.codegen.products import Factor, plan
from lqdsl.diagnostics import Span
from lqdsl.ir.evaluate import evaluate, random_configuration
from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import trace
from lqdsl.ir.theory import Lattice
from lqdsl.ir.words import Link, Word, adjoint, canonical, gap, moved, steps

LATTICE = Lattice((3, 4), (1, 1), Span(0, 0))
GROUPS = [Group("U", 1, True), Group("SU", 2, True), Group("SU", 3, True), Group("U", 2, True)]
PLAQUETTE = "loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))\n"


def walk(path: list[int]) -> Word:
    """Links of a path of signed steps from the origin."""
    here, word = [0, 0], []
    for step in path:
        axis, sign = abs(step) - 1, 1 if step > 0 else -1
        if sign < 0:
            here[axis] -= 1
        word.append(Link("U", axis, tuple(here), sign))
        if sign > 0:
            here[axis] += 1
    return tuple(word)


def matrices(group: Group, seed: int = 1):  # type: ignore[no-untyped-def]
    """Haar-distributed links on LATTICE."""
    theory = compiled(
        f"lattice [3, 4]\nfield U : link {group.family}({group.n})\n{PLAQUETTE}action = sum[x]( retr(P[0, 1](x)) )\n"
    ).theory
    return random_configuration(theory, np.random.default_rng(seed))


def product(word: Word, fields, n: int) -> np.ndarray:  # type: ignore[no-untyped-def]
    """The product of a word at every site, by hand."""
    result = np.eye(n)
    for link in word:
        u = np.roll(fields["U", link.axis], [-s for s in link.offset], (0, 1))
        result = result @ (u if link.sign > 0 else np.conj(np.swapaxes(u, -1, -2)))
    return result


@pytest.mark.parametrize("group", GROUPS, ids=str)
@settings(max_examples=40, deadline=None)
@given(path=st.lists(st.sampled_from([1, -1, 2, -2]), min_size=1, max_size=8))
def test_canonical_form_keeps_the_trace(group: Group, path: list[int]) -> None:
    word, fields = walk(path), matrices(group)
    traced = np.trace(product(word, fields, group.n), axis1=-2, axis2=-1)
    for part, expected in (("re", traced.real), ("im", traced.imag)):
        value = evaluate(trace(part, group, word), fields, {}, LATTICE)
        np.testing.assert_allclose(np.broadcast_to(value, expected.shape), expected, atol=1e-12)


@pytest.mark.parametrize("group", GROUPS, ids=str)
@settings(max_examples=40, deadline=None)
@given(
    path=st.lists(st.sampled_from([1, -1, 2, -2]), min_size=1, max_size=8),
    turn=st.integers(0, 7),
    offset=st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
)
def test_canonical_form_is_one_for_all_that_is_equal(
    group: Group, path: list[int], turn: int, offset: tuple[int, int]
) -> None:
    word = walk(path)
    form, sign = canonical(word, group)
    turned = word[turn % len(word) :] + word[: turn % len(word)]
    assert canonical(turned, group) == (form, sign)
    backward, other = canonical(adjoint(word), group)
    assert backward == form
    assert other == -sign or canonical(adjoint(form), group)[0] == form
    assert canonical(moved(word, offset), group)[0] == moved(form, offset)


def test_unitarity_removes_tails() -> None:
    group = Group("SU", 3, True)
    plaquette = canonical(walk([1, 2, -1, -2]), group)[0]
    assert canonical(walk([2, 1, 2, -1, -2, -2]), group)[0] == moved(plaquette, (0, 1))
    assert trace("re", group, walk([1, 2, -2, -1])) == Integer(3)
    assert trace("im", Group("SU", 2, True), walk([1, 2, -1, -2])) == 0


def test_gaps() -> None:
    assert gap(walk([1, 2, -1, -2]), "U", (3, 4)) is None
    assert gap(walk([1, 1, 1]), "U", (3, 4)) is None
    line = walk([1, 1])
    assert gap(line, "U", (3, 4)) == (line[1], line[0])
    assert (line[1].end, line[0].start) == ((2, 0), (0, 0))
    mixed = (*line, walk([1, 1, 1])[2]._replace(field="V"))
    assert gap(mixed, "UV", (3, 4)) is None
    assert gap(mixed, "U", (3, 4)) == (mixed[1], mixed[2])
    assert steps(walk([1, 2, -1, -2])) == (1, 2, -1, -2)


@settings(max_examples=60, deadline=None)
@given(paths=st.lists(st.lists(st.sampled_from([1, -1, 2, -2]), min_size=2, max_size=7), min_size=1, max_size=4))
def test_shared_products_multiply_back(paths: list[list[int]]) -> None:
    words = [walk(path) for path in paths]
    found = plan(words)

    def unfold(factor: Factor) -> Word:
        if factor.symbol in found.pairs:
            whole = tuple(link for inner in found.pairs[factor.symbol] for link in unfold(inner))
            whole = moved(whole, factor.offset)
        else:
            whole = (Link("U", int(factor.symbol[2]), factor.offset, 1),)
        return whole if factor.sign > 0 else adjoint(whole)

    for word in words:
        assert tuple(link for factor in found.chains[word] for link in unfold(factor)) == word


ACTIONS = {
    "plaquette": "-1.3 * sum[x]( re(tr(P[0, 1](x))) )",
    "theta": "sum[x]( re(tr(P[0, 1](x))) - 0.7 * im(tr(P[0, 1](x))) )",
    "adjoint": "0.4 * sum[x]( re(tr(P[0, 1](x)))^2 + im(tr(P[0, 1](x)))^2 )",
    "wound": "sum[x]( retr(P[0, 1](x)^2) + retr(U[0](x) * U[0](x + e[0]) * U[0](x + 2*e[0])) )",
    "global": "sum[x]( retr(P[0, 1](x)) )^2 / 5",
    "charge": "sum[x]( cos(arg(P[0, 1](x))) )",
}


@pytest.mark.parametrize(
    ("group", "action"),
    [(group, action) for group in GROUPS for action in ACTIONS if action != "charge" or group.family == "U"],
    ids=str,
)
def test_staples_are_the_gradient(group: Group, action: str) -> None:
    """Re tr(dU V) against the difference of the action when one link is turned a little."""
    text = f"lattice [3, 4]\nfield U : link {group.family}({group.n})\n{PLAQUETTE}action = {ACTIONS[action]}\n"
    result = compiled(text)
    rng = np.random.default_rng(5)
    fields = random_configuration(result.theory, rng)

    def total(values) -> float:  # type: ignore[no-untyped-def]
        return float(evaluate(result.action.formula, values, {}, LATTICE))

    hermitian = rng.normal(size=(2, group.n, group.n))
    turn = 1j * (hermitian[0] + hermitian[0].T) + hermitian[1] - hermitian[1].T
    if group.family == "SU":
        turn = turn - np.trace(turn) / group.n * np.eye(group.n)
    for axis in range(2):
        site, size = (1, 2), 1e-5
        u = fields["U", axis][site]
        slope = 0.0
        for term in result.links["U"].staples[axis].terms:
            shape = LATTICE.extents
            factor = [np.broadcast_to(evaluate(c, fields, {}, LATTICE), shape) for c in (term.real, term.imaginary)]
            rest = np.broadcast_to(product(term.word, fields, group.n), (*shape, group.n, group.n))[site]
            slope += np.trace(turn @ u @ rest * (factor[0][site] + 1j * factor[1][site])).real
        ends = []
        for sign in (1, -1):
            moved_link = fields["U", axis].copy()
            w, v = np.linalg.eigh(-1j * turn)
            moved_link[site] = (v * np.exp(1j * sign * size * w)) @ v.conj().T @ u
            ends.append(total({**fields, ("U", axis): moved_link}))
        assert slope == pytest.approx((ends[0] - ends[1]) / (2 * size), rel=1e-6, abs=1e-7)


def test_linearity_is_seen() -> None:
    def linear(action: str, lattice: str = "[4, 4]", group: str = "SU(2)") -> bool:
        return compiled(f"lattice {lattice}\nfield U : link {group}\n{PLAQUETTE}action = {action}\n").links["U"].linear

    assert linear(ACTIONS["plaquette"])
    assert linear(
        "sum[x]( retr(U[0](x) * U[0](x + e[0]) * U[1](x + 2*e[0]) * adj(U[0](x + e[0] + e[1])) * adj(U[0](x + e[1])) * adj(U[1](x))) )"
    )
    assert not linear(ACTIONS["adjoint"])
    assert not linear(ACTIONS["global"])
    assert not linear("sum[x]( retr(U[0](x)^4) )")
    assert not linear("sum[x]( retr(U[0](x) * U[0](x + e[0])) )", "[1, 4]")
    assert not linear(ACTIONS["charge"], group="U(1)")
