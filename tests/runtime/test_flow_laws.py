"""Laws that every flow of the table obeys, in double precision."""

from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled
from jax.flatten_util import ravel_pytree
from runtime.flows import FLOWS, IS_ODD, frame, is_joint, laws, noise, random_weights
from scipy.linalg import block_diag

from lqdsl.runtime import random
from lqdsl.runtime.boxes import Box
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow import Flow
from lqdsl.runtime.flow.frame import Frame
from lqdsl.runtime.flow.matrix_frame import MatrixFrame
from lqdsl.runtime.flow.partition import cycle_of, site_classes
from lqdsl.runtime.kinds import Links, stack_links
from lqdsl.runtime.manifolds import Angle
from lqdsl.runtime.masks import LinearMask
from lqdsl.runtime.nets import CNN

every_flow = pytest.mark.parametrize("name", laws(FLOWS))
BATCH = 4
DEEP = [name for name, flow in FLOWS.items() if any(c.layers > cycle_of(c.mask) for c in flow.couplings)]
"""Flows with more than one cycle of layers."""
INVERSIONS = [*((name, "scan") for name in DEEP), ("2d two masks", "unrolled"), ("two fields", "unrolled")]
INVERTED = ("hierarchy",)
"""Those of the default tests."""


def deviation(a: Any, b: Any) -> float:
    """Largest difference of two trees."""
    return max(
        float(np.max(np.abs(x - y), initial=0)) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    )


def is_angle(kind: Any) -> bool:
    return isinstance(kind, Angle) or (isinstance(kind, Links) and kind.is_angle)


def tangent(flow: Flow, fields: Any, score: Any) -> Any:
    """A score, by its components along an orthonormal basis where the fields move on a manifold."""

    def part(kind: Any, x: Any, g: Any) -> Any:
        if not is_joint(kind):
            return g
        columns = zip(np.moveaxis(np.asarray(x), -1, 0), np.moveaxis(np.asarray(g), -1, 0), strict=True)
        return np.stack([frame(kind, own).T @ slope.reshape(-1) for own, slope in columns])

    return [part(*parts) for parts in zip(flow.kinds, fields, score, strict=True)]


def distance(flow: Flow, a: Any, b: Any) -> float:
    """Largest difference of two configurations, angles modulo 2 pi, points of a box modulo its sides."""

    def apart(kind: Any, x: Any, y: Any) -> Any:
        if isinstance(kind, Box):
            return kind.restored(x - y)
        return np.angle(np.exp(1j * np.asarray(x - y))) if is_angle(kind) else x - y

    return max(float(np.max(np.abs(apart(*parts)))) for parts in zip(flow.kinds, a, b, strict=True))


def negative(fields: Any) -> Any:
    return jax.tree.map(jnp.negative, fields)


@cache
def images(name: str) -> dict[str, Any]:
    """Everything about one flow that needs no Jacobian, compiled once."""
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, BATCH)

    def compute(weights: Any, z: Any, key: jax.Array) -> dict[str, Any]:
        x, log_det = flow.forward(weights, z)
        sample = flow.sample_with_score(weights, key, BATCH)
        log_prob, pull = jax.vjp(lambda x: flow.log_prob(weights, x), sample.fields)
        return {
            "x": x,
            "log_det": log_det,
            "inverse": flow.inverse(weights, x),
            "sample": sample,
            "log_prob": log_prob,
            "score": pull(jnp.ones_like(log_prob))[0],
        }

    return compiled(compute)(weights, z, jax.random.key(1))


@cache
def forward(name: str) -> Any:
    return compiled(FLOWS[name].forward)


@every_flow
def test_starts_as_the_identity(name: str) -> None:
    flow = FLOWS[name]
    z = noise(flow, BATCH)
    weights = random_weights(flow)
    start = flow.init(jax.random.key(0), jnp.float64)
    assert jax.tree.map(jnp.shape, start) == jax.tree.map(jnp.shape, weights)
    x, log_det = forward(name)(start, z)
    assert distance(flow, x, z) < 1e-12
    assert deviation(log_det, jnp.zeros(BATCH)) < 1e-11


@every_flow
def test_inverse(name: str) -> None:
    found, z = images(name), noise(FLOWS[name], BATCH)
    back, log_det = found["inverse"]
    assert distance(FLOWS[name], found["x"], z) > 0.1
    assert distance(FLOWS[name], back, z) < 1e-10
    assert deviation(log_det, -found["log_det"]) < 1e-10


@every_flow
def test_log_prob_belongs_to_the_samples(name: str) -> None:
    found = images(name)
    assert deviation(found["log_prob"], found["sample"].log_q) < 1e-9


