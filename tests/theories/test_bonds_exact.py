"""Clusters of spins joined by bonds that are no offsets, against integrals.

Draws have fixed keys; an estimate passes within four of its own Gamma-method errors, for the about fifteen of this file a false
alarm with a probability below 0.1 per cent.
"""

from pathlib import Path

import jax
import numpy as np
import pytest
from compiled import module
from scipy.integrate import quad
from scipy.special import i0e, iv

from lqdsl.runtime.analysis import gamma_method, pull
from lqdsl.runtime.samplers import Runner

PULL, PRECISION = 4, 0.03
GRID = 2 * np.pi * np.arange(32) / 32


def check(text: str, exact: dict[str, float], folder: str | None = None) -> None:
    model = module(text, folder=folder).MODEL
    options = model.samplers["wolff"]
    runner = Runner(model, options, jax.random.key(5))
    state, _ = runner.run(runner.init(), options.warmup)
    series = runner.run(state, options.draws)[1].series
    for name, value in exact.items():
        found = gamma_method(np.moveaxis(series[name], -1, 0))
        assert abs(pull(found, value)) < PULL, (name, found, value)
        assert found.error < PRECISION * abs(value), (name, found, value)


def integrated(couplings: np.ndarray) -> np.ndarray:
    """<cos(t_i - t_j)> of four XY spins by the trapezoidal rule, t_0 = 0: exact to rounding for periodic functions."""
    angles = np.stack([np.zeros((32, 32, 32)), *np.meshgrid(GRID, GRID, GRID, indexing="ij")])
    cosines = np.cos(angles[:, None] - angles)
    weight = np.exp(np.einsum("ij,ijxyz->xyz", np.triu(couplings, 1), cosines))
    return np.einsum("ijxyz,xyz->ij", cosines, weight) / weight.sum()


ALL_TO_ALL = """index p = 1..4
index q = 1..4
param J = [1.1, -0.6, 0.9, 1.4]
field t[p] : angle
action = -sum[p < q]( J[p - 1]*J[q - 1]*cos(t[p] - t[q]) ) + 0.8*cos(t[1] - t[3])
observable nearest = cos(t[1] - t[2])
observable across  = cos(t[1] - t[3])
observable energy  = sum[p < q]( J[p - 1]*J[q - 1]*cos(t[p] - t[q]) )
sample wolff { draws = 1500  warmup = 100 }
"""


def test_spins_with_an_index() -> None:
    """Couplings of both signs, and a pair that two terms join."""
    weights = np.array([1.1, -0.6, 0.9, 1.4])
    couplings = np.outer(weights, weights)
    both = couplings.copy()
    both[0, 2] -= 0.8
    means = integrated(both)
    energy = float(np.sum(np.triu(couplings * means, 1)))
    check(ALL_TO_ALL, {"nearest": means[0, 1], "across": means[0, 2], "energy": energy})


NAMED = """lattice [4]
param J = 0.8
field t : angle
action = -J*sum[x]( cos(t(x) - t(x + e[0])) ) - 1.5*cos(t(0) - t(2)) + 0.7*cos(t(1) - t(0))
observable ring   = sum[x]( cos(t(x) - t(x + e[0])) )
observable across = cos(t(0) - t(2))
observable first  = cos(t(0) - t(1))
sample wolff { draws = 1500  warmup = 100 }
"""


def test_named_sites_beside_a_lattice() -> None:
    couplings = np.zeros((4, 4))
    couplings[0, 1], couplings[1, 2], couplings[2, 3], couplings[0, 3], couplings[0, 2] = 0.1, 0.8, 0.8, 0.8, 1.5
    means = integrated(couplings)
    ring = means[0, 1] + means[1, 2] + means[2, 3] + means[0, 3]
    check(NAMED, {"ring": ring, "across": means[0, 2], "first": means[0, 1]})


