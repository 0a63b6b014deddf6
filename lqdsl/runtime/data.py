"""Numbers that a theory read from files, as part of its module."""

import base64
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError


@dataclass(frozen=True, eq=False)
class Data:
    """`values` are float64 [index..., x...]."""

    values: np.ndarray

    @classmethod
    def of(cls, shape: tuple[int, ...], text: str) -> "Data":
        """From the numbers in row-major order, with blanks between them."""
        return cls(np.array([float(number) for number in text.split()]).reshape(shape))

    @classmethod
    def packed(cls, shape: tuple[int, ...], text: str) -> "Data":
        """From base64 of the same, little-endian; raises RuntimeInputError where the text does not fit the shape."""
        content = base64.b64decode(text, validate=True)
        if len(content) != 8 * np.prod(shape, dtype=np.int64):
            raise RuntimeInputError(f"{len(content)} bytes are not data of shape {shape}")
        return cls(np.frombuffer(content, "<f8").astype(np.float64).reshape(shape))

    def at(self, offset: tuple[int, ...], like: jax.Array, *indices: int) -> jax.Array:
        """values(x + offset) of some indices, [x..., 1...] with the axes and dtype of `like` [x..., ...batch]."""
        values = np.roll(self.values[indices], [-step for step in offset], tuple(range(len(offset))))
        return jnp.asarray(values, like.dtype).reshape(values.shape + (1,) * (like.ndim - values.ndim))

    def number(self, *coordinates: int) -> float:
        """A single number."""
        return float(self.values[coordinates])