@every_flow
def test_score(name: str) -> None:
    """The score that is carried along is d log q / d fields, for weights held fixed."""
    found = images(name)
    fields = found["sample"].fields
    expected = tangent(FLOWS[name], fields, found["score"])
    largest = max(float(jnp.max(jnp.abs(values))) for values in expected)
    assert deviation(tangent(FLOWS[name], fields, found["sample"].score), expected) < 1e-9 * max(1.0, largest)


@pytest.mark.parametrize("name", laws(n for n, flow in FLOWS.items() if any(isinstance(k, Box) for k in flow.kinds)))
def test_once_around_a_box(name: str) -> None:
    """Points that differ by whole sides have the same image, inside the box, and the same density."""
    flow, found, z = FLOWS[name], images(name), noise(FLOWS[name], BATCH)
    rng = np.random.default_rng(3)

    def around(kind: Any, values: Any) -> Any:
        return values + rng.integers(-2, 3, values.shape) * kind.sides(values) if isinstance(kind, Box) else values

    moved = type(z)(*(around(*parts) for parts in zip(flow.kinds, z, strict=True)))
    x, log_det = forward(name)(random_weights(flow), moved)
    assert deviation(moved, z) > 1 and distance(flow, x, found["x"]) < 1e-11
    assert deviation(log_det, found["log_det"]) < 1e-11
    for kind, values in zip(flow.kinds, x, strict=True):
        if isinstance(kind, Box):
            assert np.all(np.abs(values) <= kind.sides(values) / 2 * (1 + 1e-12))


@pytest.mark.parametrize("name", laws(sorted(IS_ODD)))
def test_sign_flip(name: str) -> None:
    found = images(name)
    flipped, log_det = forward(name)(random_weights(FLOWS[name]), negative(noise(FLOWS[name], BATCH)))
    assert deviation(negative(flipped), found["x"]) < 1e-11
    assert deviation(log_det, found["log_det"]) < 1e-11


@every_flow
def test_log_det(name: str) -> None:
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, 1)
    flat, unravel = ravel_pytree(z)

    def image(v: jax.Array) -> tuple[jax.Array, tuple[jax.Array, Any]]:
        x, log_det = flow.forward(weights, unravel(v))
        return ravel_pytree(x)[0], (log_det[0], x)

    jacobian, (log_det, x) = compiled(jax.jacrev(image, has_aux=True))(flat)
    before, after = (block_diag(*map(frame, flow.kinds, fields)) for fields in (z, x))
    assert abs(np.linalg.slogdet(after.T @ jacobian @ before)[1] - log_det) < 1e-8


@every_flow
def test_layers_are_triangular(name: str) -> None:
    """A single layer leaves frozen sites and other fields alone, and active ones do not see each other; exactly."""
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, 1)
    for number, coupling in enumerate(flow.couplings):
        single = replace(flow, couplings=(replace(coupling, layers=1),))
        own = jax.tree.map(lambda leaf: leaf[:1], weights["couplings"][number])
        own = {"prior": weights["prior"], "couplings": (own,)}
        jacobian = compiled(jax.jacrev(lambda z, own, flow=single: flow.forward(own, z)[0]))(z, own)
        active = np.isin(np.arange(flow.lattice.volume), site_classes(flow.lattice, coupling.mask)[0])
        for out in z._fields:
            for into in z._fields:
                shape = [(getattr(flow.kinds, n).components, active.size) for n in (out, into)]
                block = np.asarray(getattr(getattr(jacobian, out), into)).reshape(*shape[0], *shape[1])
                sizes = (shape[0][0], shape[1][0])
                same_site = np.eye(*sizes) if not is_joint(getattr(flow.kinds, out)) else np.ones(sizes)
                unit = np.einsum("ab,xy->axby", np.eye(*sizes), np.eye(active.size)) * (out == into)
                rows = ~active if out == coupling.field else np.ones_like(active)
                assert (block[:, rows] == unit[:, rows]).all()
                if out == into == coupling.field:
                    elsewhere = 1 - np.einsum("ab,xy->axby", same_site, np.eye(active.size))
                    among_active = (block * elsewhere)[:, active][:, :, :, active]
                    assert (among_active == 0).all()
                    layer = single.stack.layer(0, 0)
                    sees = len(layer.geometry.groups) > len(layer.others)
                    assert sees == (block[:, active][:, :, :, ~active] != 0).any()


