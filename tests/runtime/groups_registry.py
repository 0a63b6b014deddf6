"""The groups that the laws run over, and their elements as matrices."""

from typing import Any

import numpy as np

from lqdsl.runtime.groups import SU, U1, Element, Group, Matrix, U
from lqdsl.runtime.groups.generators import generators

GROUPS: dict[str, Group] = {
    "U(1)": U1(),
    "SU(2)": SU(2),
    "SU(3)": SU(3),
    "SU(4)": SU(4),
    "U(2)": U(2),
    "U(3)": U(3),
}
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def dense(values: Element | Matrix) -> np.ndarray:
    """Complex matrices [x..., batch, n, n]."""
    parts, n = np.stack([np.asarray(part) for part in values.parts]), values.group.n
    if n == 1 and isinstance(values, Element):
        return np.exp(1j * parts[0])[..., None, None]
    if len(parts) == 4 and n == 2:
        return parts[0][..., None, None] * np.eye(2) + 1j * np.einsum("a...,aij->...ij", parts[1:], PAULI)
    half = len(parts) // 2
    return np.moveaxis(parts[:half] + 1j * parts[half:], 0, -1).reshape(*parts.shape[1:], n, n)


def basis(group: Group) -> np.ndarray:
    """T_a [a, n, n]."""
    return 1j * (np.ones((1, 1, 1)) if group.n == 1 else generators(group.n, isinstance(group, SU)))


def algebra_shape(group: Group, shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape if group.n == 1 else (group.dimension, *shape)


def in_algebra(group: Group, numbers: Any) -> np.ndarray:
    """p_a T_a [x..., batch, n, n]."""
    numbers = np.asarray(numbers)
    return np.einsum("a...,aij->...ij", numbers[None] if group.n == 1 else numbers, basis(group))
