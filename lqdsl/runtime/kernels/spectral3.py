"""The spectral kernel of SU(3) on the triangle of ordered eigenvalue angles.

The gaps between neighbouring angles, alpha_1 + alpha_2 + alpha_3 = 2 pi, are coordinates of the triangle; they are
written alpha_1, alpha_2 = 2 pi s (u, 1 - u), with the unit matrix at s = 0. Charge conjugation turns u into 1 - u.
"""

from dataclasses import dataclass
from math import pi

import jax
import jax.numpy as jnp

from lqdsl.runtime.groups.products import Pair, identity_like, multiply, trace
from lqdsl.runtime.kernels import unit_spline
from lqdsl.runtime.kernels.border import apart
from lqdsl.runtime.kernels.eigenangles import Three, eigenangles
from lqdsl.runtime.kernels.rational import from_parts

Result = tuple[Pair, jax.Array]


@dataclass(frozen=True)
class SpectralSU3:
    """s' = spline(s), u' = spline(u) with parameters 2 s (A + (2 s - 1) B); the Haar measure is prod_k sin^2(alpha_k / 2).

    Next to the unit, where u is no coordinate, all directions are stretched alike, so that P' is smooth there.

    Even parameters: those of s and the symmetric parts of A and B under reversal of the bins; odd: the antisymmetric.
    """

    bins: int

    @property
    def even(self) -> int:
        return unit_spline.size(self.bins) + 2 * (2 * ((self.bins + 1) // 2) + (self.bins + 2) // 2)

    @property
    def odd(self) -> int:
        return 2 * (2 * (self.bins // 2) + (self.bins + 1) // 2)

    def forward(self, z: Pair, even: jax.Array, odd: jax.Array) -> Result:
        """Matrices (re, im) [3, 3, ...] to P' and the log of the change of Haar volume [...]."""
        along, constant, slope = self._unpack(even, odd)

        def spline(s: jax.Array, u: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
            far, log_far = unit_spline.forward(s, along)
            turned, log_turned = unit_spline.forward(u, 2 * s * (constant + (2 * s - 1) * slope))
            return far, turned, log_far + log_turned

        return _map(spline, z)

    def inverse(self, x: Pair, even: jax.Array, odd: jax.Array) -> Result:
        along, constant, slope = self._unpack(even, odd)

        def spline(s: jax.Array, u: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
            near, log_near = unit_spline.inverse(s, along)
            turned, log_turned = unit_spline.inverse(u, 2 * near * (constant + (2 * near - 1) * slope))
            return near, turned, log_near + log_turned

        return _map(spline, x)

    def _unpack(self, even: jax.Array, odd: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Parameters of the spline of s, and A, B for that of u."""
        first = unit_spline.size(self.bins)
        tables = unit_spline.reversal(self.bins)
        count, half = tables[0].shape[1], tables[1].shape[1]
        rows = [
            from_parts(even[first + n * count : first + (n + 1) * count], odd[n * half : (n + 1) * half], *tables)
            for n in range(2)
        ]
        return even[:first], rows[0], rows[1]


def _map(spline, matrix: Pair) -> Result:  # type: ignore[no-untyped-def]
    angles = apart(lambda matrix: eigenangles(*trace(matrix)), matrix)
    least = jnp.finfo(angles[0].dtype).eps ** 0.5 * 0.1
    low, high = (jnp.maximum(angles[n + 1] - angles[n], least) for n in range(2))
    s = jnp.minimum((low + high) / (2 * pi), 1 - least)
    total = 2 * pi * s
    u = low / (low + high)
    far, turned, log_slope = apart(spline, s, u)
    gaps = total * u, total * (1 - u), 2 * pi - total
    images = 2 * pi * far * turned, 2 * pi * far * (1 - turned), 2 * pi * (1 - far)
    low_ratio, high_ratio, last_ratio = (
        jnp.sin(0.5 * image) / jnp.sin(0.5 * gap) for gap, image in zip(gaps, images, strict=True)
    )
    ratios = low_ratio, high_ratio, last_ratio
    log_volume = log_slope + jnp.log(far / s) + 2 * jnp.log(low_ratio * high_ratio * last_ratio)
    return apart(_interpolate, matrix, _angles(gaps), _angles(images), ratios), log_volume


def _angles(gaps: Three) -> Three:
    """Ordered angles of sum zero with the given gaps."""
    first = -(2 * gaps[0] + gaps[1]) / 3
    return first, first + gaps[0], first + gaps[0] + gaps[1]


def _interpolate(matrix: Pair, old: Three, new: Three, ratios: Three) -> Pair:
    """The polynomial in P that takes exp(i old_k) to exp(i new_k), in Newton's form.

    Divided differences of neighbours are phases times `ratios` of sines, right where angles meet. The one of second
    order divides by the largest chord: nodes are renamed cyclically until it lies between the first and the last.
    """
    chords = [jnp.abs(jnp.sin(0.5 * (old[k] - old[(k + 1) % 3]))) for k in range(3)]
    is_widest = [chords[2] >= jnp.maximum(chords[0], chords[1]), chords[0] >= jnp.maximum(chords[1], chords[2])]

    def renamed(values: Three) -> list[jax.Array]:
        """values[0], values[1], values[2] with the widest chord from the last to the first."""
        turned = [[values[(n + k) % 3] for k in range(3)] for n in range(3)]
        return [
            jnp.where(is_widest[0], turned[0][k], jnp.where(is_widest[1], turned[1][k], turned[2][k])) for k in range(3)
        ]

    a, b, c = renamed(old)
    a_new, b_new, c_new = renamed(new)
    # exp(ib') - exp(ia') = 2i exp(i(a' + b')/2) sin((b' - a')/2): across the turn from angle 3 to angle 1 the difference
    # b - a is alpha_3 - 2 pi, and both sines change sign.
    of_ab, of_bc, _ = renamed(ratios)
    ab = _polar(of_ab, 0.5 * (a_new + b_new - a - b))
    bc = _polar(of_bc, 0.5 * (b_new + c_new - b - c))
    second = _divide((bc[0] - ab[0], bc[1] - ab[1]), (jnp.cos(c) - jnp.cos(a), jnp.sin(c) - jnp.sin(a)))
    unit = identity_like(matrix)[0]
    from_a = matrix[0] - jnp.cos(a) * unit, matrix[1] - jnp.sin(a) * unit
    from_b = matrix[0] - jnp.cos(b) * unit, matrix[1] - jnp.sin(b) * unit
    linear, square = _times(ab, from_a), _times(second, multiply(from_a, from_b))
    return jnp.cos(a_new) * unit + linear[0] + square[0], jnp.sin(a_new) * unit + linear[1] + square[1]


def _polar(size: jax.Array, angle: jax.Array) -> Pair:
    return size * jnp.cos(angle), size * jnp.sin(angle)


def _times(a: Pair, b: Pair) -> Pair:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _divide(a: Pair, b: Pair) -> Pair:
    size = b[0] * b[0] + b[1] * b[1]
    return (a[0] * b[0] + a[1] * b[1]) / size, (a[1] * b[0] - a[0] * b[1]) / size
