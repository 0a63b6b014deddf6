"""Couplings of generated modules: reflecting any set of spins changes S by what the bonds across its border say."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled, module
from theories.compact_theories import THEORIES
from theories.motion import BATCH, hot
from theories.theories import CASES

from lqdsl.runtime import random
from lqdsl.runtime.bonds import flat
from lqdsl.runtime.samplers.clusters import unit_vectors

MORE = {
    "all fields at once": """lattice [4, 3]
param k = [1.0, -0.5]
field p : real
field s : sphere(3)
field v : vector(2)
action = sum[x]( p(x)^4 + p(x)^2 + v(x)^4 + 0.2*v(x)^2*p(x)^2 )
    - sum[x, mu]( k[mu]*p(x)^2*dot(s(x), s(x + mu)) + 0.3*p(x)*p(x + mu) + 0.4*dot(v(x), v(x + mu))*k[0] )
""",
    "U(1) with further neighbours": """lattice [4, 5]
field z : U(1)
action = -sum[x, mu]( re(conj(z(x)) * z(x + mu)) ) + 0.7*sum[x]( re(z(x + e[0] - e[1]) * conj(z(x - e[0]))) )
""",
    "two axes of two sites": "lattice [2, 2]\nfield t : angle\naction = -sum[x, mu]( cos(t(x) - t(x + mu)) )",
    "spins that shine on links": """lattice [4, 3]
field U : link U(1)
field s : sphere(3)
loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
action = -sum[x, mu < nu]( re(P[mu, nu](x)) ) - sum[x, mu]( (1 + re(P[0, 1](x))) * dot(s(x), s(x + mu)) )
""",
    "antiperiodic": """lattice [4, 3]
boundary antiperiodic in 0
field p : real
action = sum[x]( p(x)^4 + 3*p(x)^2 ) - sum[x, mu]( p(x)*p(x + mu) ) + 0.3*sum[x]( p(x)*p(x + 2*e[0] + e[1]) )
""",
}
COMPACT = ("xy", "o3", "chiral su2")
FLAT = (
    "four dimensions",
    "antiperiodic in both",
    "steps of all kinds",
    "long range",
    "definitions",
    "a vector of one component",
)
BONDS = {
    "an index": """index p = 1..5
param J = [1.0, 0.5, -0.3, 0.8, 1.2]
field t[p] : angle
field s[p] : sphere(3)
index q = 1..5
action = -sum[p < q]( J[p - 1]*J[q - 1]*cos(t[p] - t[q]) ) - 0.7*dot(s[1], s[4]) - 0.7*dot(s[2], s[5]) + 0.4*dot(s[2], s[3])
    - 0.3*cos(t[1] - t[2])*dot(s[1], s[2])
""",
    "rows": """index p = 0..19
index q = 0..19
param J = 0.3
field t[p] : angle
field s[p] : sphere(4)
action = -J*sum[p < q]( cos(t[p] - t[q]) / (q - p)^2 ) + 0.2*sum[p, q]( dot(s[p], s[q]) )
    - 0.1*sum[p < q]( q*dot(s[p], s[q])*cos(t[p] - t[q]) ) - 0.4*dot(s[0], s[19]) - 0.3*sum[p]( p*cos(t[p] - t[3]) )
""",
    "products of sums over rows": """index p = 1..15
index q = 1..15
param g = 0.2
field t[p] : angle
field s[p] : sphere(2)
action = -g*(sum[p]( p*cos(t[p]) )^2 + sum[p]( p*sin(t[p]) )^2) / 15 + 0.3*sum[p]( s[p][0] )^2 + 0.3*sum[p]( s[p][1] )^2
    - 0.1*sum[p]( p*s[p][0] )*sum[p < q]( cos(t[p] - t[q])*s[p][0] ) - 0.1*s[2][0]*sum[p]( p^2*s[p][0] )
    - 0.1*sum[p]( p*s[p][1] )*sum[p < q]( cos(t[p] - t[q])*s[p][1] ) - 0.1*s[2][1]*sum[p]( p^2*s[p][1] )
""",
    "matrices": """index p = 1..6
index q = 1..6
param J = [0.5, 1.0, -0.7, 0.8, 0.3, 1.1]
field G[p] : SU(2)
field z[p] : U(1)
action = -sum[p < q]( J[p - 1]*J[q - 1]*retr(G[p] * adj(G[q])) ) - 0.6*re(z[2] * conj(z[5]))*retr(adj(G[1]) * G[4])
    + 0.2*sum[p, q]( re(conj(z[p]) * z[q]) ) + 0.3*retr(G[2] * adj(G[6]))
""",
    "a mean field of matrices": """lattice [4, 3]
field z : U(1)
action = -sum[x, y]( re(conj(z(x)) * z(y)) ) / volume - 0.4*sum[x]( re(conj(z(x)) * z(x + e[0])) )
""",
    "named sites": """lattice [4, 3]
