"""Spectral layers of matrices at sites: P = U V^+ with a centre V made of what is frozen, P' = kernel(P), U' = P' V.

With a frame the layer commutes with U -> L U R^+; without one h = sum over j of w_j U_j + M, whose nearest group element
V is, has a part M from the net, which then sees real and imaginary parts of matrices.
"""

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.flow.centre import nearest
from lqdsl.runtime.flow.coupling import Context, Layer, Parameters, Weights
from lqdsl.runtime.flow.matrix_frame import MatrixFrame
from lqdsl.runtime.flow.spaces import Elements
from lqdsl.runtime.kernels.border import apart
from lqdsl.runtime.nets import Geometry, constant

MEAN = MatrixFrame(matrices=1, kernel=3)
"""The combination of frozen matrices to which a layer without a frame adds what its net says."""


@dataclass(frozen=True)
class MatrixLayer(Layer):
    """The static part of one layer; its parameters are those of the kernel and the centre [c, active site, b]."""

    def init(self, key: jax.Array, dtype: Any) -> Weights:
        first, second, third = jax.random.split(key, 3)
        frame, group, net = self.frame or MEAN, self.group, self.coupling.net
        inner, even, odd = self._inner, self._sizes[0] + self._shift, self._sizes[1]
        if inner.groups:
            weights: Weights = {"net": net.init(second, inner, even, odd, dtype)}
        else:
            weights = {"net": constant.init(even, odd, inner.active_capacity, False, dtype)}
        if self._sees_own:
            weights["frame"] = frame.init(first, group, net, self.geometry, dtype)
        if self.coupling.views:
            weights["views"] = self.sight.init_views(third, dtype)
        return weights

    @property
    def frame(self) -> MatrixFrame | None:
        return self.coupling.frame

    @property
    def group(self) -> Any:
        assert isinstance(self.space, Elements)
        return self.space.group

    @property
    def _sees_own(self) -> bool:
        return len(self.geometry.groups) > len(self.others)

    @property
    def _shift(self) -> int:
        """Components of M."""
        return 0 if self.frame else self.space.components

    @property
    def _inner(self) -> Geometry:
        """What the net sees: invariants at the active sites instead of frozen matrices where there is a frame."""
        geometry, frame = self.sight.inner, self.frame
        if not (frame and self._sees_own):
            return geometry
        return replace(
            geometry,
            groups=(geometry.active, *geometry.groups[1:]),
            channels=(frame.channels(self.group), *geometry.channels[1:]),
            group_capacities=(geometry.active_capacity, *geometry.group_capacities[1:]),
        )

    def kernel_parameters(self, weights: Weights, context: Context) -> Parameters:
        """Even and odd parameters of the kernel, [parameter, active site, b], and the centre [c, active site, b]."""
        features = self._features(context)
        seen = self._seen(weights, features)
        if self.frame:
            return self._by_invariants(weights, seen, self.frame)
        even, odd = self._net(weights, seen)
        shift, even = even[: self._shift], even[self._shift :]
        one = self._one(even)
        mean = one
        if self._sees_own:
            mean = MEAN.combined(weights["frame"], self.group, features[0], self.coupling.net, self.geometry)[:, 0]
        centre, known = nearest(self.group, mean + shift, jnp.broadcast_to(one, shift.shape))
        return known * even, known * odd, centre

    def _by_invariants(self, weights: Weights, seen: Context, frame: MatrixFrame) -> Parameters:
        """Parameters from invariants. A layer that sees no matrices has the unit for centre."""
        if not self._sees_own:
            even, odd = self._net(weights, seen)
            return even, odd, self._one(even)
        invariants, centre, known = frame.apply(weights["frame"], self.group, seen[0], self.coupling.net, self.geometry)
        even, odd = self._net(weights, (invariants, *seen[1:]))
        return known * even, known * odd, centre

    def _net(self, weights: Weights, seen: Context) -> tuple[jax.Array, jax.Array]:
        inner = self._inner
        if inner.groups:
            return self.coupling.net.apply(weights["net"], seen, inner)
        return constant.apply(weights["net"], self._sizes[1], len(inner.active))

    def _one(self, like: jax.Array) -> jax.Array:
        """The unit matrix [c, 1, 1]."""
        form = self.group.form
        return form.to_field(form.identity((1, 1), like.dtype))

    def _move(self, values: jax.Array, parameters: Parameters, inverse: bool) -> tuple[jax.Array, jax.Array]:
        """The kernel on P = U V^+; U' is put back on the group, because a defect would grow from layer to layer."""
        form = self.group.form
        even, odd, centre = (jnp.broadcast_to(p, (len(p), *values.shape[1:])) for p in parameters)
        v = form.from_field(centre)
        matrix = apart(lambda u, v: form.multiply(u, form.adjoint(v)), form.from_field(values), v)
        image, log_slope = (self.kernel.inverse if inverse else self.kernel.forward)(matrix, even, odd)
        return form.to_field(apart(lambda p, v: form.polished(form.multiply(p, v)), image, v)), log_slope
