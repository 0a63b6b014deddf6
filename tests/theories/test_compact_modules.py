"""Generated modules of spins, indexed fields and long terms: force against autodiff, terms against the whole."""

from types import ModuleType

import jax.numpy as jnp
import numpy as np
import pytest
from compiled import module
from theories.compact_theories import THEORIES
from theories.motion import check_force, hot


@pytest.fixture(params=THEORIES, ids=str)
def built(request: pytest.FixtureRequest) -> ModuleType:
    return module(THEORIES[request.param])


def test_force_is_the_gradient(built: ModuleType) -> None:
    check_force(built.MODEL)


def test_terms_add_up_to_the_action(built: ModuleType) -> None:
    model = built.MODEL
    fields = hot(model, 3)
    terms = model.action_terms(fields, model.parameters)
    total = jnp.sum(jnp.stack([jnp.broadcast_to(term, (2,)) for term in terms.values()]), axis=0)
    np.testing.assert_allclose(total, model.action(fields, model.parameters), rtol=1e-12, atol=1e-11)


def test_local_actions_follow_one_site(built: ModuleType) -> None:
    model = built.MODEL
    fields, other = hot(model, 4), hot(model, 5)
    for name, local in model.site_actions.items():
        kind, values, new = getattr(model.kinds, name), getattr(fields, name), getattr(other, name)
        place = (*((slice(None),) if kind.has_component_axis else ()), *(1,) * model.lattice.ndim)
        one = fields._replace(**{name: values.at[place].set(new[place])})
        whole = model.action(one, model.parameters) - model.action(fields, model.parameters)
        difference = local(new, fields, model.parameters) - local(values, fields, model.parameters)
        np.testing.assert_allclose(difference[(1,) * model.lattice.ndim], whole, rtol=1e-9, atol=1e-10)
