"""Clusters against a search site by site, and detailed balance of the update against exact enumeration."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import module
from scipy.sparse.csgraph import connected_components

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.samplers import Wolff
from lqdsl.runtime.samplers.clusters import cluster_coins, cluster_labels, reflect_clusters, unit_vectors

WORDS = random.key_words(jax.random.key(4))


def searched(extents: tuple[int, ...], offsets: list[tuple[int, ...]], bonds: np.ndarray) -> np.ndarray:
    """The lowest site number of each site's component; bonds [offset, x...]."""
    parent = list(range(int(np.prod(extents))))

    def root(site: int) -> int:
        while parent[site] != site:
            site = parent[site]
        return site

    for number, offset in enumerate(offsets):
        for x in np.ndindex(*extents):
            if bonds[(number, *x)]:
                y = tuple((a + b) % n for a, b, n in zip(x, offset, extents, strict=True))
                ends = sorted(root(int(np.ravel_multi_index(site, extents))) for site in (x, y))
                parent[ends[1]] = ends[0]
    return np.array([root(site) for site in range(len(parent))]).reshape(extents)


@pytest.mark.parametrize(
    ("extents", "offsets", "density"),
    [
        ((12,), [(1,)], 0.8),
        ((9, 8), [(1, 0), (0, 1)], 0.5),
        ((6, 5), [(1, 0), (2, -1)], 0.3),
        ((4, 3, 4), [(1, 0, 0), (0, 1, 0), (0, 0, 1)], 0.3),
        ((2, 3, 2, 2), [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)], 0.2),
    ],
)
def test_labels_are_the_connected_components(extents, offsets, density: float) -> None:  # type: ignore[no-untyped-def]
    chains = 5
    bonds = random.uniform(WORDS, (len(offsets), *extents, chains), jnp.float32) < density
    boundary = (-1,) * len(extents)
    labels = cluster_labels(Lattice(extents, boundary), offsets, list(bonds), chains)
    for chain in range(chains):
        np.testing.assert_array_equal(labels[..., chain], searched(extents, offsets, np.asarray(bonds[..., chain])))
    counts = [len(np.unique(labels[..., chain])) for chain in range(chains)]
    assert all(1 < count < np.prod(extents) for count in counts)


def test_labels_of_listed_bonds_are_the_connected_components() -> None:
    """Beside shifts, on a tree and a ring far from row-major order, each bond in both directions."""
    lattice, chains = Lattice((5, 4)), 7
    order = np.random.default_rng(1).permutation(20)
    table = np.concatenate([np.stack([order, np.roll(order, 1)], axis=1), np.stack([order[1:], order[:-1]], axis=1)])
    active = random.uniform(WORDS, (len(table), chains), jnp.float32) < 0.2
    along = random.uniform(random.fold(WORDS, 1), (5, 4, chains), jnp.float32) < 0.1
    labels = cluster_labels(lattice, [(1, 0)], [along], chains, (table, active))
    for chain in range(chains):
        matrix = np.zeros((20, 20), bool)
        for first, second in table[np.asarray(active[:, chain])]:
            matrix[first, second] = True
        for number in np.flatnonzero(along[..., chain]):
            matrix[number, (number + 4) % 20] = True
        _, found = connected_components(matrix, directed=False)
        expected = [min(np.flatnonzero(found == own)) for own in found]
        np.testing.assert_array_equal(labels[..., chain].ravel(), expected)
        assert 1 < found.max() + 1 < 20


