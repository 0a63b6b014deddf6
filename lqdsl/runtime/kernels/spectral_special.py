"""The spectral kernel of SU(n), n > 3, on the cell of ordered eigenvalue angles in the coordinates of `gaps`."""

from dataclasses import dataclass
from itertools import combinations
from math import pi

import jax
import jax.numpy as jnp

from lqdsl.runtime.groups.products import Pair
from lqdsl.runtime.kernels import gaps, unit_spline
from lqdsl.runtime.kernels.border import apart
from lqdsl.runtime.kernels.rational import from_parts
from lqdsl.runtime.kernels.spectrum import assembled, spectrum

Result = tuple[Pair, jax.Array]
List = list[jax.Array]


@dataclass(frozen=True)
class SpectralSU:
    """c'_j = spline(c_j) of one coordinate after the other with parameters f_j (A_j + sum over i < j of (2 c_i - 1) B_ji); the
    Haar measure is the product over j < k of sin^2((theta_j - theta_k) / 2).

    f_j vanishes with the sum of the gaps that c_j divides, where c_j is no coordinate: there they are stretched alike.

    Even and odd parameters: the parts of A and B that are symmetric and antisymmetric under reversal of the bins where c_j
    or c_i, and not both, is a share that conjugation reverses; the other way round where both are. A and B are even where
    none is.
    """

    n: int
    bins: int

    @property
    def even(self) -> int:
        return sum(even for even, _ in self._sizes)

    @property
    def odd(self) -> int:
        return sum(odd for _, odd in self._sizes)

    def forward(self, z: Pair, even: jax.Array, odd: jax.Array) -> Result:
        """Matrices (re, im) [n, n, ...] to P' and the log of the change of Haar volume [...]."""
        return self._map(z, even, odd, False)

    def inverse(self, x: Pair, even: jax.Array, odd: jax.Array) -> Result:
        return self._map(x, even, odd, True)

    @property
    def _reversals(self) -> list[tuple[bool, bool]]:
        """For A_j and each B_ji whether c_j and whether c_i is a share."""
        first = gaps.sticks(self.n)
        return [(j >= first, i >= first) for j in range(self.n - 1) for i in (0, *range(j))]

    @property
    def _sizes(self) -> list[tuple[int, int]]:
        """Even and odd parameters of each row."""
        symmetric, antisymmetric = (part.shape[1] for part in unit_spline.reversal(self.bins))
        found = []
        for moves, by in self._reversals:
            if not moves:
                found.append((unit_spline.size(self.bins), 0))
            else:
                found.append((antisymmetric, symmetric) if by else (symmetric, antisymmetric))
        return found

    def _rows(self, even: jax.Array, odd: jax.Array) -> list[List]:
        """[A_j, B_j0, B_j1, ...] for each j."""
        symmetric, antisymmetric = unit_spline.reversal(self.bins)
        rows = []
        for (moves, by), (first, second) in zip(self._reversals, self._sizes, strict=True):
            tables = (antisymmetric, symmetric) if by else (symmetric, antisymmetric)
            rows.append(from_parts(even[:first], odd[:second], *tables) if moves else even[:first])
            even, odd = even[first:], odd[second:]
        return [[rows.pop(0) for _ in range(j + 1)] for j in range(self.n - 1)]

    def _map(self, matrix: Pair, even: jax.Array, odd: jax.Array, inverse: bool) -> Result:
        angles, vectors = spectrum(matrix)
        rows = self._rows(even, odd)
        given, safe, values = apart(_cell, angles)
        moved, log_slope = self._moved(values, rows, inverse)
        images, ratios, log_volume = apart(_images, given, safe, moved)
        return apart(assembled, matrix, (angles, vectors), images, ratios), log_slope + log_volume

    def _moved(self, values: List, rows: list[List], inverse: bool) -> tuple[List, jax.Array]:
        """Images of the coordinates and the sum of the log slopes."""
        spline = unit_spline.inverse if inverse else unit_spline.forward
        moved: List = []
        total = jnp.zeros_like(values[0])
        for j, (value, row) in enumerate(zip(values, rows, strict=True)):
            known = (moved if inverse else values)[:j]
            parameters = row[0]
            if known:
                own = gaps.divided(self.n, known)[j]
                scale = 2 * own / (own + gaps.sizes(self.n)[j] / self.n)
                parameters = scale * (row[0] + sum((2 * c - 1) * b for c, b in zip(known, row[1:], strict=True)))
            image, log_slope = apart(spline, value, parameters)
            moved.append(image)
            total = total + log_slope
        return moved, total


def _cell(angles: jax.Array) -> tuple[List, List, List]:
    """Gaps, the same kept apart from zero, and their coordinates."""
    n = len(angles)
    given = [*(angles[k + 1] - angles[k] for k in range(n - 1)), angles[0] + 2 * pi - angles[n - 1]]
    least = jnp.finfo(angles.dtype).eps ** (2 / 3)
    safe = [jnp.maximum(gap, least) for gap in given]
    total = sum(safe[1:], safe[0])
    safe = [2 * pi * gap / total for gap in safe]
    return given, safe, gaps.coordinates(safe)


def _images(given: List, safe: List, moved: List) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Ordered angles [n, ...] of sum zero, ratios of chords [n, n, ...], and the log of the change of volume but for the
    slopes of the splines."""
    n = len(given)
    safe_images = gaps.gaps_of(n, moved)
    # Gaps below rounding are stretched as those at rounding are.
    images = [gap * image / near for gap, image, near in zip(given, safe_images, safe, strict=True)]
    total = sum(images[1:], images[0])
    images = [2 * pi * gap / total for gap in images]
    angles = [-sum((n - 1 - k) * images[k] for k in range(n - 1)) / n]
    for gap in images[:-1]:
        angles.append(angles[-1] + gap)
    old, new = _chords(safe), _chords(safe_images)
    ratio = {pair: new[pair] / old[pair] for pair in old}
    one = jnp.ones_like(total)
    ratios = [[one if j == k else ratio[min(j, k), max(j, k)] for k in range(n)] for j in range(n)]
    log_volume = 2 * jnp.log(jnp.stack(list(ratio.values()))).sum(axis=0)
    values = gaps.coordinates(safe)
    for before, after in zip(gaps.divided(n, values)[1:], gaps.divided(n, moved)[1:], strict=True):
        log_volume = log_volume + jnp.log(after / before)
    return jnp.stack(angles), jnp.stack([jnp.stack(row) for row in ratios]), log_volume


def _chords(arcs: List) -> dict[tuple[int, int], jax.Array]:
    """sin((theta_k - theta_j) / 2), j < k, from the shorter side of the circle."""
    n = len(arcs)
    found = {}
    for j, k in combinations(range(n), 2):
        inside, outside = arcs[j:k], [*arcs[:j], *arcs[k:]]
        arc = jnp.minimum(sum(inside[1:], inside[0]), sum(outside[1:], outside[0]))
        found[j, k] = jnp.sin(0.5 * arc)
    return found
