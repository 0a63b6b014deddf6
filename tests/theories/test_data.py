"""Theories with numbers from files: the action term by term, force and local actions, and exact expectation values."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import EXAMPLES, example, module, result
from theories.motion import check_force, check_local_actions, check_terms, hot
from theories.test_exact import estimate

from lqdsl.runtime.samplers import HMC, Runner

TEXT = """index a = 0..3
param m2 : real = 1.0
lattice [4, 6]
boundary antiperiodic in 1
field n : vector(4)
data h[x, a] from "h.npy"
data J[mu, x] from "J.npy"
data w[mu] from "w.npy"
action = sum[x]( m2 * dot(n(x), n(x)) + dot(n(x), n(x))^2 ) - sum[x, mu]( w[mu] * J[mu, x - mu] * dot(n(x), n(x + mu)) )
    + sum[x, a]( h(x + e[1])[a]^2 * n(x)[a]^2 ) + J[1](3, 5) * sum[x]( n(x)[0]^2 )
observable source = mean[x]( h[x, 1]^2 * n(x)[1]^2 )
"""
SHAPES = {"h": (4, 6, 4), "J": (2, 4, 6), "w": (2,)}


def write(folder: Path) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    arrays = {name: rng.uniform(0.1, 0.4, shape) for name, shape in SHAPES.items()}
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", np.asfortranarray(values) if name == "J" else values)
    return arrays


def test_action_force_and_local_actions(tmp_path: Path) -> None:
    arrays = write(tmp_path)
    built = module(TEXT, folder=str(tmp_path))
    check_force(built.MODEL)
    check_terms(built.MODEL)
    check_local_actions(built.MODEL)
    fields = hot(built.MODEL, 7)
    n = np.asarray(fields.n)
    forward = [np.roll(n, -1, 1), np.roll(n, -1, 2)]
    forward[1][:, :, -1] *= -1
    h, links, w = arrays["h"], arrays["J"], arrays["w"]
    square = (n**2).sum(0)
    moved = [np.roll(links[mu], 1, mu)[..., None] for mu in range(2)]
    expected = (square + square**2).sum((0, 1)) + links[1, 3, 5] * (n[0] ** 2).sum((0, 1))
    expected -= sum(w[mu] * (moved[mu] * (n * forward[mu]).sum(0)).sum((0, 1)) for mu in range(2))
    expected += (np.roll(h, -1, 1).transpose(2, 0, 1)[..., None] ** 2 * n**2).sum((0, 1, 2))
    np.testing.assert_allclose(built.action(fields, built.Parameters()), expected, rtol=1e-12)
    source = built.observables(fields, built.Parameters())["source"]
    np.testing.assert_allclose(source, (h[..., 1, None] ** 2 * n[1] ** 2).mean((0, 1)), rtol=1e-12)


def test_a_force_that_is_all_data(tmp_path: Path) -> None:
    np.save(tmp_path / "h.npy", np.arange(6.0))
    text = 'lattice [6]\nfield p : real\nfield q : real\ndata h[x] from "h.npy"\n'
    built = module(text + "action = sum[x]( p(x)^2 + q(x)^2 + p(x)^4 + h[x] * q(x) )", folder=str(tmp_path))
    check_force(built.MODEL)
    built = module(text + "action = sum[x]( p(x)^2 + q(x)^2 ) + sum[x]( h[x] )", folder=str(tmp_path))
    assert float(built.action(hot(built.MODEL, 1), built.Parameters())[0]) > 15.0


def test_indices_of_theories_without_a_lattice(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.array([0.5, 0.25, 2.0]))
    text = 'index k = 1..3\nfield q[k] : real\ndata t[k] from "t.npy"\naction = sum[k]( t[k] * q[k]^2 ) + t[1]*q[2]^4'
    built = module(text, folder=str(tmp_path))
    q = np.array([1.0, 2.0, 3.0])
    found = built.action(built.Fields(jnp.asarray(q)), built.Parameters())
    assert float(found) == pytest.approx(0.5 + 1.0 + 18.0 + 8.0, rel=1e-14)
    check_force(built.MODEL)


def test_no_lattice_symmetry_is_found(tmp_path: Path) -> None:
    write(tmp_path)
    compiled = result(TEXT, folder=str(tmp_path)).compiled
    assert {proof.kind for proof in compiled.proofs} == {"sign"}


def test_bounds_with_data(tmp_path: Path) -> None:
    """A quartic whose coupling comes from a file decides; a source does not."""
    from lqdsl.diagnostics import DiagnosticError

    np.save(tmp_path / "g.npy", np.array([1.0, -1.0, 1.0, 1.0]))
    head = 'lattice [4]\nfield p : real\ndata g[x] from "g.npy"\n'
    with pytest.raises(DiagnosticError, match="bounded"):
        result(head + "action = sum[x]( p(x)^2 + g[x] * p(x)^4 )", folder=str(tmp_path))
    result(head + "action = sum[x]( p(x)^2 + g[x] * p(x) )", folder=str(tmp_path))


def free_source() -> float:
    """<h.n> / V of S = n A n - h n, A the free kernel of mass one, by solving for the mean field."""
    h = np.load(EXAMPLES / "o4_field.npy").astype(np.float64)
    extent, volume = h.shape[0], h[..., 0].size
    sites = np.arange(volume).reshape(h.shape[:2])
    kernel = 3 * np.eye(volume)
    for axis in (0, 1):
        hop = np.eye(volume)[np.roll(sites, -1, axis).reshape(-1)]
        kernel -= (hop + hop.T) / 2
    source = h.reshape(extent * extent, -1)
    return float(np.sum(source * np.linalg.solve(kernel, source)) / 2 / volume)


@pytest.mark.parametrize(
    ("coupling", "name", "exact"),
    [pytest.param(0.0, "h_n", free_source(), marks=pytest.mark.slow), (0.5, "virial", 1.0)],
)
def test_example_against_exact_numbers(coupling: float, name: str, exact: float) -> None:
    """HMC and Metropolis within four errors, two estimates each: a false alarm in 4,000 keys."""
    model = example("o4_field", (("lambda", coupling),)).MODEL
    for options in (HMC(chains=32, draws=300, warmup=60, trajectory=1.5, steps=8), model.samplers["metropolis"]):
        runner = Runner(model, options, jax.random.key(3))
        state, _ = runner.run(runner.init(), options.warmup)
        found = estimate(runner.run(state, min(options.draws, 300))[1].series[name])
        assert abs(found.mean - exact) < 4 * found.error, (options, found, exact)
        assert found.error < 0.01


def test_header() -> None:
    assert f"{free_source():.7f}" in (EXAMPLES / "o4_field.lqt").read_text()
