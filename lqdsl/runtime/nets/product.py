"""Matrix product with the transposes spelled out."""

import jax


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
