"""Sums over many values of an index are kept as sums: the same numbers as written out, proofs, and no long programs."""

from pathlib import Path
from time import perf_counter
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled, module, result
from theories.motion import check_force, check_terms, hot

from lqdsl.diagnostics import DiagnosticError
from lqdsl.passes import rows

PAIRS = "let V(d) = 0.3 * (d - 1)^2 + 0.1 / (1 + d^2)^3\n"
TEXTS = {
    "pairs": "index p = 0..5\nfield r[p] : real(2)\n"
    + PAIRS
    + "action = sum[p]( dot(r[p], r[p]) ) + sum[p < q]( V(|r[p] - r[q]|) ) + (mean[p]( r[p][0] ))^2\n"
    "observable d = mean[p < q]( |r[p] - r[q]| )\nobservable far = sum[p < q, q >= 2]( r[p][0] * r[q][1] ) / 7\n",
    "all ordered": "index p = 1..7\nindex s = 1..7\nfield q[p] : real\n"
    "action = sum[p, s]( q[p]^2 * cos(q[s])^2 / 10 ) + sum[p != s]( sin(q[p]) * q[s]^2 / 9 ) + sum[p]( q[p]^2 + q[p]^4 )\n",
    "lists": "index k = 1..5\nindex j = 1..5\nparam l : real = [0.3, 0.5, 0.2, 0.4, 0.1, 0.7]\nfield t[k] : angle\n"
    "action = -sum[k, j]( l[k] * l[j] * k * cos(t[k] - 2*t[j]) ) + (sum[k, j]( l[k] * sin(t[k]) * cos(t[j]) ) - t0)^2\n"
    "let t0 = cos(t[3])\n",
    "mixed": "index k = 0..13\nfield q[k] : real\nfield a[k] : angle\nfield n[k] : sphere(3)\nfield z[k] : complex\n"
    "action = sum[k]( q[k]^2 * (2 + sin(a[k])) + n[k][2] * q[k] + |z[k]|^2 * (1 + n[k][0]^2) )"
    " + q[4]^4 + sum[k]( re(z[k]) * q[7] / 20 )\nobservable c = sum[k]( cos(a[k]) ) * q[2]\n",
    "matrices": "index k = 1..5\nindex j = 1..5\nfield G[k] : SU(2)\nfield z[k] : U(1)\n"
    "action = -sum[j < k]( retr(G[j] * adj(G[k])) * re(z[j] * conj(z[k]))^2 ) + sum[j, k]( retr(G[j] * G[k]^2) / k )\n"
    "  + retr(G[2] * G[4]) + sum[j < k]( im(z[j]^2 * z[k]) ) * retr(G[1])\n",
    "components": "index a = 0..1\nindex p = 0..13\nfield r[p] : real(2)\n"
    "action = sum[p]( sum[a]( r[p][a]^2 ) ) + sum[a]( sum[p]( r[p][a] )^2 ) + sum[p, a]( r[p][a]^4 * (1 + a) )\n",
}

LONG = ("pairs", "lists")
"""Written out, these are programs that take long to compile."""


@pytest.fixture(params=TEXTS, ids=str)
def text(request: pytest.FixtureRequest) -> str:
    return TEXTS[request.param]


def test_force_and_terms(text: str) -> None:
    built = module(text)
    assert built.ROWS
    check_force(built.MODEL)
    check_terms(built.MODEL)


@pytest.mark.parametrize(
    "text", [pytest.param(TEXTS[name], id=name, marks=pytest.mark.slow if name in LONG else ()) for name in TEXTS]
)
def test_the_same_numbers_as_written_out(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = module(text)
    monkeypatch.setattr(rows, "FEW", 10_000)
    written = module(text + "# written out")
    assert not hasattr(written, "ROWS")
    fields = hot(kept.MODEL, 3)
    parameters = kept.Parameters()
    same = {"rtol": 1e-12, "atol": 1e-12}
    other = written.Fields(*fields)
    numbers = [
        compiled(lambda x, p, own=own: (own.action(x, p), tuple(own.force(x, p)), own.observables(x, p)))
        for own in (kept, written)
    ]
    (action, force, found), (total, slopes, wanted) = numbers[0](fields, parameters), numbers[1](other, parameters)
    np.testing.assert_allclose(action, total, **same)
    for a, b in zip(force, slopes, strict=True):
        np.testing.assert_allclose(a, b, **same)
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, **same)


def test_autodiff_meets_the_force(text: str) -> None:
    """The gathers have a derivative of their own."""
    built = module(text)
    fields, parameters = hot(built.MODEL, 5), built.Parameters()
    force = compiled(built.force)(fields, parameters)

    def moved(momenta: tuple[jax.Array, ...]) -> jax.Array:
        parts = zip(built.KINDS, fields, momenta, strict=True)
        return jnp.sum(
            built.action(built.Fields(*(kind.drift(values, p, 1.0) for kind, values, p in parts)), parameters)
        )

    slope = compiled(jax.grad(moved))(tuple(map(jnp.zeros_like, force)))
    for kind, values, down, up in zip(built.KINDS, fields, force, slope, strict=True):
        np.testing.assert_allclose(kind.tangent(values, down), -kind.tangent(values, up), rtol=1e-10, atol=1e-10)


