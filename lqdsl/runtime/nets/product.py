"""Matrix product with the transposes spelled out."""

import jax
import jax.numpy as jnp


def affine_map(matrix: jax.Array, columns: jax.Array, bias: jax.Array | None) -> jax.Array:
    """matrix [i, j] times columns [j, b], plus bias [i] where there is one: [i, b].

    The bias goes into the product as a last row of ones: XLA fuses a sum that follows into the shifts and gathers of
    the next layer, where it costs more than the product.
    """
    if bias is not None:
        matrix = jnp.concatenate([matrix, bias[:, None]], axis=1)
        columns = jnp.concatenate([columns, jnp.ones((1, *columns.shape[1:]), columns.dtype)])
    return matrix_product(matrix, columns)


@jax.custom_vjp
def matrix_product(matrix: jax.Array, columns: jax.Array) -> jax.Array:
    """matrix [i, j], columns [j, b] to [i, b]. JAX's own transpose ends in a copy of the cotangent; this one does not."""
    return matrix @ columns


def _forward(matrix: jax.Array, columns: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return matrix @ columns, (matrix, columns)


def _backward(kept: tuple[jax.Array, jax.Array], cotangent: jax.Array) -> tuple[jax.Array, jax.Array]:
    matrix, columns = kept
    return cotangent @ columns.T, matrix.T @ cotangent


matrix_product.defvjp(_forward, _backward)
