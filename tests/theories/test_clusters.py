"""Couplings of generated modules: reflecting any set of spins changes S by what the bonds across its border say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import module
from theories.compact_theories import THEORIES
from theories.motion import BATCH, hot
from theories.theories import CASES

from lqdsl.runtime import random
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
TEXTS = {name: THEORIES[name] for name in COMPACT} | {name: CASES[name].text for name in FLAT} | MORE


@pytest.mark.parametrize("name", TEXTS)
def test_reflections_change_the_action_by_bonds(name: str) -> None:
    model = module(TEXTS[name] + "\nsample wolff {}").MODEL
    fields, lattice = hot(model, 1), model.lattice
    for number, (field, kind) in enumerate(zip(model.fields, model.kinds, strict=True)):
        words = jnp.asarray([5, number], jnp.uint32)
        axes = unit_vectors(random.fold(words, 0), kind.spin_components, BATCH, jnp.float64)
        turned = random.uniform(random.fold(words, 1), (*lattice.extents, BATCH), jnp.float64) < 0.5
        values, pairs = getattr(fields, field), model.pairs[field]
        new = fields._replace(**{field: jnp.where(turned, kind.reflected(values, axes), values)})
        along = jnp.sum(kind.spins(values) * axes.reshape(-1, *(1,) * lattice.ndim, BATCH), axis=0)
        signs, change = jnp.where(turned, -1.0, 1.0), 0.0
        for offset, strength in zip(pairs.offsets, pairs.strengths(fields, model.parameters), strict=True):
            neighbour = lattice.shift(along, offset)
            cut = jnp.roll(signs, [-step for step in offset], tuple(range(lattice.ndim))) * signs
            change = change + lattice.sum(strength * along * neighbour * (1 - cut))
        found = model.action(new, model.parameters) - model.action(fields, model.parameters)
        assert np.max(np.abs(found)) > 1e-3
        np.testing.assert_allclose(found, change, rtol=1e-10, atol=1e-10)


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