@pytest.mark.parametrize(
    ("name", "composition"),
    [pytest.param(*case, marks=() if case[0] in INVERTED else pytest.mark.slow) for case in INVERSIONS],
)
def test_backward_by_inversion(name: str, composition: str) -> None:
    """Gradients and values are the same whether inputs of layers are stored or recomputed, unrolled or scanned."""
    expected = gradients(name, "unrolled", "store")
    found = gradients(name, composition, "invert")
    scale = max(float(jnp.max(jnp.abs(leaf), initial=0)) for leaf in jax.tree.leaves(expected))
    assert deviation(found, expected) < 1e-8 * max(1.0, scale)


@cache
def gradients(name: str, composition: str, backward: str) -> Any:
    flow = replace(FLOWS[name], composition=composition, backward=backward)

    def loss(weights: Any, z: Any) -> jax.Array:
        x, log_det = flow.forward(weights, z)
        return sum(jnp.sum(jnp.sin(leaf)) for leaf in x) + jnp.sum(log_det**2)

    return compiled(jax.value_and_grad(loss, argnums=(0, 1)))(random_weights(flow), noise(flow, BATCH))


@pytest.mark.parametrize("name", laws(DEEP))
def test_scanned_is_unrolled(name: str) -> None:
    flow = replace(FLOWS[name], composition="scan")

    def both(weights: Any, z: Any, x: Any) -> Any:
        return flow.forward(weights, z), flow.inverse(weights, x)

    found = images(name)
    there, back = compiled(both)(random_weights(flow), noise(flow, BATCH), found["x"])
    assert deviation(there, (found["x"], found["log_det"])) < 1e-11
    assert deviation(back, found["inverse"]) < 1e-10


def is_local(flow: Flow) -> bool:
    return all(isinstance(c.net, CNN) and isinstance(c.mask, LinearMask) for c in flow.couplings)


LOCAL = [name for name, flow in FLOWS.items() if is_local(flow)]


def act(flow: Flow, fields: Any, operation: Any) -> Any:
    """The operation on [x..., b] applied to each component."""
    parts = zip(flow.kinds, fields, strict=True)
    return type(fields)(*(kind.join(jax.vmap(operation)(kind.split(values))) for kind, values in parts))


@pytest.mark.parametrize("name", laws(LOCAL))
def test_translations(name: str) -> None:
    """Shifts that keep every class of every mask commute with the flow, with the sign of antiperiodic borders."""
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, BATCH)
    step = max(coupling.mask.cycle for coupling in flow.couplings)
    x, log_det = forward(name)(weights, z)
    for axis in range(flow.lattice.ndim):
        offset = tuple(step // (1 + axis * (step > 2)) * (axis == a) for a in range(flow.lattice.ndim))

        def move(values: jax.Array, offset: tuple[int, ...] = offset) -> jax.Array:
            return flow.lattice.shift(values, offset)

        moved, same = forward(name)(weights, act(flow, z, move))
        assert deviation(moved, act(flow, x, move)) < 1e-10
        assert deviation(same, log_det) < 1e-10


@pytest.mark.parametrize("name", laws(n for n in LOCAL if any(c.net.tied != "none" for c in FLOWS[n].couplings)))
def test_point_group(name: str) -> None:
    """Reflections about a site, and permutations of axes where the net is isotropic, commute with the flow."""
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, BATCH)
    axes = tuple(range(flow.lattice.ndim))
    x, log_det = forward(name)(weights, z)
    is_cubic = len(set(flow.lattice.extents)) == 1 and flow.couplings[0].net.isotropic
    for order in permutations(axes) if is_cubic else [axes]:
        for axis in axes:

            def turn(values: jax.Array, order: tuple[int, ...] = tuple(order), axis: int = axis) -> jax.Array:
                values = values.transpose(*order, len(order))
                return jnp.roll(jnp.flip(values, axis), 1, axis)

            turned, same = forward(name)(weights, act(flow, z, turn))
            assert deviation(turned, act(flow, x, turn)) < 1e-10
            assert deviation(same, log_det) < 1e-10


def frames(flow: Flow) -> dict[frozenset[str], list[Frame]]:
    """Fields that rotate together to what the layers make of them."""
    found: dict[frozenset[str], list[Frame]] = {}
    for coupling in flow.couplings:
        if isinstance(coupling.frame, Frame):
            found.setdefault(frozenset({coupling.field, *coupling.frame.fields}), []).append(coupling.frame)
        for view in coupling.views:
            found.setdefault(frozenset(view.fields), []).append(view)
    return found


SPINS = [name for name, flow in FLOWS.items() if frames(flow)]
TOGETHER = [name for name in SPINS if len(FLOWS[name].kinds) > 1]


