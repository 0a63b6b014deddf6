"""The layers of all couplings in their order, applied to fields cut into classes."""

from dataclasses import dataclass
from math import lcm
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.flow.coupling import Coupling, Layer
from lqdsl.runtime.flow.matrix_layer import MatrixLayer
from lqdsl.runtime.flow.partition import Classes, cut, cycle_of, paste, visible
from lqdsl.runtime.flow.segment import Segment
from lqdsl.runtime.flow.spaces import Space
from lqdsl.runtime.kernels.spectral import is_spectral
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.masks import Mask

Weights = Any
State = dict[str, Classes]
"""Every field by name, cut by its home mask."""


@dataclass(frozen=True)
class Stack:
    """Each field has its layers, those of its couplings one after the other; fields take turns, layer by layer."""

    lattice: Lattice
    spaces: tuple[tuple[str, Space], ...]
    couplings: tuple[Coupling, ...]

    recomputes: ClassVar[bool] = True
    """The backward pass inverts scanned layers unless told otherwise."""
    piece_sites: ClassVar[int] = 1 << 30
    """Sites times samples of a piece; memory alone is the limit."""

    def home(self, field: str) -> Mask | None:
        """The mask by which a field is kept cut: that of its coupling with the most layers."""
        own = [coupling for coupling in self.couplings if coupling.field == field]
        return max(own, key=lambda coupling: coupling.layers).mask if own else None

    def layer(self, number: int, index: int) -> Layer:
        """Layer `index` of coupling `number`."""
        coupling = self.couplings[number]
        others = tuple((name, space, self.home(name)) for name, space in self.spaces if name != coupling.field)
        space = dict(self.spaces)[coupling.field]
        kind = MatrixLayer if is_spectral(coupling.kernel) else Layer
        return kind(coupling, self.lattice, space, others, index % cycle_of(coupling.mask))

    def segments(self) -> list[Segment]:
        """The order of the layers as repetitions of cycles in which every layer has a static mask."""
        result, start = [], 0
        first = self._first()
        ends = {first[n] + coupling.layers for n, coupling in enumerate(self.couplings)}
        for end in sorted(ends | set(first)):
            active = [n for n, c in enumerate(self.couplings) if first[n] <= start < first[n] + c.layers]
            period = lcm(*(cycle_of(self.couplings[n].mask) for n in active))
            for length, repeats in ((period, (end - start) // period), ((end - start) % period, 1)):
                if length and repeats:
                    layers = tuple((n, self.layer(n, start - first[n] + k)) for k in range(length) for n in active)
                    strides = tuple(length * (n in active) for n in range(len(first)))
                    starts = tuple(start - own if n in active else 0 for n, own in enumerate(first))
                    result.append(Segment(layers, starts, strides, repeats))
                    start += length * repeats
        return result

    def _first(self) -> list[int]:
        """How many layers of its field come before each coupling."""
        done: dict[str, int] = {}
        result = []
        for coupling in self.couplings:
            result.append(done.get(coupling.field, 0))
            done[coupling.field] = result[-1] + coupling.layers
        return result

    def enter(self, fields: dict[str, jax.Array]) -> State:
        """Arrays [c, x..., b] by name to their classes, the state of the layers."""
        return {name: cut(values, self.lattice, self.home(name)) for name, values in fields.items()}

    def leave(self, state: State, is_tangent: bool = False) -> dict[str, jax.Array]:
        """Inverse of `enter`; angles are wrapped."""
        fields = {name: paste(parts, self.lattice, self.home(name)) for name, parts in state.items()}
        return fields if is_tangent else {name: space.leave(fields[name]) for name, space in self.spaces}

    def apply(self, layer: Layer, weights: Weights, state: State) -> tuple[State, jax.Array]:
        """State after the layer and its log det [b]."""
        values, log_det = layer.forward(weights, *self.split(layer, state))
        return self.replace(layer, state, values), log_det

    def invert(self, layer: Layer, weights: Weights, state: State) -> tuple[State, jax.Array]:
        """State before the layer and the log det of the inverse [b]."""
        values, log_det = layer.inverse(weights, *self.split(layer, state))
        return self.replace(layer, state, values), log_det

    def move_score(self, layer: Layer, weights: Weights, state: State, after: State, score: State) -> State:
        """d log q / d fields behind the layer, from that before it and the state before it; that `after` it is not needed."""
        active, context = self.split(layer, state)
        _, _, moved, pull = layer.forward_with_score(weights, active, context, self.split(layer, score)[0])
        return self.add_to_context(layer, self.replace(layer, score, moved), jax.tree.map(jnp.negative, pull))

    def keep(self, layer: Layer, state: State) -> tuple[()]:
        """What `pull` needs besides the state after the layer: nothing."""
        return ()

    def pull(
        self, layer: Layer, weights: Weights, after: State, kept: tuple[()], cotangent: tuple[State, jax.Array]
    ) -> tuple[State, Weights, State]:
        """State before the layer, cotangents of its weights and of that state; `cotangent` of state and log det."""
        values, context = self.split(layer, after)
        pulled = layer.backward(weights, values, context, (self.split(layer, cotangent[0])[0], cotangent[1]))
        active, gradient, active_cotangent, context_cotangent = pulled
        before = self.replace(layer, cotangent[0], active_cotangent)
        return self.replace(layer, after, active), gradient, self.add_to_context(layer, before, context_cotangent)

    def close(self, segment: Segment, state: State) -> State:
        """Nothing is to be done at the end of a segment."""
        return state

    open = close

    def split(self, layer: Layer, state: State) -> tuple[jax.Array, tuple[jax.Array, ...]]:
        """The active part of the layer's field, and its context."""
        parts = self._parts(layer, state)
        frozen = [parts[number] for number in self._seen(layer)]
        context = [_join(frozen)] if frozen else []
        context += [_join(state[name]) for name, _ in self.spaces if name != layer.coupling.field]
        return parts[layer.phase], tuple(context)

    def replace(self, layer: Layer, state: State, active: jax.Array) -> State:
        """The state with the active part exchanged."""
        parts = self._parts(layer, state)
        return self._with_parts(layer, state, (*parts[: layer.phase], active, *parts[layer.phase + 1 :]))

    def add_to_context(self, layer: Layer, state: State, change: tuple[jax.Array, ...]) -> State:
        """The state plus a `change` that has the structure of the context."""
        queue = list(change)
        parts, seen = self._parts(layer, state), self._seen(layer)
        if seen:
            frozen = iter(_part(queue.pop(0), [parts[number] for number in seen]))
            parts = tuple(part + next(frozen) if n in seen else part for n, part in enumerate(parts))
        result = self._with_parts(layer, state, parts)
        for name, _ in self.spaces:
            if name != layer.coupling.field:
                changes = _part(queue.pop(0), list(state[name]))
                result[name] = tuple(part + more for part, more in zip(state[name], changes, strict=True))
        return result

    def _seen(self, layer: Layer) -> tuple[int, ...]:
        """Classes of its own field that a layer sees."""
        return visible(self.lattice, layer.coupling.mask, layer.phase)

    def _parts(self, layer: Layer, state: State) -> Classes:
        """The layer's field, cut by the mask of its coupling."""
        name, home = layer.coupling.field, self.home(layer.coupling.field)
        if layer.coupling.mask == home:
            return state[name]
        return cut(paste(state[name], self.lattice, home), self.lattice, layer.coupling.mask)

    def _with_parts(self, layer: Layer, state: State, parts: Classes) -> State:
        name, home = layer.coupling.field, self.home(layer.coupling.field)
        if layer.coupling.mask != home:
            parts = cut(paste(parts, self.lattice, layer.coupling.mask), self.lattice, home)
        return state | {name: parts}


def _join(parts: list[jax.Array] | Classes) -> jax.Array:
    return parts[0] if len(parts) == 1 else jnp.concatenate(parts, axis=1)


def _part(values: jax.Array, like: list[jax.Array]) -> list[jax.Array]:
    """Undo `_join`."""
    result, start = [], 0
    for part in like:
        result.append(values[:, start : start + part.shape[1]])
        start += part.shape[1]
    return result