MEAN_FIELD = """lattice [3, 2]
param J = 1.9
param g = 0.3
data h[x] from "h.npy"
field s : sphere(3)
field t : angle
action = -J*sum[x, y]( dot(s(x), s(y)) ) / volume - g*(sum[x]( h(x)*cos(t(x)) )^2 + sum[x]( h(x)*sin(t(x)) )^2)
observable square = sum[x, y]( dot(s(x), s(y)) ) / volume
observable weighted = sum[x]( h(x)*cos(t(x)) )^2 + sum[x]( h(x)*sin(t(x)) )^2
sample wolff { draws = 1500  warmup = 100 }
""".replace("h(x)", "h[x]")


def test_mean_fields(tmp_path: Path) -> None:
    """exp(g |M|^2) = int d^n y exp(-y^2 / (4 g) + y.M) up to a factor (Hubbard and Stratonovich), so that the spins decouple:
    <|M|^2> = <y^2> / (4 g^2) - n / (2 g)."""
    weights = np.array([[0.6, -1.3], [1.0, 0.4], [1.7, 0.8]])
    np.save(tmp_path / "h.npy", weights)

    def square(n: int, g: float, log_z: object) -> float:
        moments = [
            quad(lambda y, k=k: y ** (n - 1 + k) * np.exp(-(y**2) / (4 * g) + log_z(y)), 0, 60 * g, limit=200)[0]
            for k in (0, 2)
        ]
        return moments[1] / moments[0] / (4 * g**2) - n / (2 * g)

    g = 1.9 / 6
    sphere = square(3, g, lambda y: 6 * np.log(np.sinh(y) / y) if y > 0 else 0.0)
    circle = square(2, 0.3, lambda y: float(np.sum(np.log(i0e(y * weights)) + np.abs(y * weights))))
    check(MEAN_FIELD, {"square": sphere / 6, "weighted": circle}, str(tmp_path))


ROWS = """index p = 0..13
index q = 0..13
param J = 0.16
field t[p] : angle
action = -J*sum[p < q]( cos(t[p] - t[q]) )
observable energy = sum[p < q]( cos(t[p] - t[q]) )
sample wolff { draws = 1000  warmup = 100 }
"""


def test_rows_of_all_pairs() -> None:
    """sum_{p < q} cos(t_p - t_q) = (|M|^2 - N) / 2, with the same integral."""
    g, n = 0.08, 14
    moments = [
        quad(lambda y, k=k: y ** (1 + k) * np.exp(-(y**2) / (4 * g) + n * (np.log(i0e(y)) + y)), 0, 20, limit=200)[0]
        for k in (0, 2)
    ]
    check(ROWS, {"energy": (moments[1] / moments[0] / (4 * g**2) - 1 / g - n) / 2})


LENGTHS = """index p = 0..2
index q = 0..2
field v[p] : real
field u[p] : angle
action = sum[p]( v[p]^4 - v[p]^2 ) - 0.8*sum[p < q]( v[p]*v[q] ) + 1.5*v[0]*v[1]*cos(u[0]) - 0.7*cos(u[2] - 0.3)
observable square = sum[p]( v[p]^2 )
observable pair   = v[0]*v[2]
observable beside = cos(u[0])
observable alone  = cos(u[2])
sample wolff { draws = 1500  warmup = 200 }
"""


@pytest.mark.slow
def test_trajectories_of_lengths_and_of_fields_beside_clusters() -> None:
    """The angles give I_0(3 v_0 v_1 / 2)."""
    grid = np.linspace(-3, 3, 61)
    v = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"))
    pairs = v[0] * v[1] + v[0] * v[2] + v[1] * v[2]
    weight = np.exp(-np.sum(v**4 - v**2, axis=0) + 0.8 * pairs)
    ring = weight * iv(0, 1.5 * v[0] * v[1])
    means = {
        "square": np.sum(ring * np.sum(v**2, axis=0)) / ring.sum(),
        "pair": np.sum(ring * v[0] * v[2]) / ring.sum(),
        "beside": -np.sum(weight * iv(1, 1.5 * v[0] * v[1])) / ring.sum(),
        "alone": iv(1, 0.7) / iv(0, 0.7) * np.cos(0.3),
    }
    check(LENGTHS, means)
