"""Sums over many values of indices at once: fields gathered at all rows of a table, and forces collected from them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.groups import Element, Matrix

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


@dataclass(frozen=True, eq=False)
class Rows:
    """All assignments of numbers in `ranges` (both ends included) to `names` for which `where`, like "p < q", holds.

    Fields have `extent` values, the first of which belongs to the number `low`.
    """

    extent: int
    low: int
    names: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]
    where: tuple[str, ...] = ()

    @cached_property
    def table(self) -> np.ndarray:
        """[row, slot], in lexicographic order."""
        grids = np.meshgrid(*(np.arange(low, high + 1) for low, high in self.ranges), indexing="ij")
        columns = {name: grid.reshape(-1) for name, grid in zip(self.names, grids, strict=True)}
        kept = np.ones(grids[0].size, bool)
        for condition in self.where:
            left, op, right = condition.split()
            kept &= _COMPARE[op](*(columns[side] if side in columns else int(side) for side in (left, right)))
        return np.stack([column[kept] for column in columns.values()], axis=1)

    @cached_property
    def places(self) -> np.ndarray:
        """For each value, the numbers slot * rows + row at which it stands, [value, most]; missing ones behind the end."""
        positions = (self.table - self.low).T.reshape(-1)
        order = np.argsort(positions, kind="stable")
        counts = np.bincount(positions, minlength=self.extent)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        column = np.arange(max(counts.max(), 1))
        padded = np.concatenate([order, [len(positions)]])
        found = np.minimum(starts[:, None] + column, len(positions))
        return np.where(column < counts[:, None], padded[found], len(positions))

    def take(self, values: Any) -> tuple[Any, ...]:
        """Values, an array or matrices [value, ...batch], in each slot, [row, ...batch]."""
        if not isinstance(values, Element):
            return _take(self, values)
        gather = _over_leading(partial(_take, self), values.group.form.leading)
        leaves = [gather(leaf) for leaf in values.stored]
        return tuple(Element(values.group, slot) for slot in zip(*leaves, strict=True))

    def collect(self, like: jax.Array, *parts: jax.Array | None) -> jax.Array:
        """The sum of what each value gets from all rows and slots, [value, ...batch] like `like`; parts of slots
        [row, ...batch], or None.

        A gather in a fixed order: the same bits on every machine, where a scatter adds in any order.
        """
        shape = (len(self.table), *like.shape[1:])
        full = [jnp.zeros(shape, like.dtype) if p is None else jnp.broadcast_to(p, shape) for p in parts]
        joined = jnp.concatenate([*full, jnp.zeros((1, *like.shape[1:]), like.dtype)])
        return jnp.sum(jnp.take(joined, self.places, axis=0, mode="clip"), axis=1)

    def collect_matrices(self, like: Element, *parts: Matrix | None) -> Matrix:
        """`collect` of matrices, with the values of `like`."""
        matrices = [part for part in parts if part is not None]

        def collected(zero: jax.Array, *leaves: jax.Array) -> jax.Array:
            rest = iter(leaves)
            return self.collect(zero, *(None if part is None else next(rest) for part in parts))

        gather = _over_leading(collected, like.group.form.matrices.leading)
        return jax.tree.map(gather, 0 * like.one(), *matrices)

    def numbers(self, slot: int, low: int = 0) -> np.ndarray:
        """The numbers in a slot, less `low`, [row]."""
        return self.table[:, slot] - low

    def pairs(self, first: int, second: int) -> np.ndarray:
        """The values in two slots, counted from 0, [row, 2]."""
        return self.table[:, [first, second]] - self.low

    def column(self, slot: int, like: jax.Array) -> jax.Array:
        """The numbers in a slot, [row, 1...] with the axes and dtype of `like`."""
        return self._spread(self.numbers(slot), like)

    def entries(self, values: Any, like: jax.Array, *places: Any) -> jax.Array:
        """values[places] in each row, [row, 1...]; places are numbers or arrays [row]."""
        return self._spread(jnp.asarray(values)[places], like)

    def _spread(self, values: Any, like: jax.Array) -> jax.Array:
        return jnp.asarray(values, like.dtype).reshape(-1, *(1,) * (like.ndim - 1))


def _over_leading(function: Callable[..., Any], leading: int) -> Callable[..., Any]:
    """The function of arrays with so many axes before those that it knows."""
    for _ in range(leading):
        function = jax.vmap(function)
    return function


def _gather(rows: Rows, values: jax.Array) -> tuple[jax.Array, ...]:
    positions = rows.table - rows.low
    return tuple(_column(values, positions[:, slot]) for slot in range(positions.shape[1]))


def _column(values: jax.Array, positions: np.ndarray) -> jax.Array:
    if np.array_equal(positions, np.arange(values.shape[0])):
        return values
    return jnp.take(values, positions, axis=0, mode="clip")


_take = jax.custom_vjp(_gather, nondiff_argnums=(0,))


def _take_forward(rows: Rows, values: jax.Array) -> tuple[tuple[jax.Array, ...], jax.Array]:
    return _gather(rows, values), values


def _take_backward(rows: Rows, values: jax.Array, cotangents: tuple[jax.Array, ...]) -> tuple[jax.Array]:
    return (rows.collect(values, *cotangents),)


_take.defvjp(_take_forward, _take_backward)
