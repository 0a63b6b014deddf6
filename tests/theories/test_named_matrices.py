"""Matrices at given sites and at values of an index: their traces, proofs, forces and exact numbers."""

import jax
import numpy as np
import pytest
from compiled import compiled, module, result
from passes.theory import refusal
from runtime.groups_registry import dense
from scipy.special import iv
from sympy import Integer, S, Symbol, Tuple
from theories.motion import hot

from lqdsl.ir.nodes import NamedTrace, Pin
from lqdsl.runtime.analysis import gamma_method
from lqdsl.runtime.samplers import HMC, Runner

PULL = 4
PAIRS = "index k = 1..6\nindex j = 1..6\nfield G[k] : SU(3)\naction = -0.3 * sum[j < k]( re(tr(G[j] * adj(G[k]))) )"


def trace(part: str, *factors: tuple[int, int], family: str = "SU", n: int = 3) -> object:
    """Of factors (site, sign)."""
    word = (Tuple(Symbol("G"), Pin(site), Integer(sign)) for site, sign in factors)
    return NamedTrace(Symbol(part), Symbol(family), n, Tuple(*word))


def test_traces_have_one_form() -> None:
    assert trace("re", (1, 1), (2, -1)) == trace("re", (2, 1), (1, -1)) == trace("re", (2, -1), (1, 1))
    assert trace("im", (1, 1), (2, -1)) == -trace("im", (2, 1), (1, -1))
    assert trace("re", (5, 1), (1, 1), (1, -1), (5, -1)) == 3
    assert trace("im", (4, 1), (4, -1)) == S.Zero
    assert trace("im", (4, 1), n=2) == S.Zero
    assert trace("re", (0, 1), (1, 1), (0, -1), (2, 1)) != trace("re", (1, 1), (2, 1))
    assert trace("re", (0, 1), (1, 1), (0, -1), (2, 1), family="U", n=1) == trace("re", (1, 1), (2, 1), family="U", n=1)


def test_action_is_that_of_dense_matrices() -> None:
    built = module(
        "param J : real = [0.4, -0.7, 0.2, 0.9, -0.1]\nindex k = 2..6\nindex j = 2..6\nfield G[k] : SU(3)\n"
        "action = -sum[j < k]( J[j - 2] * re(tr(G[j] * G[k] * adj(G[j])^2)) ) + im(tr(G[2] * G[5]))^2\n"
        "observable w = sum[j, k]( im(tr(G[j] * G[k]^2)) )\n"
    )
    fields = hot(built.MODEL, 3)
    G = dense(built.KINDS.G.links(fields.G)[0])
    J = np.array([0.4, -0.7, 0.2, 0.9, -0.1])
    pairs = [(a, b) for a in range(5) for b in range(5)]
    H = np.conj(np.swapaxes(G, -1, -2))
    action = -sum(J[a] * np.trace(G[a] @ G[b] @ H[a] @ H[a], axis1=-2, axis2=-1).real for a, b in pairs if a < b)
    action = action + np.trace(G[0] @ G[3], axis1=-2, axis2=-1).imag ** 2
    words = sum(np.trace(G[a] @ G[b] @ G[b], axis1=-2, axis2=-1).imag for a, b in pairs)
    parameters = built.Parameters()
    np.testing.assert_allclose(compiled(built.action)(fields, parameters), action, rtol=1e-12)
    np.testing.assert_allclose(compiled(built.observables)(fields, parameters)["w"], words, rtol=1e-12)


