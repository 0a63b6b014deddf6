"""Convolutions on a periodic lattice, batch last.

Along each axis the offsets of the kernel stand either at the input of one matrix product (shifted copies of x are
rows of its right side) or at its output (shifted rows of the result are added), whichever makes the product smaller.
An im2col would have all offsets at the input; this form moves about a third of its memory in two dimensions, in the
product itself and in the two of the backward pass.
"""

from functools import partial, reduce
from itertools import product
from math import prod
from typing import NamedTuple

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError


def periodic_conv(x: jax.Array, w: jax.Array, boundary: tuple[int, ...]) -> jax.Array:
    """y[o, x, b] = sum over i and k of w[o, i, k] x[i, x + k - k_centre, b].

    x is [i, x0, ..., x_{d-1}, b], w is [o, i, k0, ..., k_{d-1}] with odd kernel extents, the result
    [o, x0, ..., x_{d-1}, b]. `boundary` holds a sign for each axis, -1 for an antiperiodic one. Differentiable in
    reverse mode only. Raises RuntimeInputError for shapes that do not fit.
    """
    kernel, ndim = w.shape[2:], len(boundary)
    if x.ndim != ndim + 2 or len(kernel) != ndim or w.shape[1] != x.shape[0] or any(k % 2 == 0 for k in kernel):
        raise RuntimeInputError(f"x {x.shape} needs weights [o, {x.shape[0]}, odd extent per axis], got {w.shape}")
    return _conv(x, w, _split(w.shape[0], w.shape[1], kernel, tuple(boundary)))


class _Axis(NamedTuple):
    """One lattice axis with more than one offset: its array axis in x, kernel extent and boundary sign."""

    axis: int
    extent: int
    sign: int


class _Split(NamedTuple):
    """Axes whose offsets stand at the input and at the output of the product."""

    inputs: tuple[_Axis, ...]
    outputs: tuple[_Axis, ...]


def _split(outputs: int, inputs: int, kernel: tuple[int, ...], boundary: tuple[int, ...]) -> _Split:
    """The split for which the product has the fewest rows, input and output together."""
    axes = [_Axis(n + 1, extent, sign) for n, (extent, sign) in enumerate(zip(kernel, boundary, strict=True))]
    axes = [axis for axis in axes if axis.extent > 1]

    def parts(choice: tuple[bool, ...]) -> _Split:
        at_input = tuple(axis for axis, chosen in zip(axes, choice, strict=True) if chosen)
        return _Split(at_input, tuple(axis for axis in axes if axis not in at_input))

    def rows(split: _Split) -> int:
        return inputs * prod(a.extent for a in split.inputs) + outputs * prod(a.extent for a in split.outputs)

    return min((parts(choice) for choice in product((False, True), repeat=len(axes))), key=rows)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _conv(x: jax.Array, w: jax.Array, split: _Split) -> jax.Array:
    columns = _spread(x, split.inputs)
    rows = _matrix(w, split) @ columns.reshape(columns.shape[0], -1)
    return _collect(rows.reshape(-1, *x.shape[1:]), split.outputs)


def _conv_forward(x: jax.Array, w: jax.Array, split: _Split) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _conv(x, w, split), (x, w)


def _conv_backward(
    split: _Split, kept: tuple[jax.Array, jax.Array], cotangent: jax.Array
) -> tuple[jax.Array, jax.Array]:
    x, w = kept
    # Without the barrier the compiler keeps the shifted copies of the forward pass, several times the memory of x.
    x, cotangent = jax.lax.optimization_barrier((x, cotangent))
    columns = _spread(x, split.inputs)
    rows = _spread(cotangent, split.outputs, towards=-1)
    columns, rows = columns.reshape(columns.shape[0], -1), rows.reshape(rows.shape[0], -1)
    pulled = (_matrix(w, split).T @ rows).reshape(-1, *x.shape[1:])
    return _collect(pulled, split.inputs, towards=-1), _tensor(rows @ columns.T, w, split)


_conv.defvjp(_conv_forward, _conv_backward)


def _spread(x: jax.Array, axes: tuple[_Axis, ...], towards: int = 1) -> jax.Array:
    """[c, x, b] to [(offset, ..., c), x, b]: block k is x at x + towards (k - centre)."""
    for axis in axes:
        x = jnp.concatenate([_shift(x, axis, step * towards) for step in _steps(axis)])
    return x


def _collect(rows: jax.Array, axes: tuple[_Axis, ...], towards: int = 1) -> jax.Array:
    """Transpose of `_spread` up to the sign of the shifts: [(offset, ..., c), x, b] to the sum over shifted blocks."""
    for axis in reversed(axes):
        blocks = zip(jnp.split(rows, axis.extent), _steps(axis), strict=True)
        rows = reduce(jnp.add, (_shift(block, axis, step * towards) for block, step in blocks))
    return rows


def _steps(axis: _Axis) -> range:
    return range(-(axis.extent // 2), axis.extent // 2 + 1)


def _shift(x: jax.Array, axis: _Axis, steps: int) -> jax.Array:
    """x at x + steps along one axis."""
    windings, steps = divmod(steps, x.shape[axis.axis])
    if axis.sign < 0 and windings % 2:
        x = -x
    if steps == 0:
        return x
    head = jax.lax.slice_in_dim(x, steps, None, axis=axis.axis)
    tail = jax.lax.slice_in_dim(x, 0, steps, axis=axis.axis)
    return jnp.concatenate([head, tail if axis.sign > 0 else -tail], axis=axis.axis)


def _order(split: _Split) -> tuple[int, ...]:
    """Axes of w [o, i, k...] in the order (output offsets, o, input offsets, i), the last spread offset outermost."""
    outputs, inputs = (tuple(a.axis + 1 for a in reversed(axes)) for axes in (split.outputs, split.inputs))
    return (*outputs, 0, *inputs, 1)


def _matrix(w: jax.Array, split: _Split) -> jax.Array:
    """w as the matrix [(output offsets, o), (input offsets, i)]."""
    order = _order(split)
    rest = tuple(n for n in range(w.ndim) if n not in order)
    return w.transpose(*order, *rest).reshape(w.shape[0] * prod(a.extent for a in split.outputs), -1)


def _tensor(matrix: jax.Array, like: jax.Array, split: _Split) -> jax.Array:
    """Inverse of `_matrix`."""
    order = _order(split)
    order = order + tuple(n for n in range(like.ndim) if n not in order)
    inverse = tuple(order.index(n) for n in range(like.ndim))
    return matrix.reshape(tuple(like.shape[n] for n in order)).transpose(inverse)
