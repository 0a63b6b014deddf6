"""What moves through the layers of a flow, and how they repeat."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax

State = Any
"""The fields between two layers, as the stack keeps them."""


class Carry(NamedTuple):
    """What moves through the stack: fields, log det [b] so far and, where asked for, d log q / d fields."""

    fields: State
    log_det: jax.Array
    score: State | None


@dataclass(frozen=True)
class Segment:
    """`repeats` times the same `layers` (number of the coupling, layer).

    Coupling c uses its layers from `starts[c]` on, `strides[c]` in each repetition (0 where it takes no part).
    """

    layers: tuple[tuple[int, Any], ...]
    starts: tuple[int, ...]
    strides: tuple[int, ...]
    repeats: int

    def weights(self, weights: tuple[Any, ...]) -> tuple[Any, ...]:
        """Leaves [layer, ...] of all couplings to the leaves [repetition, layer, ...] of this segment; None for couplings that
        take no part."""

        def take(leaf: jax.Array, start: int, stride: int) -> jax.Array:
            part = leaf[start : start + stride * self.repeats]
            return part.reshape(self.repeats, stride, *leaf.shape[1:])

        return tuple(
            jax.tree.map(lambda leaf, a=start, s=stride: take(leaf, a, s), own) if stride else None
            for own, start, stride in zip(weights, self.starts, self.strides, strict=True)
        )

    def flatten(self, weights: tuple[Any, ...]) -> tuple[Any, ...]:
        """Leaves [repetition, layer, ...] to [layer, ...]."""
        return jax.tree.map(lambda leaf: leaf.reshape(leaf.shape[0] * leaf.shape[1], *leaf.shape[2:]), weights)

    def pairs(self, weights: tuple[Any, ...]) -> list[tuple[Any, Any]]:
        """The layers of one repetition with their weights, in order; leaves are [layer, ...]."""
        used = [0] * len(weights)
        result = []
        for number, layer in self.layers:
            result.append((layer, jax.tree.map(lambda leaf, k=used[number]: leaf[k], weights[number])))
            used[number] += 1
        return result
