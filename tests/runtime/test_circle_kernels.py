"""Kernels of the circle: slopes, inverses, parity, the cut, winding, derivatives of inverses, float32."""

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels import NCP, Affine, Chain, CircleKernel, CircularSpline, Mix, Moebius, Recursive

KERNELS: dict[str, CircleKernel] = {
    "ncp one": NCP(1),
    "ncp six": NCP(6),
    "moebius": Moebius(3),
    "spline even": CircularSpline(4),
    "spline odd": CircularSpline(7),
    "chain": Chain((NCP(2), CircularSpline(4))),
    "mix": Mix((NCP(2), Moebius(2), CircularSpline(4))),
    "nested mix": Mix((NCP(1), Chain((Moebius(2), NCP(1))), Mix((NCP(1), CircularSpline(4))))),
    "mix of chains": Mix(
        (NCP(2), Chain((Moebius(2), CircularSpline(4))), Chain((NCP(1), Chain((Moebius(2), NCP(1))))))
    ),
    "mix of mixes": Mix((CircularSpline(4), Mix((NCP(2), Chain((CircularSpline(3), Mix((NCP(1), Moebius(2))))))))),
    "mix of equal chains": Mix((Chain((NCP(2), NCP(2))), Chain((NCP(2), NCP(2))))),
    "chain of mixes": Chain((Mix((NCP(2), Moebius(2))), CircularSpline(4), Mix((CircularSpline(3), Moebius(2))))),
}
SLOW = {"mix", "mix of chains", "mix of mixes", "mix of equal chains", "chain of mixes"}
"""Long to compile; of nested kernels the smallest is in the default tests."""
every_kernel = pytest.mark.parametrize(
    "kernel", [pytest.param(k, id=n, marks=pytest.mark.slow if n in SLOW else ()) for n, k in KERNELS.items()]
)


@cache
def forward(kernel: CircleKernel) -> Callable[..., Any]:
    return compiled(kernel.forward)


def parameters(kernel: CircleKernel, dtype: str = "float64") -> tuple[jax.Array, jax.Array, jax.Array]:
    """Angles beyond one turn, special places among them, and parameters."""
    generator = np.random.default_rng(3)
    z = np.concatenate([np.linspace(-4 * np.pi, 4 * np.pi, 65), 7 * generator.normal(size=200)])
    even, odd = (1.5 * generator.normal(size=(n, z.size)) for n in (kernel.even, kernel.odd))
    return tuple(jnp.asarray(values, dtype) for values in (z, even, odd))


@every_kernel
def test_zero_parameters_are_the_identity(kernel: CircleKernel) -> None:
    z, even, odd = parameters(kernel)
    x, log_slope = forward(kernel)(z, 0 * even, 0 * odd)
    np.testing.assert_allclose(x, z, atol=1e-13)
    np.testing.assert_allclose(log_slope, 0, atol=1e-13)


@every_kernel
def test_slope_and_inverse(kernel: CircleKernel) -> None:
    z, even, odd = parameters(kernel)
    x, log_slope = forward(kernel)(z, even, odd)
    slope = compiled(jax.grad(lambda z: jnp.sum(kernel.forward(z, even, odd)[0])))(z)
    np.testing.assert_allclose(log_slope, np.log(slope), atol=1e-10)
    back, inverse_log_slope = compiled(kernel.inverse)(x, even, odd)
    np.testing.assert_allclose(back, z, atol=1e-10)
    np.testing.assert_allclose(inverse_log_slope, -log_slope, atol=1e-8)


@every_kernel
def test_parity(kernel: CircleKernel) -> None:
    z, even, odd = parameters(kernel)
    x, log_slope = forward(kernel)(z, even, odd)
    flipped, same = forward(kernel)(-z, even, -odd)
    np.testing.assert_allclose(flipped, -x, atol=1e-12)
    np.testing.assert_allclose(same, log_slope, atol=1e-12)


@every_kernel
def test_circle(kernel: CircleKernel) -> None:
    """One turn goes over into one turn, increasing; value and slope are continuous at the cut."""
    _, even, odd = parameters(kernel)
    z = jnp.linspace(-np.pi, np.pi, 2001)[:, None]
    x, log_slope = forward(kernel)(z, even[:, None], odd[:, None])
    assert (np.diff(x, axis=0) > 0).all()
    np.testing.assert_allclose(x[-1] - x[0], 2 * np.pi, atol=1e-11)
    np.testing.assert_allclose(log_slope[-1], log_slope[0], atol=1e-10)
    far, same = forward(kernel)(z + 2 * np.pi, even[:, None], odd[:, None])
    np.testing.assert_allclose(far, x + 2 * np.pi, atol=1e-11)
    np.testing.assert_allclose(same, log_slope, atol=1e-10)


