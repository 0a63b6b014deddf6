"""Kernels one number at a time: slopes, parity, tails, float32."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels import Affine, Kernel, Spline

KERNELS: dict[str, Kernel] = {
    "affine": Affine(),
    "spline even": Spline(bins=4, interval=2.0),
    "spline odd": Spline(bins=7, interval=1.0),
    "spline two": Spline(bins=2, interval=3.0),
}
every_kernel = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)


def parameters(kernel: Kernel, dtype: str = "float64") -> tuple[jax.Array, jax.Array, jax.Array]:
    generator = np.random.default_rng(3)
    z = np.concatenate([np.linspace(-6, 6, 81), generator.normal(size=200)])
    even, odd = (generator.normal(size=(n, z.size)) for n in (kernel.even, kernel.odd))
    return tuple(jnp.asarray(values, dtype) for values in (z, even, odd))


@every_kernel
def test_zero_parameters_are_the_identity(kernel: Kernel) -> None:
    z, even, odd = parameters(kernel)
    x, log_slope = kernel.forward(z, 0 * even, 0 * odd)
    np.testing.assert_allclose(x, z, atol=1e-13)
    np.testing.assert_allclose(log_slope, 0, atol=1e-13)


@every_kernel
def test_slope_and_inverse(kernel: Kernel) -> None:
    z, even, odd = parameters(kernel)
    x, log_slope = compiled(kernel.forward)(z, even, odd)
    (slope,) = compiled(lambda z: jax.vjp(lambda z: kernel.forward(z, even, odd)[0], z)[1](jnp.ones_like(z)))(z)
    np.testing.assert_allclose(log_slope, np.log(slope), atol=1e-10)
    back, inverse_log_slope = compiled(kernel.inverse)(x, even, odd)
    np.testing.assert_allclose(back, z, atol=1e-10)
    np.testing.assert_allclose(inverse_log_slope, -log_slope, atol=1e-8)


@every_kernel
def test_parity(kernel: Kernel) -> None:
    z, even, odd = parameters(kernel)
    x, log_slope = kernel.forward(z, even, odd)
    flipped, same = kernel.forward(-z, even, -odd)
    np.testing.assert_allclose(flipped, -x, atol=1e-12)
    np.testing.assert_allclose(same, log_slope, atol=1e-12)


@every_kernel
def test_monotone(kernel: Kernel) -> None:
    _, even, odd = parameters(kernel)
    z = jnp.linspace(-8, 8, 2001)[:, None]
    x, _ = kernel.forward(z, even[:, None], odd[:, None])
    assert (jnp.diff(x, axis=0) > 0).all()


@every_kernel
def test_single_precision(kernel: Kernel) -> None:
    """Errors are a few units in the last place of the arguments, times the slopes that multiply them."""
    z, even, odd = parameters(kernel, "float32")
    x, log_slope = jax.jit(kernel.forward)(z, even, odd)
    assert x.dtype == log_slope.dtype == jnp.float32
    back, _ = jax.jit(kernel.inverse)(x, even, odd)
    unit = float(np.finfo(np.float32).eps)

    def exact(z: jax.Array) -> tuple[jax.Array, jax.Array]:
        return kernel.forward(z, even.astype(jnp.float64), odd.astype(jnp.float64))

    exact_x, exact_log_slope = exact(z.astype(jnp.float64))
    border = getattr(kernel, "interval", 1.0) * (1 - 1e-9)
    _, pull = jax.vjp(exact, jnp.clip(z.astype(jnp.float64), -border, border))
    (bend,) = pull((jnp.zeros_like(exact_x), jnp.ones_like(exact_x)))
    slope, size = jnp.exp(exact_log_slope), 1 + jnp.abs(z)
    assert (jnp.abs(x - exact_x) < 20 * unit * (size * (1 + slope) + jnp.abs(exact_x))).all()
    assert (jnp.abs(log_slope - exact_log_slope) < 50 * unit * size * (1 + jnp.abs(bend))).all()
    assert (jnp.abs(back - z) < 50 * unit * size * (1 + 1 / slope) * (1 + jnp.abs(exact_x))).all()


def test_spline_tails_are_straight() -> None:
    kernel = KERNELS["spline even"]
    _, even, odd = parameters(kernel)
    for sign in (-1, 1):
        z = sign * jnp.array([2.0, 3.0, 5.0])[:, None]
        x, log_slope = kernel.forward(z, even[:, None], odd[:, None])
        np.testing.assert_allclose((x[1] - x[0]) * 2, x[2] - x[1], rtol=1e-10)
        np.testing.assert_allclose(sign * (x[1] - x[0]), jnp.exp(log_slope[1]), rtol=1e-10)
        inside, _ = kernel.forward(z[0] - sign * 1e-7, even, odd)
        np.testing.assert_allclose((x[0] - inside) / (sign * 1e-7), jnp.exp(log_slope[0]), rtol=1e-3)


@pytest.mark.parametrize("bad", [{"bins": 1}, {"interval": 0.0}, {"bins": 200}])
def test_refused(bad: dict[str, float]) -> None:
    with pytest.raises(RuntimeInputError, match="spline needs"):
        Spline(**bad)
