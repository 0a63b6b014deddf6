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
from lqdsl.runtime.kernels import NCP, Chain, CircleKernel, CircularSpline, Mix, Moebius

KERNELS: dict[str, CircleKernel] = {
    "ncp one": NCP(1),
    "ncp six": NCP(6),
    "moebius": Moebius(3),
    "spline even": CircularSpline(4),
    "spline odd": CircularSpline(7),
    "chain": Chain((NCP(2), CircularSpline(4))),
    "mix": Mix((NCP(2), Moebius(2), CircularSpline(4))),
}
every_kernel = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)


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
    "bad", [lambda: NCP(0), lambda: Moebius(0), lambda: CircularSpline(1), lambda: Moebius(2, 1.0), lambda: Chain(())]
)
def test_refused(bad) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RuntimeInputError, match="needs"):
        bad()
