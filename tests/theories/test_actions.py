"""What a theory file says against what is computed: action, density, force and site actions on random configurations."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import EXAMPLES, configuration, example_text, module
from theories.motion import check_force
from theories.theories import CASES

BATCH = (2,)
SITES = 3
TEXTS = {name: case.text for name, case in CASES.items()} | {
    path.stem: example_text(path.stem) for path in sorted(EXAMPLES.glob("*.lqt"))
}


SLOW = ("su3", "su3_4d", "symanzik_su3", "su2_mixed", "chiral_su3")
"""Their matrices take long to compile; tests/theories/test_gauge_modules.py has smaller ones."""
PARAMETERS = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in TEXTS]


@pytest.fixture(params=PARAMETERS, name="model", scope="module")
def _model(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    return module(TEXTS[request.param], folder=str(EXAMPLES)).MODEL


@pytest.mark.parametrize("name", CASES)
def test_action_is_what_the_file_says(name: str) -> None:
    model = module(CASES[name].text).MODEL
    fields = configuration(model, 1, BATCH, 0.7)
    values = model.action(fields, model.parameters)
    for sample in range(BATCH[0]):
        written = CASES[name].action(*(np.asarray(field[..., sample]) for field in fields))
        assert values[sample] == pytest.approx(written, rel=1e-12)


def test_density_sums_to_the_action(model) -> None:  # type: ignore[no-untyped-def]
    fields = configuration(model, 2, BATCH)
    if model.density is None:
        assert not model.site_actions
        return
    density = model.density(fields, model.parameters)
    assert density.shape == (*model.lattice.extents, *BATCH)
    np.testing.assert_allclose(model.lattice.sum(density), model.action(fields, model.parameters), rtol=1e-12)


def test_force_is_minus_the_gradient(model) -> None:  # type: ignore[no-untyped-def]
    if any(kind.shape(model.lattice) != kind.momentum_shape(model.lattice) for kind in model.kinds):
        check_force(model)  # matrices: the derivative on the group
        return
    fields = configuration(model, 3, BATCH, 0.7)
    gradient = jax.grad(lambda f: jnp.sum(model.action(f, model.parameters)))(fields)
    for force, slope in zip(model.force(fields, model.parameters), gradient, strict=True):
        assert force.shape == slope.shape
        assert np.max(np.abs(force + slope)) <= 1e-10 * np.max(np.abs(slope))


def test_site_action_gives_the_change_of_the_action(model) -> None:  # type: ignore[no-untyped-def]
    fields = configuration(model, 4, BATCH, 0.7)
    before = model.action(fields, model.parameters)
    for name, site_action in model.site_actions.items():
        old = getattr(fields, name)
        new = old + jax.random.normal(jax.random.key(5), old.shape, old.dtype)
        change = site_action(new, fields, model.parameters) - site_action(old, fields, model.parameters)
        for place in some_sites(model.lattice.extents):
            where = (slice(None), *place) if old.ndim > len(model.lattice.extents) + len(BATCH) else place
            moved = fields._replace(**{name: old.at[where].set(new[where])})
            expected = model.action(moved, model.parameters) - before
            rounding = 1e-12 * (1 + float(jnp.max(jnp.abs(before) + jnp.abs(expected))))
            np.testing.assert_allclose(change[place], expected, rtol=1e-10, atol=rounding)


def some_sites(extents: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    rng = np.random.default_rng(6)
    for _ in range(SITES):
        yield tuple(int(rng.integers(extent)) for extent in extents)


@pytest.mark.parametrize("name", ["complex_nnn", "on_model", "two_fields", "antiperiodic in both"])
def test_batches_of_any_shape(name: str) -> None:
    """Trailing axes are carried along: what comes out is what each configuration gives alone."""
    model = module(TEXTS[name], folder=str(EXAMPLES)).MODEL
    fields = configuration(model, 7, (2, 3))
    action, one = model.action(fields, model.parameters), jax.tree.map(lambda field: field[..., 1, 2], fields)
    assert action.shape == (2, 3)
    np.testing.assert_allclose(action[1, 2], model.action(one, model.parameters), rtol=1e-12)
    alone = model.observables(one, model.parameters)
    for key, value in model.observables(fields, model.parameters).items():
        assert value.shape[-2:] == (2, 3)
        np.testing.assert_allclose(value[..., 1, 2], alone[key], rtol=1e-9, atol=1e-12)
