"""Generated modules of gauge theories: force against autodiff on the group, local actions, staples, gauge invariance."""

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled, module, result
from runtime.link_flows import LINK_FLOWS
from theories.gauge_theories import THEORIES
from theories.motion import BATCH, check_force, hot, momenta

from lqdsl import runtime as rt

QUICK = ("u1", "u1 theta", "u1 global", "su2 adjoint", "su2 in planes", "su2 together", "su3", "higgs")
"""Theories of the default tests; the others carry the marker `slow`."""
PARAMETERS = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in THEORIES]


@pytest.fixture(params=PARAMETERS, ids=str)
def built(request: pytest.FixtureRequest) -> ModuleType:
    return module(THEORIES[request.param])


def test_force_is_the_gradient_on_the_group(built: ModuleType) -> None:
    check_force(built.MODEL)


def test_link_actions_follow_one_link(built: ModuleType) -> None:
    model = built.MODEL
    fields, directions = hot(model, 3), momenta(model, 4)
    if not model.link_actions:
        pytest.skip("the action is no sum over sites")
    total = compiled(model.action)
    for name, actions in model.link_actions.items():
        kind, values = getattr(model.kinds, name), getattr(fields, name)
        new = kind.drift(values, getattr(directions, name), 0.7)
        site = (1,) * model.lattice.ndim
        for mu, action in enumerate(actions):
            place = (mu, *(() if kind.is_angle else (slice(None),)), *site)
            one = fields._replace(**{name: values.at[place].set(new[place])})
            whole = total(one, model.parameters) - total(fields, model.parameters)
            own = compiled(lambda link, fields, action=action: action(link, fields, model.parameters))
            before, after = (own(kind.link(v, mu), fields)[site] for v in (values, new))
            np.testing.assert_allclose(after - before, whole, atol=1e-11)


def test_staples_give_the_force(built: ModuleType) -> None:
    model = built.MODEL
    if not model.staples:
        pytest.skip("the action is not linear in a link")
    fields = hot(model, 5)
    for name, functions in model.staples.items():
        links = getattr(model.kinds, name).links(getattr(fields, name))

        def both(fields: Any, links: Any = links, functions: Any = functions) -> Any:
            staples = [function(fields, model.parameters) for function in functions]
            return rt.link_forces(links, staples), model.force(fields, model.parameters)

        found, force = compiled(both)(fields)
        np.testing.assert_allclose(found, getattr(force, name), atol=1e-11)


def test_action_and_observables_are_gauge_invariant(built: ModuleType) -> None:
    model = built.MODEL
    lattice, fields = model.lattice, hot(model, 6)
    kind = model.kinds.U
    omega = kind.link(kind.random(jnp.asarray([8, 8], jnp.uint32), lattice, BATCH, jnp.float64, True), 0)

    def turned(links: Any) -> Any:
        steps = np.eye(lattice.ndim, dtype=int)
        pairs = zip(links, steps, strict=True)
        return rt.stack_links([omega @ link @ lattice.shift(omega, tuple(map(int, step))).H for link, step in pairs])

    together = [name for name in ("U", "V") if name in model.fields]
    new = fields._replace(**{name: turned(kind.links(getattr(fields, name))) for name in together})
    if "phi" in model.fields:
        real, imaginary = omega.re_tr(), omega.im_tr()
        re, im = fields.phi
        new = new._replace(phi=jnp.stack([real * re - imaginary * im, imaginary * re + real * im]))
    parameters = model.parameters
    numbers = compiled(lambda fields, p: (model.action(fields, p), model.observables(fields, p)))
    (action, observables), (same, found) = numbers(fields, parameters), numbers(new, parameters)
    np.testing.assert_allclose(same, action, atol=1e-10)
    for name, value in observables.items():
        np.testing.assert_allclose(found[name], value, atol=1e-10, err_msg=name)


STRIPES = """
lattice [4, 4]
field U : link U(1)
loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
action = -2*sum[x, mu < nu]( re(P[mu, nu](x)) )
flow {
    couple U via P {
        mask = stripes(period = 4, axis = 0)  layers = 4  kernel = ncp(components = 2)
        net = cnn(hidden = [4], activation = silu)
    }
    couple U via P {
        mask = stripes(period = 4, axis = 1)  layers = 4  kernel = ncp(components = 2)
        net = cnn(hidden = [4], activation = silu)
    }
}
"""


def test_blocks_of_one_direction_are_those_of_the_laws() -> None:
    assert module(STRIPES).MODEL.flow.couplings == LINK_FLOWS["u1 one direction a block"].couplings
    comments = [line.strip() for line in result(STRIPES).module.splitlines() if "# links of direction" in line]
    for number, axis in enumerate((1, 0)):
        form = (axis, 1 - axis)
        assert comments[number].startswith(f"# links of direction {axis} only with {form} mod 4; on average 0.125 of")


CHARGES = """
lattice [6, 6]
field U : link U(1)
loop P[mu, nu](x) = U[mu](x) * U[nu](x + mu) * adj(U[mu](x + nu)) * adj(U[nu](x))
loop line(x) = prod[k = 0..5]( U[0](x + k*e[0]) )
action = -6*sum[x, mu < nu]( re(tr(P[mu, nu](x))) )
observable Q     = sum[x]( arg(P[0, 1](x)) ) / (2*pi)
observable turns = sum[x]( arg(line(x)) ) / (2*pi)
"""


def test_the_charge_is_a_whole_number() -> None:
    """Also in single precision, so that a charge that never moved is constant; angles of lines add up to anything."""
    model = module(CHARGES).MODEL
    fields = jax.tree.map(lambda values: values.astype(jnp.float32), hot(model, 7))
    found = {name: np.asarray(value) for name, value in model.observables(fields, model.parameters).items()}
    assert np.ptp(found["Q"]) > 0 and np.array_equal(found["Q"], np.round(found["Q"]))
    assert np.max(np.abs(found["turns"] - np.round(found["turns"]))) > 0.1