def test_coins_are_fair_and_one_for_each_cluster() -> None:
    labels = jnp.broadcast_to(jnp.arange(400, dtype=jnp.int32)[:, None] // 4, (400, 1000))
    coins = np.asarray(cluster_coins(WORDS, labels)).reshape(100, 4, 1000)
    assert np.all(coins == coins[:, :1])
    assert abs(coins[:, 0].mean() - 0.5) < 4 * 0.5 / np.sqrt(100000)
    assert abs(np.corrcoef(coins[1:, 0].ravel(), coins[:-1, 0].ravel())[0, 1]) < 4 / np.sqrt(99000)
    assert abs(np.corrcoef(coins[:, 0, 1:].ravel(), coins[:, 0, :-1].ravel())[0, 1]) < 4 / np.sqrt(99900)


def test_unit_vectors_are_uniform() -> None:
    r = np.asarray(unit_vectors(WORDS, 3, 100000, jnp.float64))
    np.testing.assert_allclose(np.sum(r * r, axis=0), 1, atol=1e-14)
    assert np.all(np.abs(np.mean(r, axis=1)) < 4 / np.sqrt(3e5))
    assert np.all(np.abs(np.mean(r[:, None] * r[None], axis=2) - np.eye(3) / 3) < 4 * 0.3 / np.sqrt(1e5))


ISING = {
    "two axes": "lattice [2, 3]\nparam k = [0.35, -0.2]\nfield p : real\n"
    "action = sum[x]( p(x)^4 ) - sum[x, mu]( k[mu]*p(x)*p(x + mu) )\nsample wolff {}",
    "named sites and a mean field": "lattice [6]\nparam k = 0.3\nfield p : real\n"
    "action = sum[x]( p(x)^4 - k*p(x)*p(x + e[0]) ) - 0.1*sum[x]( p(x) )^2 + 0.5*p(0)*p(3) + 0.4*p(1)*p(2)\nsample wolff {}",
    "rows": "index p = 1..6\nindex q = 1..6\nfield p1[p] : real\naction = sum[p]( p1[p]^4 ) - 0.4*sum[p < q]( p1[p]*p1[q]/(q - p) )\n"
    "    + 0.2*sum[p, q]( p1[p]*p1[q] ) + 0.6*p1[2]*p1[5]\nsample wolff {}".replace("p1", "v"),
    "frustrated": "lattice [6]\nboundary antiperiodic\nfield p : real\n"
    "action = sum[x]( p(x)^4 + p(x)^2 ) + sum[x]( 0.5*p(x)*p(x + e[0]) - 0.3*p(x)*p(x + 2*e[0]) )\nsample wolff {}",
}


@pytest.mark.parametrize("name", ISING)
def test_detailed_balance_of_the_embedded_signs(name: str) -> None:
    """Six spins of fixed lengths, their 64 signs drawn from the exact weights: after one update they have these weights
    again, and every transition is as frequent as its inverse. Chi-square at 5 standard deviations."""
    model = module(ISING[name]).MODEL
    lengths = np.array([0.7, 1.1, 0.9, 1.3, 0.5, 1.0])
    states = np.array(list(product((-1, 1), repeat=6))).T
    shape = (*model.lattice.extents, -1)
    actions = model.action(type(model.kinds)(jnp.asarray((states * lengths[:, None]).reshape(shape))), model.parameters)
    weights = np.exp(-np.asarray(actions))
    weights /= weights.sum()
    chains = 400000
    before = np.random.default_rng(2).choice(64, chains, p=weights)
    fields = type(model.kinds)(jnp.asarray((states[:, before] * lengths[:, None]).reshape(shape)))
    update = jax.jit(lambda f: reflect_clusters(model, model.fields[0], WORDS, f, model.parameters))
    new, _ = update(fields)
    signs = np.asarray(new[0]).reshape(6, chains) > 0
    after = (1 << np.arange(5, -1, -1)) @ signs
    counts = np.bincount(after, minlength=64)
    chi_square = np.sum((counts - chains * weights) ** 2 / (chains * weights))
    assert chi_square < 63 + 5 * np.sqrt(2 * 63)
    moved = np.zeros((64, 64))
    np.add.at(moved, (before, after), 1)
    upper = np.triu_indices(64, 1)
    there, back = moved[upper], moved.T[upper]
    seen = there + back > 20
    chi_square = np.sum((there - back)[seen] ** 2 / (there + back)[seen])
    assert seen.sum() > 500 and chi_square < seen.sum() + 5 * np.sqrt(2 * seen.sum())
    assert np.ptp(weights) > 3 * weights.min()


def test_models_without_pairs_are_refused() -> None:
    model = module("lattice [4]\nfield p : real\naction = sum[x]( p(x)^2 + p(x)^3 + p(x)^4 )").MODEL
    with pytest.raises(RuntimeInputError, match="no field of .* has couplings of pairs"):
        Wolff().build(model)
    with pytest.raises(RuntimeInputError, match="clusters must be"):
        Wolff(clusters=0)
