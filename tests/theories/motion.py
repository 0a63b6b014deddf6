"""Random configurations and momenta of any model, and the force against autodiff along free motion."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from compiled import compiled

from lqdsl.runtime import random

BATCH = 2


def hot(model: Any, seed: int) -> Any:
    """A random configuration [..., x..., BATCH]."""
    words = (jnp.asarray([seed, number], jnp.uint32) for number in range(len(model.kinds)))
    draws = (k.random(w, model.lattice, BATCH, jnp.float64, True) for k, w in zip(model.kinds, words, strict=True))
    return type(model.kinds)(*draws)


def momenta(model: Any, seed: int) -> Any:
    """Normal momenta of the same layout."""
    shapes = ((*kind.momentum_shape(model.lattice), BATCH) for kind in model.kinds)
    draws = (random.normal(jnp.asarray([seed, 99 + n], jnp.uint32), s, jnp.float64) for n, s in enumerate(shapes))
    return type(model.kinds)(*draws)


def check_force(model: Any) -> None:
    """Force, its tangent part, against the derivative of the action along free motion from a random configuration."""
    fields = hot(model, 1)

    def total(steps: Any) -> Any:
        moved = (k.drift(v, k.tangent(v, p), 1.0) for k, v, p in zip(model.kinds, fields, steps, strict=True))
        return jnp.sum(model.action(type(model.kinds)(*moved), model.parameters))

    def both(steps: Any, fields: Any) -> Any:
        return jax.grad(total)(steps), model.force(fields, model.parameters)

    slope, force = compiled(both)(jax.tree.map(jnp.zeros_like, momenta(model, 2)), fields)
    for kind, values, expected, found in zip(model.kinds, fields, slope, force, strict=True):
        scale = max(float(jnp.max(jnp.abs(expected))), 1e-3)
        np.testing.assert_allclose(kind.tangent(values, found), -expected, rtol=1e-10, atol=1e-10 * scale)


def check_terms(model: Any) -> None:
    """The terms by their places add up to the action."""
    fields = hot(model, 3)
    terms = compiled(model.action_terms)(fields, model.parameters)
    total = np.sum(np.stack([np.broadcast_to(term, (BATCH,)) for term in terms.values()]), axis=0)
    np.testing.assert_allclose(total, compiled(model.action)(fields, model.parameters), rtol=1e-12, atol=1e-11)


def check_local_actions(model: Any) -> None:
    """The local action of each field changes by as much as the action where the field changes at one site."""
    fields, other = hot(model, 4), hot(model, 5)
    action = compiled(model.action)
    for name, local in model.site_actions.items():
        kind, values, new = getattr(model.kinds, name), getattr(fields, name), getattr(other, name)
        place = (*((slice(None),) if kind.has_component_axis else ()), *(1,) * model.lattice.ndim)
        one = fields._replace(**{name: values.at[place].set(new[place])})
        whole = action(one, model.parameters) - action(fields, model.parameters)
        own = compiled(local)
        difference = own(new, fields, model.parameters) - own(values, fields, model.parameters)
        np.testing.assert_allclose(difference[(1,) * model.lattice.ndim], whole, rtol=1e-9, atol=1e-10)
