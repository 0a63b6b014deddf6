"""Maps of spheres in cylinder coordinates, arXiv:2002.02428 section 2.2: heights by splines, the last circle by a kernel."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.kernels import unit_spline
from lqdsl.runtime.kernels.circular import CircularSpline
from lqdsl.runtime.kernels.height import move_height, radius
from lqdsl.runtime.kernels.rational import MIN_BIN
from lqdsl.runtime.kernels.rotation import Vector, direction, dot, inverse_length, rotate, rotate_back

Result = tuple[jax.Array, jax.Array]


@dataclass(frozen=True)
class Recursive:
    """Heights move by rational-quadratic splines of `bins` pieces, the angle of the last circle by `circle`: any kernel of the
    circle, chains and mixes among them."""

    bins: int = 8
    circle: Any = field(default_factory=CircularSpline)

    def __post_init__(self) -> None:
        if self.bins < 2 or self.bins * MIN_BIN >= 1:
            raise RuntimeInputError(f"a recursive kernel needs 2 <= bins < {1 / MIN_BIN:g}, got {self}")

    def of(self, n: int) -> "RecursiveSphere":
        """The kernel on unit vectors of R^n, n >= 2."""
        return RecursiveSphere(n, self.bins, self.circle)


@dataclass(frozen=True)
class RecursiveSphere:
    """s = (sqrt(1 - h^2) s', h) with s' on the next smaller sphere, down to a circle; then a rotation of the last axis.

    What moves s' depends on h' as a + b h' + c (2 h'^2 - 1), for each height before it. All of it but the shift of the
    circle is multiplied by the radii sqrt(1 - h'^2), so that the map is continuous at the poles, where s' is no coordinate.
    All parameters are even; zero is the identity.
    """

    n: int
    bins: int
    circle: Any

    odd: ClassVar[int] = 0

    @property
    def even(self) -> int:
        return (self.n - 1) * (self.n > 2) + sum(size * terms for size, terms in self._sizes)

    @property
    def _sizes(self) -> list[tuple[int, int]]:
        """Parameters of each map, heights first, and the number of functions of earlier heights that multiply them."""
        heights = self.n - 2
        sizes = [(unit_spline.size(self.bins), 1 + 2 * depth) for depth in range(heights)]
        return [*sizes, (self.circle.even + self.circle.odd, 1 + 2 * heights)]

    def forward(self, z: jax.Array, even: jax.Array, odd: jax.Array) -> Result:
        """Unit vectors z [n, ...], even [parameter, ...] to unit vectors and the log of the change of volume [1, ...]."""
        rows, axis = self._unpack(even)
        values, log_slope = self._map(list(z), rows, inverse=False)
        return jnp.stack(values if axis is None else rotate(values, axis)), log_slope

    def inverse(self, x: jax.Array, even: jax.Array, odd: jax.Array) -> Result:
        rows, axis = self._unpack(even)
        parts = list(x)
        values, log_slope = self._map(parts if axis is None else rotate_back(parts, axis), rows, inverse=True)
        return jnp.stack(values), log_slope

    def _unpack(self, even: jax.Array) -> tuple[list[list[jax.Array]], Vector | None]:
        """For each map the coefficients [parameter, ...] of the functions of heights; the image of the last axis."""
        start = (self.n - 1) * (self.n > 2)
        axis = direction(list(even[:start])) if start else None
        rows = []
        for size, terms in self._sizes:
            rows.append([even[start + k * size : start + (k + 1) * size] for k in range(terms)])
            start += size * terms
        return rows, axis

    def _map(self, s: Vector, rows: list[list[jax.Array]], inverse: bool) -> tuple[Vector, jax.Array]:
        """Components of the image, and the log of the change of volume [1, ...]."""
        spline = unit_spline.inverse if inverse else unit_spline.forward
        functions: list[Any] = [1.0]
        scale: Any = 1.0
        total: Any = 0.0
        heights = []
        for size, coefficients in zip(range(self.n, 2, -1), rows, strict=False):
            image, log_slope = move_height(spline, s[-1], scale * _combined(coefficients, functions), size)
            total = total + log_slope
            after = s[-1] if inverse else image
            functions += [after, 2 * after * after - 1]
            scale = scale * radius(after)
            heights.append(image)
            s = _unit(s[:-1])
        vector, log_slope = self._move_circle(s, _combined(rows[-1], functions), scale, inverse)
        for height in reversed(heights):
            vector = [*(radius(height) * part for part in vector), height]
        return vector, (total + log_slope)[None]

    def _move_circle(self, s: Vector, parameters: jax.Array, scale: Any, inverse: bool) -> tuple[Vector, jax.Array]:
        """(cos, sin) of the moved angle, of 0 for vectors without length; the first odd parameter is the shift, in a chain that of
        its first kernel."""
        even, odd = parameters[: self.circle.even], parameters[self.circle.even :]
        even, odd = scale * even, jnp.concatenate([odd[:1] + 0 * scale, scale * odd[1:]])
        is_centre = dot(s, s) < jnp.finfo(s[0].dtype).eps
        angle = jnp.arctan2(s[1], jnp.where(is_centre, 1, s[0]))
        moved, log_slope = (self.circle.inverse if inverse else self.circle.forward)(angle, even, odd)
        return [jnp.cos(moved), jnp.sin(moved)], log_slope


def _combined(coefficients: list[jax.Array], functions: list[Any]) -> jax.Array:
    """Sum of coefficients [parameter, ...] times functions [...]."""
    total = coefficients[0]
    for own, function in zip(coefficients[1:], functions[1:], strict=True):
        total = total + own * function
    return total


def _unit(s: Vector) -> Vector:
    """s / |s|, shorter next to zero."""
    scale = inverse_length(dot(s, s))
    return [part * scale for part in s]
