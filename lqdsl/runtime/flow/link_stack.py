"""The layers of loop couplings, one coupling after the other, applied to links [c, row, b]."""

from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import Any, ClassVar

import jax

from lqdsl.runtime.flow.link_layer import LinkLayer
from lqdsl.runtime.flow.loops import LoopCoupling
from lqdsl.runtime.flow.moves import Move, carried
from lqdsl.runtime.flow.segment import Segment
from lqdsl.runtime.lattice import Lattice

Weights = Any


@dataclass(frozen=True)
class LinkStack:
    """Where a coupling has a translation or a mirror, its repetitions share one body: the links are moved in between."""

    lattice: Lattice
    field: str
    algebra: Any
    couplings: tuple[LoopCoupling, ...]

    recomputes: ClassVar[bool] = False
    """Storing is faster than recomputing in pieces that fit the cache."""
    piece_sites: ClassVar[int] = 2048
    """Sites times samples beyond which the work of a layer leaves the cache; fewer than 8 samples do not pay."""

    def layer(self, number: int, index: int) -> LinkLayer:
        """Layer `index` of coupling `number`, in the frame of its repetition."""
        coupling = self.couplings[number]
        repetition, place = divmod(index, len(coupling.updates))
        update = coupling.updates[place]
        is_last = place == len(coupling.updates) - 1
        move = coupling.move(self.lattice)
        phase = 0 if move is not None else repetition % update.phases
        return LinkLayer(coupling, self.lattice, self.algebra, update, phase, move if is_last else None)

    @cached_property
    def _segments(self) -> list[Segment]:
        result = []
        for number, coupling in enumerate(self.couplings):
            period, start = len(coupling.updates), 0
            if coupling.move(self.lattice) is None:
                period *= lcm(*(update.phases for update in coupling.updates))
            for length, repeats in ((period, coupling.layers // period), (coupling.layers % period, 1)):
                if length and repeats:
                    layers = tuple((number, self.layer(number, start + k)) for k in range(length))
                    strides = tuple(length * (n == number) for n in range(len(self.couplings)))
                    starts = tuple(start * (n == number) for n in range(len(self.couplings)))
                    result.append(Segment(layers, starts, strides, repeats))
                    start += length * repeats
        return result

    def segments(self) -> list[Segment]:
        return self._segments

    def enter(self, fields: dict[str, jax.Array]) -> jax.Array:
        """The state of the layers from links [c, row, b] by name."""
        return fields[self.field]

    def leave(self, state: jax.Array, is_tangent: bool = False) -> dict[str, jax.Array]:
        """Inverse of `enter`; angles are wrapped."""
        if self.algebra.is_angle and not is_tangent:
            state = self.algebra.wrapped(state)
        return {self.field: state}

    def apply(self, layer: LinkLayer, weights: Weights, state: jax.Array) -> tuple[jax.Array, jax.Array]:
        return layer.forward(weights, state)

    def invert(self, layer: LinkLayer, weights: Weights, state: jax.Array) -> tuple[jax.Array, jax.Array]:
        return layer.inverse(weights, state)

    def move_score(
        self, layer: LinkLayer, weights: Weights, state: jax.Array, after: jax.Array, score: jax.Array
    ) -> jax.Array:
        return layer.move_score(weights, state, after, score)

    def keep(self, layer: LinkLayer, state: jax.Array) -> jax.Array:
        """What `pull` needs besides the state after the layer: few numbers, and root finding is saved."""
        return layer.active(state)

    def pull(
        self, layer: LinkLayer, weights: Weights, after: jax.Array, kept: Any, cotangent: Any
    ) -> tuple[jax.Array, Weights, jax.Array]:
        """State before the layer, cotangents of its weights and of that state."""
        before = layer.before(after, kept)
        _, vjp = jax.vjp(layer.forward, weights, before)
        return before, *vjp(cotangent)

    def close(self, segment: Segment, state: jax.Array) -> jax.Array:
        """Undo the moves of a segment, at its end."""
        move = self._total(segment)
        return state if move is None else carried(state, move.inverse, self.lattice, self.algebra)

    def open(self, segment: Segment, state: jax.Array) -> jax.Array:
        """Inverse of `close`."""
        return carried(state, self._total(segment), self.lattice, self.algebra)

    def _total(self, segment: Segment) -> Move | None:
        """All moves that end with this segment: a last one without moves stays in the frame that the one before has left."""
        number = segment.layers[0][0]
        coupling = self.couplings[number]
        own = [other for other in self._segments if other.layers[0][0] == number]
        move = coupling.move(self.lattice)
        if move is None or segment is not own[-1]:
            return None
        return move.repeated(coupling.layers // len(coupling.updates), self.lattice)