@every_kernel
def test_derivatives_of_the_inverse(kernel: CircleKernel) -> None:
    """inverse(forward(z, p), p) = z for all p, to first and second order: its gradients in p vanish."""
    z, even, odd = parameters(kernel)

    def back(own: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        values, log_slope = kernel.inverse(kernel.forward(z, *own)[0], *own)
        return values, log_slope + kernel.forward(z, *own)[1]

    def slopes(own: tuple[jax.Array, jax.Array]) -> list[tuple[jax.Array, jax.Array]]:
        _, pull = jax.vjp(back, own)
        one, none = jnp.ones_like(z), jnp.zeros_like(z)
        return [pull(seed)[0] for seed in ((one, none), (none, one))]

    for gradient in jax.tree.leaves(compiled(slopes)((even, odd))):
        np.testing.assert_allclose(gradient, 0, atol=1e-7)


@every_kernel
def test_every_parameter_counts(kernel: CircleKernel) -> None:
    """None of them leaves the map as it is."""
    z, even, odd = parameters(kernel)

    def moved(change: jax.Array) -> jax.Array:
        return kernel.forward(z, even + change[: kernel.even, None], odd + change[kernel.even :, None])[0]

    changes = 0.1 * jnp.eye(kernel.even + kernel.odd)
    difference = compiled(lambda: jax.vmap(moved)(changes) - moved(0 * changes[0]))()
    assert (np.abs(difference).max(axis=1) > 1e-3).all()


@pytest.mark.parametrize("kernel", [NCP(3), Moebius(3)], ids=["ncp", "moebius"])
def test_components_part(kernel: CircleKernel) -> None:
    """At the identity every component of a mixture feels another gradient, or all would stay equal for ever."""
    z = parameters(kernel)[0]

    def loss(even: jax.Array, odd: jax.Array) -> jax.Array:
        x, log_slope = kernel.forward(z, even[:, None], odd[:, None])
        return jnp.sum(jnp.cos(x) + 0.3 * jnp.sin(x) - log_slope)

    slopes = compiled(jax.grad(loss, argnums=(0, 1)))(jnp.zeros(kernel.even), jnp.zeros(kernel.odd))
    for parts in (slopes[0][1:4], *([slopes[1][1:4]] if kernel.odd > 1 else [])):
        assert np.diff(np.sort(np.abs(parts))).min() > 0.1 * np.abs(parts).max()


def test_mean_of_compositions() -> None:
    """A nested mix put together from its kernels by hand, with the parameters in their order."""
    mix, second, third = Mix((NCP(1), Chain((Moebius(2), CircularSpline(3))))), Moebius(2), CircularSpline(3)
    z, even, odd = parameters(mix)
    none = jnp.zeros((1, z.size))
    first, slope_of_first = forward(NCP(1))(z, jnp.concatenate([none, even[3:4]]), none)
    moved, slope = forward(second)(z, even[4:9], odd[1:4])
    last, change = forward(third)(moved, even[9:], jnp.concatenate([none, odd[4:]]))
    rho = jax.nn.softmax(even[1:3], axis=0)
    expected = rho[0] * first + rho[1] * (last - jnp.arctan2(odd[1], 1 + even[4])) + jnp.arctan2(odd[0], 1 + even[0])
    x, log_slope = forward(mix)(z, even, odd)
    np.testing.assert_allclose(x, expected, atol=1e-12)
    np.testing.assert_allclose(
        jnp.exp(log_slope), rho[0] * jnp.exp(slope_of_first) + rho[1] * jnp.exp(slope + change), rtol=1e-10
    )


def test_equal_kernels_of_a_mix_part() -> None:
    """Their gradients at the identity differ, as those of the components of a mixture do."""
    part = Chain((Moebius(1), CircularSpline(3)))
    kernel, z = Mix((part, part)), parameters(NCP(1))[0]

    def loss(even: jax.Array, odd: jax.Array) -> jax.Array:
        x, log_slope = kernel.forward(z, even[:, None], odd[:, None])
        return jnp.sum(jnp.cos(x) + 0.3 * jnp.sin(x) - log_slope)

    slopes = compiled(jax.grad(loss, argnums=(0, 1)))(jnp.zeros(kernel.even), jnp.zeros(kernel.odd))
    for first, second in (np.split(slopes[0][3:], 2), np.split(slopes[1][1:], 2)):
        np.testing.assert_allclose(second, 2 * first, atol=1e-9)
        assert np.abs(first).max() > 1


@pytest.mark.parametrize("inner", [NCP(1), Moebius(1), Mix((NCP(1), CircularSpline(2)))], ids=["ncp", "moebius", "mix"])
def test_turns_inside_a_mix_are_smooth(inner: CircleKernel) -> None:
    """The angle of a turn jumps by 2 pi where its vector (1 + x, y) crosses the negative axis; the mean of maps does not."""
    kernel = Mix((NCP(1), Chain((inner, CircularSpline(3)))))
    z, even, odd = parameters(kernel)
    first, second = 1 + 2 + 1, 1
    even = even.at[first].set(-3.0)
    above, below = (forward(kernel)(z, even, odd.at[second].set(y)) for y in (1e-9, -1e-9))
    for one, other in zip(above, below, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@every_kernel
def test_single_precision(kernel: CircleKernel) -> None:
    z, even, odd = parameters(kernel, "float32")
    even, odd = 0.5 * even, 0.5 * odd
    x, log_slope = jax.jit(kernel.forward)(z, even, odd)
    assert x.dtype == log_slope.dtype == jnp.float32
    exact, exact_log_slope = forward(kernel)(*(part.astype(jnp.float64) for part in (z, even, odd)))
    spread = np.exp(np.abs(exact_log_slope))
    assert (np.abs(x - exact) < 3e-6 * (1 + spread)).all()
    assert (np.abs(log_slope - exact_log_slope) < 3e-5 * (1 + spread)).all()
    back, _ = jax.jit(kernel.inverse)(x, even, odd)
    assert (np.abs(back - z) < 1e-5 * (1 + spread)).all()


@pytest.mark.parametrize(
    "bad",
    [
        lambda: NCP(0),
        lambda: Moebius(0),
        lambda: CircularSpline(1),
        lambda: Moebius(2, 1.0),
        lambda: Chain(()),
        lambda: Mix((NCP(2),)),
        lambda: Mix((NCP(2), Affine())),
        lambda: Mix((NCP(2), Chain((NCP(2), Recursive(4))))),
    ],
)
def test_refused(bad) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RuntimeInputError, match="needs"):
        bad()
