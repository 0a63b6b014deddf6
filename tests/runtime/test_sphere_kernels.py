"""Kernels of spheres: unit vectors stay unit vectors, inverses, poles, and the density against histograms."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compiled import compiled

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels import NCP, Axial, Chain, CircularSpline, Mix, Moebius, Radial, Recursive

KERNELS: dict[str, Any] = {
    "recursive S1": Recursive(4, CircularSpline(4)).of(2),
    "recursive S2": Recursive(4, NCP(3)).of(3),
    "recursive S3": Recursive(5, CircularSpline(4)).of(4),
    "recursive S4": Recursive(4, Moebius(2)).of(5),
    "recursive S2 by a chain": Recursive(3, Chain((Moebius(1), CircularSpline(3)))).of(3),
    "recursive S3 by a mix": Recursive(3, Mix((NCP(1), Chain((Moebius(1), CircularSpline(2)))))).of(4),
    "radial S1": Radial(3).of(2),
    "radial S2": Radial(4).of(3),
    "radial S3": Radial(3).of(4),
}
SLOW = {"recursive S3 by a mix"}
every_kernel = pytest.mark.parametrize(
    "kernel", [pytest.param(k, id=n, marks=pytest.mark.slow if n in SLOW else ()) for n, k in KERNELS.items()]
)


def points(n: int, count: int, dtype: str = "float64", seed: int = 0) -> jax.Array:
    """Uniform unit vectors [n, count], the poles of all axes among them."""
    noise = np.random.default_rng(seed).normal(size=(n, count))
    noise[:, : 2 * n] = np.concatenate([np.eye(n), -np.eye(n)], axis=1)
    return jnp.asarray(noise / np.linalg.norm(noise, axis=0), dtype)


def parameters(kernel: Any, dtype: str = "float64") -> tuple[jax.Array, jax.Array]:
    even = 0.7 * np.random.default_rng(1).normal(size=(kernel.even, 1))
    return jnp.asarray(even, dtype), jnp.zeros((0, 1), dtype)


@every_kernel
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_images_are_unit_vectors(kernel: Any, dtype: str) -> None:
    """As the optimised program computes them."""
    unit = float(jnp.finfo(dtype).eps)
    images, log_volume = jax.jit(kernel.forward)(points(kernel.n, 4096, dtype), *parameters(kernel, dtype))
    assert images.dtype == log_volume.dtype == dtype
    assert np.abs(np.linalg.norm(images, axis=0) - 1).max() < 20 * unit
    assert np.isfinite(log_volume).all()
    expected, _ = compiled(kernel.forward)(points(kernel.n, 4096), *parameters(kernel))
    assert np.quantile(np.abs(images - expected).max(axis=0), 0.99) < 1e4 * unit


@every_kernel
def test_inverse(kernel: Any) -> None:
    s, own = points(kernel.n, 512), parameters(kernel)
    image, log_volume = compiled(kernel.forward)(s, *own)
    back, inverse_log_volume = compiled(kernel.inverse)(image, *own)
    inner = slice(2 * kernel.n, None)
    assert np.abs(back - s)[:, inner].max() < 1e-10
    assert np.abs(back - s).max() < 1e-6
    assert np.abs(log_volume + inverse_log_volume)[:, inner].max() < 1e-8


@every_kernel
def test_total_probability(kernel: Any) -> None:
    """The mean of exp(log volume) over uniform points is the area of the image."""
    _, log_volume = jax.jit(kernel.forward)(points(kernel.n, 200_000), *parameters(kernel))
    volume = np.exp(np.asarray(log_volume[0]))
    assert abs(volume.mean() - 1) < 4 * volume.std() / volume.size**0.5


@pytest.mark.parametrize(
    "name",
    [
        "recursive S3",
        *(
            pytest.param(n, marks=pytest.mark.slow)
            for n in KERNELS
            if n not in ("recursive S3", "recursive S1", "recursive S4")
        ),
    ],
)
def test_density_by_histogram(name: str) -> None:
    """Moved uniform points in caps around random centres, next to the poles too, against 1 / (area change) in the caps."""
    kernel, count = KERNELS[name], 400_000
    own = parameters(kernel)
    moved, _ = jax.jit(kernel.forward)(points(kernel.n, count), *own)
    targets = points(kernel.n, count, seed=8)
    _, log_density = jax.jit(kernel.inverse)(targets, *own)
    density = np.exp(np.asarray(log_density[0]))
    for centre in np.asarray(points(kernel.n, 2 * kernel.n + 6)).T:
        inside = np.asarray(centre @ moved) > 0.9
        weight = density * (np.asarray(centre @ targets) > 0.9)
        error = np.hypot(inside.std(), weight.std()) / count**0.5
        assert abs(inside.mean() - weight.mean()) < 4.5 * error


@pytest.mark.parametrize("n", [2, 3, 4])
def test_axial_commutes_with_rotations(n: int) -> None:
    kernel = Axial(5)
    generator = np.random.default_rng(3)
    even = jnp.asarray(generator.normal(size=(kernel.even, 200)))
    s, axis = points(n, 200, seed=4), points(n, 200, seed=5)
    turn = jnp.asarray(np.linalg.qr(generator.normal(size=(n, n)))[0])
    along = compiled(lambda s, axis: kernel.along(s, axis, even, False))
    (image, log_volume), (turned, same) = along(s, axis), along(turn @ s, turn @ axis)
    inner = slice(2 * n, None)
    assert np.abs(turned - turn @ image)[:, inner].max() < 1e-10
    assert np.abs(same - log_volume)[:, inner].max() < 1e-8
    back, _ = compiled(lambda s, axis: kernel.along(s, axis, even, True))(image, axis)
    assert np.abs(back - s)[:, inner].max() < 1e-10


@pytest.mark.parametrize("bad", [lambda: Recursive(1), lambda: Radial(0), lambda: Axial(1)])
def test_refused(bad) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RuntimeInputError, match="needs"):
        bad()


@pytest.mark.parametrize(
    "kernel",
    [
        pytest.param(k, id=n, marks=pytest.mark.slow if n in {"recursive S3", "recursive S4", *SLOW} else ())
        for n, k in KERNELS.items()
    ],
)
def test_derivatives_are_finite_next_to_the_poles(kernel: Any) -> None:
    """Of the image and the log of the change of volume, with respect to points and parameters, in single precision."""
    axes = np.repeat(np.concatenate([np.eye(kernel.n), -np.eye(kernel.n)], axis=1), 6, axis=1)
    distance = np.tile([0.0, 1e-30, 1e-19, 1e-12, 1e-8, 3e-4], 2 * kernel.n)
    poles = jnp.asarray(np.where(axes == 0, distance, axes), jnp.float32)

    def total(z: jax.Array, even: jax.Array, odd: jax.Array) -> jax.Array:
        image, log_slope = kernel.forward(z, even, odd)
        return jnp.sum(jnp.sin(image)) + jnp.sum(log_slope)

    for gradient in jax.jit(jax.grad(total, argnums=(0, 1, 2)))(poles, *parameters(kernel, "float32")):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_radial_derivatives_next_to_a_centre(n: int, dtype: str) -> None:
    """Finite, and those of a point at a distance of 1e-6, for the map and its inverse: the centre is an axis for zero parameters."""
    kernel = Radial(1).of(n)
    even, odd = (
        jnp.zeros((kernel.even, 1), dtype).at[:2, 0].set(jnp.asarray([0.8, 0.3], dtype)),
        jnp.zeros((0, 1), dtype),
    )
    distance = np.repeat(np.array([0.0, 1e-30, 1e-12, 1e-8, 1e-6]), 2)
    s = np.zeros((n, distance.size))
    centre = int(np.argmax(np.abs(centre_of(kernel, even))))
    s[centre], s[centre - 1] = np.tile([1.0, -1.0], distance.size // 2), distance

    def total(z: jax.Array, even: jax.Array, move: Any) -> jax.Array:
        image, log_volume = move(z, even, odd)
        return jnp.sum(jnp.sin(image)) + jnp.sum(log_volume)

    for move in (kernel.forward, kernel.inverse):
        gradient = compiled(jax.grad(lambda z, even, move=move: total(z, even, move), argnums=(0, 1)))
        found = gradient(jnp.asarray(s, dtype), even)
        assert all(np.isfinite(part).all() for part in found)
        slopes = np.asarray(found[0])[centre - 1].reshape(-1, 2)
        assert np.abs(slopes - slopes[-1]).max() < 1e-3


def centre_of(kernel: Any, even: jax.Array) -> np.ndarray:
    """The centre of the first map."""
    return np.asarray(kernel._unpack(even)[0])[0, :, 0]