def test_data_and_lists_in_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    charge, coupling = rng.normal(size=30), rng.normal(size=(30, 30))
    np.save(tmp_path / "c.npy", charge)
    np.save(tmp_path / "J.npy", coupling)
    built = module(
        'index k = 1..30\nfield q[k] : real\ndata c[k] from "c.npy"\ndata J[k, k] from "J.npy"\n'
        "action = sum[k < j]( c[k] * c[j] * J[k, j] * cos(q[k] - q[j]) ) + sum[k]( q[k]^2 ) + J[1, 2] * q[3]^2 / 9",
        folder=str(tmp_path),
    )
    check_force(built.MODEL)
    fields = hot(built.MODEL, 2)
    q = np.asarray(fields.q)
    first, second = np.triu_indices(30, 1)
    weights = (charge[first] * charge[second] * coupling[first, second])[:, None]
    wanted = (weights * np.cos(q[first] - q[second])).sum(0) + (q**2).sum(0) + coupling[0, 1] * q[2] ** 2 / 9
    np.testing.assert_allclose(built.action(fields, built.Parameters()), wanted, rtol=1e-12, atol=1e-11)


def gas(extra: str = "", claims: str = "") -> str:
    return (
        "index p = 0..37\nfield r[p] : real(2)\nlet V(d) = 1/d^12 - 1/d^6\n"
        f"action = sum[p < q]( V(|r[p] - r[q]|) ) + sum[p]( dot(r[p], r[p]) / 9 ){extra}\n{claims}"
    )


def test_many_pairs_compile_in_seconds() -> None:
    start = perf_counter()
    claims = "symmetry O(r)\nsymmetry permutations(r)\nsymmetry flip : r -> -r\n"
    compiled = result(gas(claims=claims))
    assert perf_counter() - start < 20
    assert len(compiled.module) < 9000
    assert {"O(r)", "permutations(r)", "flip"} <= {proof.name for proof in compiled.compiled.proofs}
    built: ModuleType = module(gas(claims=claims))
    fields = built.Fields(jnp.asarray(np.random.default_rng(0).uniform(-6, 6, (2, 38, 3))))
    start = perf_counter()
    force = jax.jit(built.force)(fields, built.Parameters())
    assert perf_counter() - start < 20
    slope = jax.grad(lambda f: jnp.sum(built.action(f, built.Parameters())))(fields)
    scale = float(jnp.max(jnp.abs(slope.r)))
    np.testing.assert_allclose(force.r, -slope.r, rtol=1e-10, atol=1e-13 * scale)


@pytest.mark.parametrize(
    ("extra", "claim"),
    [
        (" + sum[p]( r[p][0]^2 )", "O(r)"),
        (" + sum[p]( p * dot(r[p], r[p]) )", "permutations(r)"),
        (" + sum[p < q]( sin(r[p][0]) * cos(r[q][1]) )", "permutations(r)"),
        (" + dot(r[0], r[1])", "permutations(r)"),
        (" + sum[0 < p < q]( dot(r[p], r[q]) / 99 )", "permutations(r)"),
        (" + sum[p]( r[p][0] )", "flip : r -> -r"),
    ],
)
def test_false_claims_are_shown_with_their_term(extra: str, claim: str) -> None:
    with pytest.raises(DiagnosticError) as error:
        result(gas(extra, f"symmetry {claim}\n"))
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E0401"
    (label,) = diagnostic.labels
    text = gas(extra, f"symmetry {claim}\n")
    assert text[label.span.start : label.span.end] in extra


def test_shifts_of_pairs() -> None:
    """A potential of distances alone does not change when all particles move; it cannot be normalised either."""
    text = "index p = 0..37\nfield r[p] : real(2)\nfield s[p] : real\nlet V(d) = d^4\n"
    text += "action = sum[p < q]( V(|r[p] - r[q]|) ) + sum[p]( s[p]^2 )\nsymmetry t : r -> r + w\nlet w = 0.3\n"
    with pytest.raises(DiagnosticError) as error:
        result(text)
    assert "E0401" not in {d.code for d in error.value.diagnostics}


def test_periodicity_of_kept_sums() -> None:
    head = "index k = 0..39\nfield t[k] : angle\n"
    result(head + "action = -cos(sum[k]( t[k] )) - sum[k]( cos(2*t[k]) )")
    for wrong in ("sum[k]( t[k]^2 )", "cos(sum[k]( t[k] ) / 2)", "t[3]^2 + sum[k]( cos(t[k]) )"):
        with pytest.raises(DiagnosticError) as error:
            result(head + f"action = {wrong}")
        assert {d.code for d in error.value.diagnostics} == {"E0605"}
