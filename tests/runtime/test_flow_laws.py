"""Laws that every flow of the table obeys, in double precision."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from runtime.flows import FLOWS, IS_ODD, noise, random_weights

from lqdsl.runtime.flow import Flow

every_flow = pytest.mark.parametrize("name", FLOWS)


def deviation(a: Any, b: Any) -> float:
    """Largest difference of two trees."""
    return max(float(jnp.max(jnp.abs(x - y))) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


def forward(flow: Flow, weights: Any, z: Any) -> tuple[Any, jax.Array]:
    return jax.jit(flow.forward)(weights, z)


def inverse(flow: Flow, weights: Any, x: Any) -> tuple[Any, jax.Array]:
    return jax.jit(flow.inverse)(weights, x)


@every_flow
def test_starts_as_the_identity(name: str) -> None:
    flow = FLOWS[name]
    z = noise(flow, 3)
    x, log_det = forward(flow, flow.init(jax.random.key(0), jnp.float64), z)
    assert deviation(x, z) < 1e-12
    assert float(jnp.max(jnp.abs(log_det))) < 1e-11


@every_flow
def test_inverse(name: str) -> None:
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, 5)
    x, log_det = forward(flow, weights, z)
    back, inverse_log_det = inverse(flow, weights, x)
    assert deviation(x, z) > 0.1
    assert deviation(back, z) < 1e-10
    assert deviation(log_det, -inverse_log_det) < 1e-10


@every_flow
def test_log_det(name: str) -> None:
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, 1)
    flat, unravel = jax.flatten_util.ravel_pytree(z)
    jacobian = jax.jit(jax.jacrev(lambda v: jax.flatten_util.ravel_pytree(flow.forward(weights, unravel(v))[0])[0]))(flat)
    assert abs(np.linalg.slogdet(jacobian)[1] - forward(flow, weights, z)[1][0]) < 1e-8


@every_flow
def test_layers_are_triangular(name: str) -> None:
    """d(frozen out)/d(active in) = 0 and the frozen sites stay, exactly, for each single layer."""
    flow = FLOWS[name]
    weights = random_weights(flow)
    for number, coupling in enumerate(flow.couplings):
        single = replace(flow, couplings=(replace(coupling, layers=1),))
        own = jax.tree.map(lambda leaf: leaf[:1], weights["couplings"][number])
        own = {"prior": weights["prior"], "couplings": (own,)}
        z = noise(flow, 1)
        jacobian = jax.jit(jax.jacrev(lambda z, own, flow=single: flow.forward(own, z)[0]))(z, own)
        active = coupling.mask.active(flow.lattice, 0).reshape(-1)
        for out in z._fields:
            for into in z._fields:
                block = getattr(getattr(jacobian, out), into)
                size = [getattr(flow.kinds, n).components for n in (out, into)]
                block = np.asarray(block).reshape(size[0], active.size, size[1], active.size)
                rows = ~active if out == coupling.field else np.ones_like(active)
                unit = np.einsum("ab,xy->axby", np.eye(*size), np.eye(active.size)) * (out == into)
                assert (block[:, rows] == unit[:, rows]).all()
                if out == into == coupling.field:
                    off_diagonal = block[:, active][:, :, :, active] * (1 - unit[:, active][:, :, :, active])
                    assert (off_diagonal == 0).all()


@every_flow
def test_log_prob_belongs_to_the_samples(name: str) -> None:
    flow = FLOWS[name]
    weights = random_weights(flow)
    fields, log_q = jax.jit(flow.sample, static_argnums=2)(weights, jax.random.key(1), 4)
    assert deviation(jax.jit(flow.log_prob)(weights, fields), log_q) < 1e-9


@every_flow
def test_score(name: str) -> None:
    """The score that is carried along is d log q / d fields, for weights held fixed."""
    flow = FLOWS[name]
    weights = random_weights(flow)
    sample = jax.jit(flow.sample_with_score, static_argnums=2)(weights, jax.random.key(1), 4)
    expected = jax.jit(jax.grad(lambda x: jnp.sum(flow.log_prob(weights, x))))(sample.fields)
    assert deviation(sample.score, expected) < 1e-8 * (1 + max(float(jnp.max(jnp.abs(x))) for x in expected))


@every_flow
@pytest.mark.parametrize("composition", ["unrolled", "scan"])
def test_backward_by_inversion(name: str, composition: str) -> None:
    flow = replace(FLOWS[name], composition=composition)
    weights, z = random_weights(flow), noise(flow, 3)

    def loss(flow: Flow, weights: Any, z: Any) -> jax.Array:
        x, log_det = flow.forward(weights, z)
        return sum(jnp.sum(jnp.sin(leaf)) for leaf in x) + jnp.sum(log_det**2)

    results = [
        jax.jit(jax.value_and_grad(lambda w, z, f=replace(flow, backward=kind): loss(f, w, z), argnums=(0, 1)))(weights, z)
        for kind in ("store", "invert")
    ]
    scale = max(float(jnp.max(jnp.abs(leaf))) for leaf in jax.tree.leaves(results[0][1]))
    assert deviation(*(value for value, _ in results)) < 1e-10
    assert deviation(*(gradient for _, gradient in results)) < 1e-8 * max(1.0, scale)


@every_flow
def test_scanned_is_unrolled(name: str) -> None:
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, 2)
    scanned, unrolled = (replace(flow, composition=c) for c in ("scan", "unrolled"))
    x = forward(unrolled, weights, z)
    assert deviation(forward(scanned, weights, z), x) < 1e-11
    assert deviation(inverse(scanned, weights, x[0]), inverse(unrolled, weights, x[0])) < 1e-10


@pytest.mark.parametrize("name", sorted(IS_ODD))
def test_sign_flip(name: str) -> None:
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, 3)
    x, log_det = forward(flow, weights, z)
    flipped, same = forward(flow, weights, jax.tree.map(jnp.negative, z))
    assert deviation(jax.tree.map(jnp.negative, flipped), x) < 1e-12
    assert deviation(same, log_det) < 1e-12


@pytest.mark.parametrize("name", [n for n, f in FLOWS.items() if "table" not in n and "mlp" not in n and "stripes" not in n])
def test_translations(name: str) -> None:
    """Shifts that keep every class of every mask commute with the flow, with the sign of antiperiodic borders."""
    flow = FLOWS[name]
    if any(type(c.net).__name__ == "MLP" for c in flow.couplings):
        pytest.skip("an MLP does not know translations")
    weights, z = random_weights(flow), noise(flow, 2)
    apply = jax.jit(flow.forward)
    x, log_det = apply(weights, z)
    for axis in range(flow.lattice.ndim):
        offset = tuple((4 if "classes" in name else 2) * (axis == a) for a in range(flow.lattice.ndim))

        def move(fields: Any, offset: tuple[int, ...] = offset) -> Any:
            parts = [
                kind.join(jnp.stack([flow.lattice.shift(part, offset) for part in kind.split(values)]))
                for kind, values in zip(flow.kinds, fields, strict=True)
            ]
            return type(fields)(*parts)

        moved, same = apply(weights, move(z))
        assert deviation(moved, move(x)) < 1e-10
        assert deviation(same, log_det) < 1e-10


@pytest.mark.parametrize("name", ["1d odd spline", "2d symmetric affine", "2d symmetric spline", "3d vector", "2d reflections"])
def test_point_group(name: str) -> None:
    """Reflections about a site, and permutations of axes where the net is isotropic, commute with the flow."""
    flow = FLOWS[name]
    weights, z = random_weights(flow), noise(flow, 2)
    axes = range(flow.lattice.ndim)
    apply = jax.jit(flow.forward)
    x, log_det = apply(weights, z)
    group = permutations(axes) if flow.couplings[0].net.isotropic else [tuple(axes)]
    for order in group:
        for flipped in axes:

            def act(fields: Any, order: tuple[int, ...] = tuple(order), flipped: int = flipped) -> Any:
                def one(values: jax.Array) -> jax.Array:
                    values = values.transpose(0, *(a + 1 for a in order), flow.lattice.ndim + 1)
                    return jnp.roll(jnp.flip(values, flipped + 1), 1, flipped + 1)

                return type(fields)(*(k.join(one(k.split(v))) for k, v in zip(flow.kinds, fields, strict=True)))

            turned, same = apply(weights, act(z))
            assert deviation(turned, act(x)) < 1e-10
            assert deviation(same, log_det) < 1e-10


def test_forty_eight_layers_scan() -> None:
    """Depth costs no compile time when scanned: the program does not grow with the layers."""
    flow = FLOWS["2d symmetric affine"]
    sizes = []
    for layers in (8, 48):
        deep = replace(flow, couplings=(replace(flow.couplings[0], layers=layers),), composition="scan")
        weights = deep.init(jax.random.key(0), jnp.float64)
        sizes.append(len(jax.jit(deep.forward).lower(weights, noise(deep, 2)).as_text()))
    assert sizes[1] < 1.05 * sizes[0]


def test_another_volume() -> None:
    """A convolutional flow keeps its weights when the lattice grows; far from the borders nothing changes in kind."""
    small = FLOWS["2d symmetric affine"]
    large = replace(small, lattice=replace(small.lattice, extents=(8, 8)))
    weights = random_weights(small)
    z = noise(small, 2)
    tiled = type(z)(*(jnp.tile(leaf, (2, 2, 1)) for leaf in z))
    x, log_det = forward(small, weights, z)
    big, big_log_det = forward(large, weights, tiled)
    assert deviation(big, type(x)(*(jnp.tile(leaf, (2, 2, 1)) for leaf in x))) < 1e-10
    assert deviation(big_log_det, 4 * log_det) < 1e-10