def rotations(kind: Any, mirror: bool) -> list[Any]:
    """Of all spins of a kind; reflections too where the frames are mirrors."""
    if is_angle(kind):
        return [lambda values: values + 0.83, *([lambda values: 0.4 - values] if mirror else [])]
    matrix = np.linalg.qr(np.random.default_rng(1).normal(size=(kind.n,) * 2))[0]
    return [lambda values: jnp.tensordot(matrix, values, 1)]


@pytest.mark.parametrize("name", laws(SPINS))
def test_rotations_of_spins(name: str) -> None:
    """Common rotations of all spins of the fields that rotate together commute with the flow; other fields stay."""
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, BATCH)
    x, log_det = forward(name)(weights, z)
    for fields, found in frames(flow).items():
        kind = getattr(flow.kinds, min(fields))
        for turn in rotations(kind, all(own.mirror for own in found)):

            def turned(values: Any, fields: frozenset[str] = fields, turn: Any = turn) -> Any:
                return values._replace(**{field: turn(getattr(values, field)) for field in fields})

            moved, same = forward(name)(weights, turned(z))
            assert distance(flow, turned(z), z) > 0.1
            assert distance(flow, moved, turned(x)) < 1e-10
            assert deviation(same, log_det) < 1e-10


@pytest.mark.parametrize("name", laws(TOGETHER))
def test_layers_see_all_fields(name: str) -> None:
    """Every field has a say in the image of every other one: numbers as they are, spins by the angles between them."""
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, BATCH)
    x, _ = forward(name)(weights, z)
    other = noise(flow, BATCH, seed=6)
    moving = {coupling.field for coupling in flow.couplings}
    for field in flow.kinds._fields:
        changed, _ = forward(name)(weights, z._replace(**{field: getattr(other, field)}))
        for image in moving - {field}:
            assert deviation(getattr(changed, image), getattr(x, image)) > 1e-3


@pytest.mark.parametrize("fields", [("a",), ("c",), ("b", "b")])
def test_frames_combine_other_fields_once(fields: tuple[str, ...]) -> None:
    flow = FLOWS["three classes together"]
    wrong = replace(flow.couplings[0], frame=Frame(fields=fields))
    with pytest.raises(RuntimeInputError, match="each once"):
        replace(flow, couplings=(wrong, *flow.couplings[1:]))


MATRICES = [n for n, flow in FLOWS.items() if any(isinstance(c.frame, MatrixFrame) for c in flow.couplings)]


@pytest.mark.parametrize("name", laws(MATRICES))
def test_multiplications_of_matrices(name: str) -> None:
    """U -> L U R^+ commutes with the flow, L = R where the unit matrix is among what is combined; other fields stay."""
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, BATCH)
    x, log_det = forward(name)(weights, z)
    group = flow.kinds.s.group
    left, right = (
        group.haar(random.key_words(jax.random.key(n)), (1,) * (flow.lattice.ndim + 1), "float64") for n in range(2)
    )
    if any(c.frame.unit for c in flow.couplings if isinstance(c.frame, MatrixFrame)):
        right = left

    def multiplied(fields: Any) -> Any:
        return fields._replace(s=stack_links([left @ flow.kinds.s.link(fields.s, 0) @ right.H]))

    moved, same = forward(name)(weights, multiplied(z))
    assert distance(flow, multiplied(z), z) > 0.1
    assert distance(flow, moved, multiplied(x)) < 1e-10
    assert deviation(same, log_det) < 1e-10


def test_forty_eight_layers() -> None:
    """A scanned program does not grow with the number of layers."""
    flow = FLOWS["2d symmetric affine"]
    sizes = []
    for layers in (8, 48):
        deep = replace(flow, couplings=(replace(flow.couplings[0], layers=layers),), composition="auto")
        deep = replace(deep, composition="scan") if layers == 8 else deep
        sizes.append(len(jax.jit(deep.forward).lower(random_weights(deep), noise(deep, 2)).as_text()))
    assert sizes[1] < 1.05 * sizes[0]


def test_another_volume() -> None:
    """The weights of a convolutional flow serve every volume: a periodic pattern stays one on a larger lattice."""
    small = FLOWS["2d symmetric affine"]
    large = replace(small, lattice=replace(small.lattice, extents=(8, 8)))

    def tile(fields: Any) -> Any:
        return type(fields)(*(jnp.tile(values, (2, 2, 1)) for values in fields))

    weights, z = random_weights(small), noise(small, BATCH)
    x, log_det = compiled(small.forward)(weights, z)
    big, big_log_det = compiled(large.forward)(weights, tile(z))
    assert deviation(big, tile(x)) < 1e-10
    assert deviation(big_log_det, 4 * log_det) < 1e-10