@pytest.mark.parametrize(
    ("claim", "added", "change"),
    [
        ("permutations(G)", "", ""),
        ("permutations(G)", " + retr(G[2])", "under the exchange of 1 and 2 the action changes by retr(G[1]) - retr(G[2])"),
        ("permutations(G)", " - sum[k]( k * retr(G[k]) )", "under the exchange of 1 and 2"),
        ("permutations(G)", " + sum[j < k]( im(tr(G[j] * G[k]^2)) )", "under the exchange of 1 and 2"),
        ("permutations(G)", " + sum[j, k]( im(tr(G[j] * G[k]^2)) )", ""),
        ("chiral(G)", "", ""),
        ("left(G)", " + sum[j < k]( retr(G[j] * G[k]) )", "under multiplication from the left the action changes by"),
        ("right(G)", " + retr(adj(G[1]) * G[4]) + retr(G[3])", "under multiplication from the right the action changes by retr(G[3])"),
        ("C : G -> conj(G)", "", ""),
        ("C : G -> conj(G)", " + im(tr(G[5]))", "under the map the action changes by -2*im(tr(G[5]))"),
        ("H : G -> adj(G)", " + retr(G[1] * G[2] * G[3])", "under the map the action changes by"),
        ("H : G -> adj(G)", " + retr(G[1] * G[2])", ""),
    ],
)  # fmt: skip
def test_claims_are_checked(claim: str, added: str, change: str) -> None:
    text = f"{PAIRS}{added}\nsymmetry {claim}\n"
    if not change:
        name = claim.split(" :")[0]
        assert name in {proof.name for proof in result(text).compiled.proofs}
        return
    code, said = refusal(text)
    assert code == "E0401" and change in said


def test_layers_keep_what_was_found() -> None:
    (coupling,) = result(PAIRS).compiled.couplings
    assert coupling.matrices == "chiral"


def test_a_product_does_not_join_given_and_bound_sites() -> None:
    text = "lattice [4]\nfield U : {}\naction = -sum[x]( re(tr(U(x) * adj(U(0)))) )\n"
    assert refusal(text.format("SU(2)"))[0] == "E0604"
    built = module(text.format("U(1)"))  # numbers, whose sum over sites stands outside
    fields = hot(built.MODEL, 3)
    z = np.exp(1j * np.asarray(fields.U)[0])
    found = compiled(built.action)(fields, built.Parameters())
    np.testing.assert_allclose(found, -(z * np.conj(z[0])).sum(axis=0).real, rtol=1e-12)


CHAINS = {
    "SU(2)": ("retr(G[k] * adj(G[k + 1]))", lambda b: iv(2, b) / iv(1, b)),
    "U(1)": ("re(G[k] * adj(G[k + 1]))", lambda b: iv(1, b) / iv(0, b)),
}


@pytest.mark.parametrize("group", ["SU(2)", pytest.param("U(1)", marks=pytest.mark.slow)])
def test_a_chain_has_the_exact_bonds(group: str) -> None:
    """Of an open chain every bond is independent, with the one-link integral for its mean; so is that of a ring cut open."""
    bond, exact = CHAINS[group]
    built = module(
        f"index k = 0..3\nfield G[k] : {group}\naction = -1.6 * sum[k = 0..2]( {bond} )\n"
        f"observable bond = mean[k = 0..2]( {bond} )\n"
        f"observable far = {bond.replace('[k + 1]', '[3]').replace('[k]', '[0]')}\n"
    )
    options = HMC(chains=64, draws=400, warmup=100)
    runner = Runner(built.MODEL, options, jax.random.key(5))
    state, _ = runner.run(runner.init(), options.warmup)
    series = runner.run(state, options.draws)[1].series
    for name, value in (("bond", exact(1.6)), ("far", exact(1.6) ** 3)):
        found = gamma_method(np.moveaxis(series[name], -1, 0))
        assert found.error < 0.01
        assert abs(found.mean - value) < PULL * found.error, (name, found, value)


def test_means_of_matrices_over_an_index() -> None:
    text = "index k = 0..2\nfield G[k] : SU(3)\naction = -|tr({matrix})|^2\n"
    mean, typed = (text.format(matrix=matrix) for matrix in ("mean[k]( G[k] )", "(G[0] + G[1] + G[2]) / 3"))
    assert result(mean).compiled.action.total == result(typed).compiled.action.total
