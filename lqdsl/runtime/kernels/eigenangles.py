"""Eigenvalue angles of SU(3) matrices from their trace, in closed form and without eigenvectors."""

from math import pi

import jax
import jax.numpy as jnp

Three = tuple[jax.Array, jax.Array, jax.Array]


@jax.custom_jvp
def eigenangles(re: jax.Array, im: jax.Array) -> Three:
    """Re tr P and Im tr P [...] to the angles theta_1 <= theta_2 <= theta_3 <= theta_1 + 2 pi of sum zero.

    Each class of conjugate matrices has one such triple, the point of its canonical cell; theta = 0 is the unit.
    """
    trace = jax.lax.complex(re, im)
    p = jnp.conj(trace) - trace * trace / 3
    q = -2 * trace**3 / 27 + (re * re + im * im) / 3 - 1
    root = jnp.sqrt(q * q / 4 + p**3 / 27)
    plus, minus = -q / 2 + root, -q / 2 - root
    cube = jnp.where(jnp.abs(plus) > jnp.abs(minus), plus, minus)
    size = jnp.maximum(jnp.abs(cube), jnp.finfo(re.dtype).tiny) ** (1 / 3)
    w = size * jnp.exp(1j * jnp.angle(cube).astype(re.dtype) / 3).astype(trace.dtype)
    turned = [w * jnp.exp(jnp.asarray(2j * pi * k / 3, trace.dtype)) for k in range(3)]
    return _canonical(*(jnp.angle(trace / 3 + (v - p / (3 * v))).astype(re.dtype) for v in turned))


def _canonical(a: jax.Array, b: jax.Array, c: jax.Array) -> Three:
    """Ordered, and turned by whole turns of single angles until they sum to zero."""
    low, high = jnp.minimum(a, b), jnp.maximum(a, b)
    first, rest = jnp.minimum(low, c), jnp.maximum(low, c)
    second, third = jnp.minimum(rest, high), jnp.maximum(rest, high)
    turns = jnp.round((first + second + third) / (2 * pi))
    up = (third - 2 * pi, first, second)
    down = (second, third, first + 2 * pi)
    stay = (first, second, third)
    return tuple(  # type: ignore[return-value]
        jnp.where(turns > 0, u, jnp.where(turns < 0, d, s)) for u, d, s in zip(up, down, stay, strict=True)
    )


@eigenangles.defjvp
def _derivative(primals, tangents):  # type: ignore[no-untyped-def]
    """d theta_k = -Im(exp(i theta_k / 2) d tr P) / (2 sin(theta_ki / 2) sin(theta_kj / 2)), {i, j, k} = {1, 2, 3}."""
    angles = eigenangles(*primals)
    re, im = tangents
    changes = []
    for k in range(3):
        i, j = (n for n in range(3) if n != k)
        product = jnp.sin(0.5 * (angles[k] - angles[i])) * jnp.sin(0.5 * (angles[k] - angles[j]))
        least = jnp.finfo(product.dtype).eps ** 2
        product = jnp.where(jnp.abs(product) < least, least, product)
        half = 0.5 * angles[k]
        changes.append(-0.5 * (jnp.sin(half) * re + jnp.cos(half) * im) / product)
    return angles, tuple(changes)
