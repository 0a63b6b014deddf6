"""Convolutions on a periodic lattice, batch last.

Along each axis the offsets of the kernel stand either at the input of one matrix product (shifted copies of x are
rows of its right side) or at its output (shifted rows of the result are added), whichever makes the product smaller.
An im2col would have all offsets at the input; this form moves about a third of its memory in two dimensions, in the
product itself and in the two of the backward pass.
"""

from collections.abc import Callable
from functools import partial, reduce
from itertools import product
from math import prod
from typing import NamedTuple

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError


def periodic_conv(x: jax.Array, w: jax.Array, boundary: tuple[int, ...], bias: jax.Array | None = None) -> jax.Array:
    """y[o, x, b] = bias[o] + sum over i and k of w[o, i, k] x[i, x + k - k_centre, b].

    x is [i, x0, ..., x_{d-1}, b], w is [o, i, k0, ..., k_{d-1}] with odd kernel extents, the result
    [o, x0, ..., x_{d-1}, b]. `boundary` holds a sign for each axis, -1 for an antiperiodic one. Differentiable in
    reverse mode only. Raises RuntimeInputError for shapes that do not fit.
    """
    kernel, ndim = w.shape[2:], len(boundary)
    if x.ndim != ndim + 2 or len(kernel) != ndim or w.shape[1] != x.shape[0] or any(k % 2 == 0 for k in kernel):
        raise RuntimeInputError(f"x {x.shape} needs weights [o, {x.shape[0]}, odd extent per axis], got {w.shape}")
    if bias is not None and bias.shape != w.shape[:1]:
        raise RuntimeInputError(f"weights {w.shape} need a bias [{w.shape[0]}], got {bias.shape}")
    return _conv(x, w, bias, _split(w.shape[0], w.shape[1], kernel, tuple(boundary)))


_Kept = tuple[jax.Array, jax.Array, jax.Array | None]


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


@partial(jax.custom_vjp, nondiff_argnums=(3,))
def _conv(x: jax.Array, w: jax.Array, bias: jax.Array | None, split: _Split) -> jax.Array:
    columns = _columns(x, split, bias is not None)
    rows = _matrix(w, bias, split) @ columns
    return _collect(rows.reshape(-1, *x.shape[1:]), split.outputs)


def _conv_forward(x: jax.Array, w: jax.Array, bias: jax.Array | None, split: _Split) -> tuple[jax.Array, _Kept]:
    return _conv(x, w, bias, split), (x, w, bias)


def _conv_backward(split: _Split, kept: _Kept, cotangent: jax.Array) -> _Kept:
    x, w, bias = kept
    # Without the barrier the compiler keeps the shifted copies of the forward pass, several times the memory of x.
    x, cotangent = jax.lax.optimization_barrier((x, cotangent))
    rows = _spread(cotangent, split.outputs, towards=-1)
    rows = rows.reshape(rows.shape[0], -1)
    pulled = (_matrix(w, None, split).T @ rows).reshape(-1, *x.shape[1:])
    of_matrix = rows @ _columns(x, split, bias is not None).T
    of_bias = None if bias is None else of_matrix[_centre(w, split), -1]
    return _collect(pulled, split.inputs, towards=-1), _tensor(of_matrix[:, : pulled.shape[0]], w, split), of_bias


_conv.defvjp(_conv_forward, _conv_backward)


def _columns(x: jax.Array, split: _Split, has_bias: bool) -> jax.Array:
    """Right side of the product, [(input offsets, i), (x, b)], with a last row of ones for the bias.

    The bias goes into the product because adding it afterwards is fused into the shifts of the next layer and costs
    more there than the product does.
    """
    columns = _spread(x, split.inputs)
    if has_bias:
        columns = jnp.concatenate([columns, jnp.ones((1, *x.shape[1:]), x.dtype)])
    return columns.reshape(columns.shape[0], -1)


def _spread(x: jax.Array, axes: tuple[_Axis, ...], towards: int = 1) -> jax.Array:
    """[c, x, b] to [(offset, ..., c), x, b]: block k is x at x + towards (k - centre)."""

    def spread(x: jax.Array) -> jax.Array:
        for axis in axes:
            x = jnp.concatenate([_shift(x, axis, step * towards) for step in _steps(axis)])
        return x

    return _apart(spread, x) if axes else x


def _collect(rows: jax.Array, axes: tuple[_Axis, ...], towards: int = 1) -> jax.Array:
    """Transpose of `_spread` up to the sign of the shifts: [(offset, ..., c), x, b] to the sum over shifted blocks."""

    def collect(rows: jax.Array) -> jax.Array:
        for axis in reversed(axes):
            blocks = zip(jnp.split(rows, axis.extent), _steps(axis), strict=True)
            rows = reduce(jnp.add, (_shift(block, axis, step * towards) for block, step in blocks))
        return rows

    return _apart(collect, rows) if axes else rows


def _apart(function: Callable[[jax.Array], jax.Array], x: jax.Array) -> jax.Array:
    """function(x), on a CPU not fused with what comes before and after.

    XLA:CPU fuses the arithmetic around shifts into them and then no longer vectorises either. It fuses nothing across a
    conditional; this one always takes the same branch, and the compiler cannot know.
    """
    if jax.default_backend() != "cpu":
        return function(x)
    result = jax.eval_shape(function, x)
    always = ~(x[(0,) * x.ndim] > jnp.inf)
    return jax.lax.cond(always, function, lambda _: jnp.full(result.shape, jnp.nan, result.dtype), x)


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


def _matrix(w: jax.Array, bias: jax.Array | None, split: _Split) -> jax.Array:
    """w as the matrix [(output offsets, o), (input offsets, i)]; the bias is a last column of the central offset."""
    order = _order(split)
    rest = tuple(n for n in range(w.ndim) if n not in order)
    matrix = w.transpose(*order, *rest).reshape(w.shape[0] * prod(a.extent for a in split.outputs), -1)
    if bias is None:
        return matrix
    rows = _centre(w, split)
    column = jnp.pad(bias, (rows.start, len(matrix) - rows.stop))
    return jnp.concatenate([matrix, column[:, None]], axis=1)


def _centre(w: jax.Array, split: _Split) -> slice:
    """Rows of the matrix that belong to offset 0 at the output."""
    centre = prod(a.extent for a in split.outputs) // 2 * w.shape[0]
    return slice(centre, centre + w.shape[0])


def _tensor(matrix: jax.Array, like: jax.Array, split: _Split) -> jax.Array:
    """Inverse of `_matrix`."""
    order = _order(split)
    order = order + tuple(n for n in range(like.ndim) if n not in order)
    inverse = tuple(order.index(n) for n in range(like.ndim))
    return matrix.reshape(tuple(like.shape[n] for n in order)).transpose(inverse)
