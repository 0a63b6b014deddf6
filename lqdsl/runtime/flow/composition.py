"""How the layers of a stack are run: unrolled or scanned, and what their backward pass keeps."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.flow.link_stack import LinkStack
from lqdsl.runtime.flow.segment import Carry, Segment, State
from lqdsl.runtime.flow.stack import Stack as SiteStack

Stack = SiteStack | LinkStack

Weights = tuple[Any, ...]
"""One pytree for each coupling, every leaf [layer, ...]."""

UNROLLED_LAYERS = 4
"""`auto` unrolls up to this many layers, beyond it scans: as fast, compiled sooner, and its backward pass keeps a third
of the memory, because the compiler cannot keep intermediate products instead of the activations they lead to."""


def run(stack: Stack, weights: Weights, carry: Carry, composition: str, backward: str) -> Carry:
    """All layers forward. Scores in the carry are moved along with the gradient stopped."""
    if backward == "invert" or (backward == "auto" and stack.recomputes and is_scanned(stack, composition)):
        return _run_recomputing(stack, weights, carry, composition)
    return _run(stack, weights, carry, composition, False)[0]


def run_inverse(stack: Stack, weights: Weights, carry: Carry, composition: str) -> Carry:
    """All layers of the inverse, last first; log det is that of the inverse."""
    for segment in reversed(stack.segments()):
        carry = carry._replace(fields=stack.open(segment, carry.fields))
        body = partial(_inverse, stack, segment)
        carry, _ = _repeat(stack, segment, weights, carry, composition, body, reverse=True)
    return carry


def is_scanned(stack: Stack, composition: str) -> bool:
    layers = sum(coupling.layers for coupling in stack.couplings)
    return composition == "scan" or (composition == "auto" and layers > UNROLLED_LAYERS)


def _run(stack: Stack, weights: Weights, carry: Carry, composition: str, keep: bool) -> tuple[Carry, list[Any]]:
    """The result, and for each segment what `stack.keep` wants to keep, leaves [repetition, ...]."""
    kept = []
    for segment in stack.segments():
        body = partial(_forward, stack, segment, keep)
        carry, own = _repeat(stack, segment, weights, carry, composition, body)
        score = None if carry.score is None else stack.close(segment, carry.score)
        carry = Carry(stack.close(segment, carry.fields), carry.log_det, score)
        kept.append(own)
    return carry, kept


def _repeat(
    stack: Stack,
    segment: Segment,
    weights: Weights,
    carry: Any,
    composition: str,
    body: Callable[[Any, Any], tuple[Any, Any]],
    reverse: bool = False,
    given: Any = None,
) -> tuple[Any, Any]:
    """body(carry, (weights, given)) for all repetitions; what it returns besides the carry has leaves [repetition, ...]."""
    inputs = (segment.weights(weights), given)
    if is_scanned(stack, composition) and segment.repeats > 1:
        return jax.lax.scan(body, carry, inputs, reverse=reverse)
    results = []
    for number in range(segment.repeats)[:: -1 if reverse else 1]:
        carry, result = body(carry, jax.tree.map(lambda leaf, n=number: leaf[n], inputs))
        results.append(result)
    return carry, jax.tree.map(lambda *leaves: jnp.stack(leaves), *results[:: -1 if reverse else 1])


def _forward(stack: Stack, segment: Segment, keep: bool, carry: Carry, inputs: Any) -> tuple[Carry, list[Any]]:
    """One repetition of a segment."""
    fields, log_det, score = carry
    kept = []
    for layer, own in segment.pairs(inputs[0]):
        if keep:
            kept.append(stack.keep(layer, fields))
        after: Any
        after, change = stack.apply(layer, own, fields)
        if score is not None:
            score = stack.move_score(layer, *jax.lax.stop_gradient((own, fields, after, score)))
        fields, log_det = after, log_det + change
    return Carry(fields, log_det, score), kept


def _inverse(stack: Stack, segment: Segment, carry: Carry, inputs: Any) -> tuple[Carry, None]:
    fields, log_det, _ = carry
    for layer, own in reversed(segment.pairs(inputs[0])):
        fields, change = stack.invert(layer, own, fields)
        log_det = log_det + change
    return Carry(fields, log_det, None), None


def _run_recomputing(stack: Stack, weights: Weights, carry: Carry, composition: str) -> Carry:
    """`run` whose backward pass recomputes each layer's input from its result, and from the little that the stack keeps.

    Memory hardly grows with the number of layers; the gradient equals the stored one up to rounding.
    """

    @jax.custom_vjp
    def apply(weights: Weights, carry: Carry) -> Carry:
        return _run(stack, weights, carry, composition, False)[0]

    def forward(weights: Weights, carry: Carry) -> tuple[Carry, tuple[Weights, State, list[Any]]]:
        result, kept = _run(stack, weights, carry, composition, True)
        return result, (weights, result.fields, kept)

    def backward(residual: tuple[Weights, State, list[Any]], cotangent: Carry) -> tuple[Weights, Carry]:
        weights, fields, kept = residual
        parts: list[Weights] = []
        travel = (fields, cotangent.fields)
        for segment, own in reversed(list(zip(stack.segments(), kept, strict=True))):
            travel = (stack.open(segment, travel[0]), stack.open(segment, travel[1]))
            body = partial(_pull, stack, segment, cotangent.log_det)
            travel, gradient = _repeat(stack, segment, weights, travel, composition, body, reverse=True, given=own)
            parts.insert(0, segment.flatten(gradient))
        own_parts = ([own for own in column if own is not None] for column in zip(*parts, strict=True))
        joined = tuple(jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *own) for own in own_parts)
        nothing = jax.tree.map(jnp.zeros_like, cotangent.score)
        return joined, Carry(travel[1], cotangent.log_det, nothing)

    apply.defvjp(forward, backward)
    return apply(weights, carry)


def _pull(
    stack: Stack, segment: Segment, log_det_cotangent: jax.Array, travel: tuple[State, State], inputs: Any
) -> tuple[tuple[State, State], Weights]:
    """Backward pass of one repetition."""
    fields, cotangent = travel
    weights, kept = inputs
    gradients: list[list[Any]] = [[] for _ in weights]
    pairs = zip(segment.layers, segment.pairs(weights), kept, strict=True)
    for (number, _), (layer, own), own_kept in reversed(list(pairs)):
        pulled = stack.pull(layer, own, fields, own_kept, (cotangent, log_det_cotangent))
        fields, gradient, cotangent = pulled
        gradients[number].insert(0, gradient)
    stacked = tuple(
        jax.tree.map(lambda *leaves: jnp.stack(leaves), *own) if own else like
        for own, like in zip(gradients, weights, strict=True)
    )
    return (fields, cotangent), stacked
