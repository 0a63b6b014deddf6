"""Centres and invariants for matrices at sites: h_a(x) = sum over j of w_aj U_j, frozen U_j, complex weights w.

Under U -> L U R^+ all h_a go over into L h_a R^+ and the centre V of h_0 into L V R^+, so that P = U V^+ moves by conjugation with
L, and Re tr(h_a V^+), Im tr(h_a V^+), |h_a|^2 stay: these the net sees. A unit matrix among the U_j leaves L = R.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.centre import nearest, norm2, times_i
from lqdsl.runtime.flow.combinations import combined, weights_shape
from lqdsl.runtime.groups import SU
from lqdsl.runtime.nets.geometry import Geometry

Weights = dict[str, jax.Array]


@dataclass(frozen=True)
class MatrixFrame:
    """`matrices` combinations h_a of the frozen matrices within a `kernel` of odd extent, with any weights for an MLP.

    `unit`: the unit matrix is combined with them, for theories that keep U -> G U G^+ only.
    """

    matrices: int = 8
    kernel: int = 5
    unit: bool = False

    def __post_init__(self) -> None:
        if self.matrices < 1 or self.kernel < 1 or self.kernel % 2 == 0:
            raise RuntimeInputError(f"a frame needs at least one matrix and an odd kernel, got {self}")

    def channels(self, group: Any) -> int:
        """Invariants of a site; traces of SU(2) are real."""
        return (2 if group == SU(2) else 3) * self.matrices

    def init(self, key: jax.Array, group: Any, net: Any, geometry: Geometry, dtype: Any) -> Weights:
        """Weights [matrix (twice for complex ones), ...]; h_0 starts as a mean, in which each layer prefers other matrices:
        maps about the same centre would remain functions of one spectrum."""
        shape, reach = weights_shape(self.kernel, net, geometry)
        rows = self.matrices * (1 if group == SU(2) else 2)
        weights = jax.random.normal(key, (rows, *shape), dtype) / reach**0.5
        mean = jnp.exp(jax.random.normal(jax.random.fold_in(key, 1), shape, dtype))
        weights = weights.at[0].set(mean / (reach * jnp.mean(mean, axis=-1, keepdims=True)))
        weights = weights.at[self.matrices : self.matrices + 1].set(0)
        return {"frozen": weights, "unit": jnp.zeros((rows,), dtype)} if self.unit else {"frozen": weights}

    def apply(
        self, weights: Weights, group: Any, frozen: jax.Array, net: Any, geometry: Geometry
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        """frozen [c, frozen site, b] to invariants [channel, active site, b], centre [c, active site, b] and how well it is
        known, [active site, b] in [0, 1)."""
        h = self.combined(weights, group, frozen, net, geometry)
        centre, known = nearest(group, h[:, 0], jnp.broadcast_to(frozen[:, :1], h[:, 0].shape))
        parts = [norm2(group, h, centre[:, None]), norm2(group, h, h)]
        if group != SU(2):
            parts.append(norm2(group, h, times_i(centre)[:, None]))
        return jnp.concatenate(parts), centre, known

    def combined(self, weights: Weights, group: Any, frozen: jax.Array, net: Any, geometry: Geometry) -> jax.Array:
        """h_a [c, a, active site, b]."""
        h = jnp.moveaxis(combined(self.kernel, weights["frozen"], frozen, net, geometry), 1, 0)
        if self.unit:
            one = group.form.to_field(group.form.identity((1, 1, 1), h.dtype))
            h = h + weights["unit"][:, None, None] * one
        if group == SU(2):
            return h
        return h[:, : self.matrices] + times_i(h[:, self.matrices :])