param J = 0.7
field s : sphere(3)
field t : angle
action = -J*sum[x, mu]( dot(s(x), s(x + mu)) ) - J*dot(s(0, 0), s(1, 2)) + 0.4*dot(s(0, 1), s(0, 2))
    - sum[x]( cos(t(x) - t(x + e[0])) + 0.2*cos(t(x) - t(2, 1)) ) - J*cos(t(0, 0) - t(3, 1))*dot(s(2, 2), s(3, 0))
""",
    "mean field": """lattice [4, 2]
param J = 0.9
field t : angle
field s : sphere(3)
field z : U(1)
action = -J*sum[x, y]( dot(s(x), s(y)) ) / volume - 0.2*sum[x]( cos(t(x)) )^2 - 0.2*sum[x]( sin(t(x)) )^2
    - J*sum[x, mu]( dot(s(x), s(x + mu)) ) + 0.3*dot(s(0, 0), s(3, 1))
    - 0.1*sum[x]( re(z(x)) )^2 - 0.1*sum[x]( im(z(x)) )^2 - 0.2*sum[x]( re(conj(z(x))*z(x + e[1])) )
""",
    "weights of other fields": """lattice [5]
field t : angle
field s : sphere(3)
action = -sum[x, y]( cos(t(x) - t(x + e[0])) * dot(s(x), s(y + e[0])) ) / volume - 0.5*sum[x]( cos(t(x) - t(x + e[0])) )
""",
    "an antiperiodic border": """lattice [4, 3]
boundary antiperiodic in 0
field s : sphere(3)
field p : real
action = -sum[x, mu]( dot(s(x), s(x + mu)) ) - 0.7*dot(s(0, 0), s(3, 2)) + sum[x]( p(x)^2 + p(x)^4 )
    - sum[x, y]( p(x)*p(y + e[0])*dot(s(x + e[0]), s(y - e[0])) ) / volume
""",
}
TEXTS = {name: THEORIES[name] for name in COMPACT} | {name: CASES[name].text for name in FLAT} | MORE | BONDS


@pytest.mark.parametrize("name", TEXTS)
def test_reflections_change_the_action_by_bonds(name: str) -> None:
    model = module(TEXTS[name] + "\nsample wolff {}").MODEL
    fields = hot(model, 1)
    assert model.pairs
    for number in (n for n, field in enumerate(model.fields) if field in model.pairs):
        found, expected = compiled(lambda own, number=number: changes(model, own, number))(fields)
        assert np.max(np.abs(found)) > 1e-3
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def changes(model: Any, fields: Any, number: int) -> tuple[jax.Array, jax.Array]:
    """Of S when half of the spins of one field are reflected: found, and what its couplings say."""
    name, kind, lattice = model.fields[number], model.kinds[number], model.lattice
    words = jnp.asarray([5, number], jnp.uint32)
    axes = unit_vectors(random.fold(words, 0), kind.spin_components, BATCH, jnp.float64)
    turned = random.uniform(random.fold(words, 1), (*lattice.extents, BATCH), jnp.float64) < 0.5
    values, pairs = getattr(fields, name), model.pairs[name]
    new = fields._replace(**{name: jnp.where(turned, kind.reflected(values, axes), values)})
    along = jnp.sum(kind.spins(values) * axes.reshape(-1, *(1,) * lattice.ndim, BATCH), axis=0)
    signs, expected = jnp.where(turned, -1.0, 1.0), jnp.zeros(BATCH)
    strengths = pairs.strengths(fields, model.parameters)
    assert len(strengths) == len(pairs.offsets) + len(pairs.bonds)
    for offset, strength in zip(pairs.offsets, strengths, strict=False):
        neighbour = lattice.shift(along, offset)
        cut = jnp.roll(signs, [-step for step in offset], tuple(range(lattice.ndim))) * signs
        expected += lattice.sum(strength * along * neighbour * (1 - cut))
    for table, strength in zip(pairs.bonds, strengths[len(pairs.offsets) :], strict=True):
        (s, t), (a, b) = ([flat(lattice, array)[end] for end in table.T] for array in (along, signs))
        expected += jnp.sum(jnp.broadcast_to(strength, s.shape) * s * t * (1 - a * b), axis=0)
    return model.action(new, model.parameters) - model.action(fields, model.parameters), expected


@pytest.mark.parametrize("name", [*COMPACT, "U(1) with further neighbours", "all fields at once"])
def test_reflections_keep_the_space(name: str) -> None:
    """They are their own inverse, keep the length and turn the vectors."""
    model = module(TEXTS[name] + "\nsample wolff {}").MODEL
    fields = hot(model, 2)
    for kind, values in zip(model.kinds, fields, strict=True):
        axes = unit_vectors(random.key_words(jax.random.key(3)), kind.spin_components, BATCH, jnp.float64)
        once = kind.reflected(values, axes)
        spins, turned = kind.spins(values), kind.spins(once)
        r = axes.reshape(-1, *(1,) * model.lattice.ndim, BATCH)
        np.testing.assert_allclose(turned, spins - 2 * jnp.sum(spins * r, axis=0) * r, atol=1e-14)
        np.testing.assert_allclose(kind.spins(kind.reflected(once, axes)), spins, atol=1e-14)
