"""Ordered eigenvalue angles of SU(n) matrices with their eigenvectors, and matrices put together from both.

Both have derivatives of their own. That of a map of eigenvalues, dP' = V (F o (V^+ dP V)) V^+ with the divided differences F
of exp(i theta'), is regular where eigenvalues meet and does not depend on the choice of V; only second derivatives take
those of eigenvectors.
"""

from math import pi

import jax
import jax.numpy as jnp
from jax import Array

from lqdsl.runtime.groups.products import Pair, adjoint, multiply
from lqdsl.runtime.kernels.border import apart
from lqdsl.runtime.kernels.jacobi import diagonalised


@jax.custom_jvp
def spectrum(matrix: Pair) -> tuple[Array, Pair]:
    """(re, im) [n, n, ...] to theta_1 <= ... <= theta_n <= theta_1 + 2 pi of sum zero, [n, ...], and V [n, n, ...] with
    columns in the same order. The angles are the point of the canonical cell; theta = 0 is the unit."""
    (re, im), vectors = diagonalised(matrix)
    return apart(_canonical, jnp.arctan2(im, re), vectors)


def _canonical(angles: Array, vectors: Pair) -> tuple[Array, Pair]:
    """Ordered, and the ends turned by whole turns until the angles sum to zero."""
    n = len(angles)
    places = jnp.arange(n).reshape(n, *(1,) * (angles.ndim - 1))
    is_below = (angles[None] < angles[:, None]) | ((angles[None] == angles[:, None]) & (places[None] < places[:, None]))
    rank = jnp.sum(is_below, axis=1)
    turns = jnp.round(jnp.sum(angles, axis=0) / (2 * pi)).astype(rank.dtype)
    shift = jnp.where(rank >= n - turns, -1, 0) + jnp.where(rank < -turns, 1, 0)
    rank = (rank + turns) % n
    chosen = (rank[None] == places[:, None]).astype(angles.dtype)
    ordered = jnp.sum(chosen * (angles + 2 * pi * shift), axis=1)
    columns = [jnp.sum(chosen[None] * half[:, None], axis=2) for half in vectors]
    return ordered, (columns[0], columns[1])


@spectrum.defjvp
def _derivative(primals, tangents):  # type: ignore[no-untyped-def]
    """d theta_k = Im(exp(-i theta_k) W_kk), dV = V K, K_jk = W_jk / (exp(i theta_k) - exp(i theta_j)), W = V^+ dP V."""
    angles, vectors = spectrum(*primals)
    re, im = _in_frame(tangents[0], vectors)
    n = len(angles)
    change = jnp.stack([jnp.cos(angles[k]) * im[k, k] - jnp.sin(angles[k]) * re[k, k] for k in range(n)])
    c, s = (part(angles)[None] - part(angles)[:, None] for part in (jnp.cos, jnp.sin))
    square = c * c + s * s
    is_apart = square > jnp.finfo(square.dtype).eps ** 2
    inverse = jnp.where(is_apart, 1 / jnp.where(is_apart, square, 1), 0)
    turn = inverse * (c * re + s * im), inverse * (c * im - s * re)
    return (angles, vectors), (change, multiply(vectors, turn))


@jax.custom_jvp
def assembled(matrix: Pair, spectrum: tuple[Array, Pair], images: Array, ratios: Array) -> Pair:
    """P' = V exp(i theta') V^+ of the spectrum theta, V of P; `ratios` [n, n, ...] of chords, sin((theta'_j - theta'_k) / 2) to
    sin((theta_j - theta_k) / 2), are the sizes of the divided differences."""
    _, vectors = spectrum
    c, s = jnp.cos(images), jnp.sin(images)
    scaled = c * vectors[0] - s * vectors[1], c * vectors[1] + s * vectors[0]
    return multiply(scaled, adjoint(vectors))


@assembled.defjvp
def _change(primals, tangents):  # type: ignore[no-untyped-def]
    _, (angles, vectors), images, ratios = primals
    re, im = _in_frame(tangents[0], vectors)
    n = len(angles)
    beside = 1 - jnp.eye(n, dtype=angles.dtype).reshape(n, n, *(1,) * (angles.ndim - 1))
    half = 0.5 * (images - angles)
    phase = half[None] + half[:, None]
    c, s = beside * ratios * jnp.cos(phase), beside * ratios * jnp.sin(phase)
    along = (1 - beside) * tangents[2]
    turned = c * re - s * im - jnp.sin(images) * along, c * im + s * re + jnp.cos(images) * along
    return assembled(*primals), multiply(vectors, multiply(turned, adjoint(vectors)))


def _in_frame(change: Pair, vectors: Pair) -> Pair:
    """V^+ dP V."""
    return multiply(adjoint(vectors), multiply(change, vectors))
