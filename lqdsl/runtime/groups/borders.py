"""Borders that keep the compiler from fusing, and so repeating, the work behind an array.

XLA on CPU fuses a product of matrices, or a shift, into every loop that reads it and repeats it there. Nothing is fused
across the border of a conditional whose predicate is only known at run time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import jax
import jax.numpy as jnp

_ALWAYS: ContextVar[Any] = ContextVar("always", default=None)


def computed_once(always: Any, make: Callable[[], Any]) -> Any:
    """`make()`, kept apart from what uses it; `always` is a traced True that the compiler cannot see through."""
    if jax.default_backend() != "cpu":
        return make()
    shapes = jax.eval_shape(make)
    return jax.lax.cond(always, make, lambda: jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes))


@contextmanager
def borders(always: Any) -> Iterator[None]:
    """Within this block `kept` places borders, with the traced True `always`; it must be known to all that is traced."""
    token = _ALWAYS.set(always)
    try:
        yield
    finally:
        _ALWAYS.reset(token)


def kept(make: Callable[[], Any]) -> Any:
    """`make()`, computed once where a sampler asked for borders."""
    always = _ALWAYS.get()
    return make() if always is None else computed_once(always, make)


@contextmanager
def borders_by(values: jax.Array) -> Iterator[None]:
    """The borders in use, or else borders whose predicate is that the first of these values is not infinite."""
    if _ALWAYS.get() is not None:
        yield
        return
    with borders(values.reshape(-1)[0] != jnp.inf):
        yield
