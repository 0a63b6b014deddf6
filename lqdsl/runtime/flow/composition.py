"""How the layers of a stack are run: unrolled or scanned, and what their backward pass keeps."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.flow.stack import Carry, Segment, Stack, State

Weights = tuple[Any, ...]
"""One pytree for each coupling, every leaf [layer, ...]."""

UNROLLED_LAYERS = 4
"""`auto` unrolls up to this many layers, beyond it scans: as fast, compiled sooner, and its backward pass keeps a third
of the memory, because the compiler cannot keep intermediate products instead of the activations they lead to."""


def run(stack: Stack, weights: Weights, carry: Carry, composition: str, backward: str) -> Carry:
    """All layers forward. Scores in the carry are moved along with the gradient stopped."""
    if backward == "invert" or (backward == "auto" and is_scanned(stack, composition)):
        return _run_inverting(stack, weights, carry, composition)
    for segment in stack.segments():
        carry = _repeat(stack, segment, weights, carry, composition, partial(_forward, stack, segment))
    return carry


def run_inverse(stack: Stack, weights: Weights, carry: Carry, composition: str) -> Carry:
    """All layers of the inverse, last first; log det is that of the inverse."""
    for segment in reversed(stack.segments()):
        body = partial(_inverse, stack, segment)
        carry = _repeat(stack, segment, weights, carry, composition, body, reverse=True)
    return carry


def is_scanned(stack: Stack, composition: str) -> bool:
    layers = sum(coupling.layers for coupling in stack.couplings)
    return composition == "scan" or (composition == "auto" and layers > UNROLLED_LAYERS)


def _repeat(
    stack: Stack,
    segment: Segment,
    weights: Weights,
    carry: Carry,
    composition: str,
    body: Callable[[Weights, Carry], Carry],
    reverse: bool = False,
) -> Carry:
    stacked = segment.weights(weights)
    if is_scanned(stack, composition) and segment.repeats > 1:
        return jax.lax.scan(lambda c, w: (body(w, c), None), carry, stacked, reverse=reverse)[0]
    for number in range(segment.repeats)[:: -1 if reverse else 1]:
        carry = body(jax.tree.map(lambda leaf, n=number: leaf[n], stacked), carry)
    return carry


def _forward(stack: Stack, segment: Segment, weights: Weights, carry: Carry) -> Carry:
    """One repetition of a segment."""
    fields, log_det, score = carry
    for layer, own in segment.pairs(weights):
        active, context = stack.split(layer, fields)
        if score is not None:
            score = _move_score(stack, layer, own, fields, score)
        values, change = layer.forward(own, active, context)
        fields, log_det = stack.replace(layer, fields, values), log_det + change
    return Carry(fields, log_det, score)


def _move_score(stack: Stack, layer: Any, own: Any, fields: State, score: State) -> State:
    own, fields, score = jax.lax.stop_gradient((own, fields, score))
    active, context = stack.split(layer, fields)
    _, _, moved, pull = layer.forward_with_score(own, active, context, stack.split(layer, score)[0])
    score = stack.replace(layer, score, moved)
    return stack.add_to_context(layer, score, jax.tree.map(jnp.negative, pull))


def _inverse(stack: Stack, segment: Segment, weights: Weights, carry: Carry) -> Carry:
    fields, log_det, _ = carry
    for layer, own in reversed(segment.pairs(weights)):
        values, change = layer.inverse(own, *stack.split(layer, fields))
        fields, log_det = stack.replace(layer, fields, values), log_det + change
    return Carry(fields, log_det, None)


def _run_inverting(stack: Stack, weights: Weights, carry: Carry, composition: str) -> Carry:
    """`run` whose backward pass keeps only the result and recomputes each layer's input by the inverse.

    Memory does not grow with the number of layers; the gradient equals the stored one up to rounding.
    """

    @jax.custom_vjp
    def apply(weights: Weights, carry: Carry) -> Carry:
        return run(stack, weights, carry, composition, "store")

    def forward(weights: Weights, carry: Carry) -> tuple[Carry, tuple[Weights, State]]:
        result = apply(weights, carry)
        return result, (weights, result.fields)

    def backward(kept: tuple[Weights, State], cotangent: Carry) -> tuple[Weights, Carry]:
        weights, fields = kept
        parts: list[Weights] = []
        travel = (fields, cotangent.fields)
        for segment in reversed(stack.segments()):
            stacked = segment.weights(weights)
            body = _backward_body(stack, segment, cotangent.log_det)
            if is_scanned(stack, composition) and segment.repeats > 1:
                travel, gradient = jax.lax.scan(body, travel, stacked, reverse=True)
            else:
                pieces: list[Weights] = []
                for number in reversed(range(segment.repeats)):
                    travel, piece = body(travel, jax.tree.map(lambda leaf, n=number: leaf[n], stacked))
                    pieces.insert(0, piece)
                gradient = jax.tree.map(lambda *leaves: jnp.stack(leaves), *pieces)
            parts.insert(0, segment.flatten(gradient))
        joined = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts)
        nothing = jax.tree.map(jnp.zeros_like, cotangent.score)
        return joined, Carry(travel[1], cotangent.log_det, nothing)

    apply.defvjp(forward, backward)
    return apply(weights, carry)


def _backward_body(stack: Stack, segment: Segment, log_det_cotangent: jax.Array) -> Callable[..., Any]:
    def body(travel: tuple[State, State], weights: Weights) -> tuple[tuple[State, State], Weights]:
        fields, cotangent = travel
        gradients: list[list[Any]] = [[] for _ in weights]
        for (number, _), (layer, own) in reversed(list(zip(segment.layers, segment.pairs(weights), strict=True))):
            values, context = stack.split(layer, fields)
            pulled = layer.backward(own, values, context, (stack.split(layer, cotangent)[0], log_det_cotangent))
            active, gradient, active_cotangent, context_cotangent = pulled
            fields = stack.replace(layer, fields, active)
            cotangent = stack.replace(layer, cotangent, active_cotangent)
            cotangent = stack.add_to_context(layer, cotangent, context_cotangent)
            gradients[number].insert(0, gradient)
        stacked = tuple(
            jax.tree.map(lambda *leaves: jnp.stack(leaves), *own) if own else like
            for own, like in zip(gradients, weights, strict=True)
        )
        return (fields, cotangent), stacked

    return body
