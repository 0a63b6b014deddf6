"""A border that the compiler does not fuse across."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.groups.borders import computed_once


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """function(*arguments), on CPU compiled by itself: long chains of arithmetic that are fused with their neighbours are
    repeated in each of them, which costs minutes of compilation."""
    first = jax.tree.leaves(arguments)[0]
    always = ~(first[(0,) * first.ndim] > jnp.inf)
    return computed_once(always, lambda: function(*arguments))
