"""The layers of all couplings in their order, applied to fields cut into classes."""

from dataclasses import dataclass
from math import lcm
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.flow.coupling import Coupling, Layer
from lqdsl.runtime.flow.partition import Classes, cut, paste
from lqdsl.runtime.flow.segment import Segment
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.masks import Mask

Weights = Any
State = dict[str, Classes]
"""Every field by name, cut by its home mask."""


@dataclass(frozen=True)
class Stack:
    """Couplings interleaved: layer 0 of each in turn, then layer 1 of each, and so on."""

    lattice: Lattice
    components: tuple[tuple[str, int], ...]
    couplings: tuple[Coupling, ...]

    recomputes: ClassVar[bool] = True
    """The backward pass inverts scanned layers unless told otherwise."""
    piece_sites: ClassVar[int] = 1 << 30
    """Sites times samples of a piece; memory alone is the limit."""

    def home(self, field: str) -> Mask | None:
        """The mask by which a field is kept cut: that of its first coupling."""
        return next((c.mask for c in self.couplings if c.field == field), None)

    def layer(self, number: int, index: int) -> Layer:
        """Layer `index` of coupling `number`."""
        coupling = self.couplings[number]
        sizes = dict(self.components)
        others = tuple((size, self.home(name)) for name, size in self.components if name != coupling.field)
        return Layer(coupling, self.lattice, sizes[coupling.field], others, index % coupling.mask.cycle)

    def segments(self) -> list[Segment]:
        """The order of the layers as repetitions of cycles in which every layer has a static mask."""
        result, start = [], 0
        for end in sorted({coupling.layers for coupling in self.couplings}):
            taking_part = [number for number, coupling in enumerate(self.couplings) if coupling.layers > start]
            period = lcm(*(self.couplings[number].mask.cycle for number in taking_part))
            for length, repeats in ((period, (end - start) // period), ((end - start) % period, 1)):
                if length and repeats:
                    layers = tuple((n, self.layer(n, start + k)) for k in range(length) for n in taking_part)
                    strides = tuple(length * (n in taking_part) for n in range(len(self.couplings)))
                    result.append(Segment(layers, start, strides, repeats))
                    start += length * repeats
        return result

    def enter(self, fields: dict[str, jax.Array]) -> State:
        """Arrays [c, x..., b] by name to their classes, the state of the layers."""
        return {name: cut(values, self.lattice, self.home(name)) for name, values in fields.items()}

    def leave(self, state: State, is_tangent: bool = False) -> dict[str, jax.Array]:
        """Inverse of `enter`."""
        return {name: paste(parts, self.lattice, self.home(name)) for name, parts in state.items()}

    def apply(self, layer: Layer, weights: Weights, state: State) -> tuple[State, jax.Array]:
        """State after the layer and its log det [b]."""
        values, log_det = layer.forward(weights, *self.split(layer, state))
        return self.replace(layer, state, values), log_det

    def invert(self, layer: Layer, weights: Weights, state: State) -> tuple[State, jax.Array]:
        """State before the layer and the log det of the inverse [b]."""
        values, log_det = layer.inverse(weights, *self.split(layer, state))
        return self.replace(layer, state, values), log_det

    def move_score(self, layer: Layer, weights: Weights, state: State, score: State) -> State:
        """d log q / d fields behind the layer, from that before it and the state before it."""
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
        frozen = [part for number, part in enumerate(parts) if number != layer.phase]
        context = [_join(frozen)] if frozen else []
        context += [_join(state[name]) for name, _ in self.components if name != layer.coupling.field]
        return parts[layer.phase], tuple(context)

    def replace(self, layer: Layer, state: State, active: jax.Array) -> State:
        """The state with the active part exchanged."""
        parts = self._parts(layer, state)
        return self._with_parts(layer, state, (*parts[: layer.phase], active, *parts[layer.phase + 1 :]))

    def add_to_context(self, layer: Layer, state: State, change: tuple[jax.Array, ...]) -> State:
        """The state plus a `change` that has the structure of the context."""
        queue = list(change)
        parts = self._parts(layer, state)
        if len(parts) > 1:
            frozen = iter(_part(queue.pop(0), [part for n, part in enumerate(parts) if n != layer.phase]))
            parts = tuple(part if n == layer.phase else part + next(frozen) for n, part in enumerate(parts))
        result = self._with_parts(layer, state, parts)
        for name, _ in self.components:
            if name != layer.coupling.field:
                changes = _part(queue.pop(0), list(state[name]))
                result[name] = tuple(part + more for part, more in zip(state[name], changes, strict=True))
        return result

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
