"""Samples of a flow with their log-weights, drawn in pieces on all cores."""

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.model import Model
from lqdsl.runtime.parallel import Piece, drawing_piece, map_pieces


def proposals(model: Model, weights: Any, parameters: Any, key: jax.Array, n: int) -> tuple[Any, jax.Array]:
    """n samples of `model.flow` and -S - log q [n]; piece k of them is drawn with fold_in(key, k)."""
    pieces = _pieces(model, weights, parameters, key, n, True)
    return jax.tree.map(lambda *parts: jnp.concatenate(parts, axis=-1)[..., :n], *pieces)


def log_weights(model: Model, weights: Any, parameters: Any, key: jax.Array, n: int) -> np.ndarray:
    """-S - log q of the same samples, float64 [n]."""
    pieces = _pieces(model, weights, parameters, key, n, False)
    return np.concatenate([np.asarray(piece, np.float64) for piece in pieces])[:n]


def _pieces(model: Model, weights: Any, parameters: Any, key: jax.Array, n: int, with_fields: bool) -> list[Any]:
    size = drawing_piece(model.flow, model.dtype, n)
    draw = _draw(model, size, with_fields)
    numbers = np.arange(-(-n // size), dtype=np.int32)
    return map_pieces(lambda number: draw(weights, parameters, key, number), numbers)


@lru_cache(maxsize=32)
def _draw(model: Model, size: int, with_fields: bool) -> Piece:
    def draw(weights: Any, parameters: Any, key: jax.Array, number: Any) -> Any:
        fields, log_q = model.flow.sample(weights, jax.random.fold_in(key, number), size)
        log_weight = -model.action(fields, parameters) - log_q
        return (fields, log_weight) if with_fields else log_weight

    return Piece(draw)
