"""Rotations of R^n in one plane: the last axis e goes over into a direction u that is given by n - 1 free numbers."""

import jax
import jax.numpy as jnp


def direction(v: jax.Array) -> jax.Array:
    """v [n - 1, ...] to u = (2 v, 1 - |v|^2) / (1 + |v|^2) [n, ...]; v = 0 is the last axis, no v its opposite."""
    square = jnp.sum(v * v, axis=0, keepdims=True)
    return jnp.concatenate([2 * v, 1 - square]) / (1 + square)


def rotate(s: jax.Array, u: jax.Array) -> jax.Array:
    """R s with R e = u; what is orthogonal to e and u stays."""
    return _reflected(s, u) + 2 * s[-1:] * u


def rotate_back(s: jax.Array, u: jax.Array) -> jax.Array:
    """R^T s."""
    along = jnp.sum(s * u, axis=0, keepdims=True)
    result = jnp.broadcast_to(_reflected(s, u), jnp.broadcast_shapes(s.shape, u.shape))
    return jnp.concatenate([result[:-1], result[-1:] + 2 * along])


def _reflected(s: jax.Array, u: jax.Array) -> jax.Array:
    """s - (s.(e + u)) (e + u) / (1 + e.u)."""
    middle = jnp.concatenate([u[:-1], 1 + u[-1:]])
    return s - jnp.sum(s * middle, axis=0, keepdims=True) / middle[-1:] * middle
