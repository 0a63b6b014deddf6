"""What the net of a layer sees: values of other sites as they are, and spins that rotate together by invariants only."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.flow.frame import Frame
from lqdsl.runtime.nets.geometry import Geometry

Groups = tuple[jax.Array, ...]
"""Features [channel, site of the group, b] of each group."""
Weights = tuple[jax.Array, ...]
"""Those of the combinations of one frame, an array for each group that it combines."""


@dataclass(frozen=True, eq=False)
class Sight:
    """Groups of values by the `names` of their fields: `frame` makes an axis of spins that rotate with the active ones, each
    of the `views` invariants of other spins; what none of them combines is seen as it is."""

    names: tuple[str, ...]
    geometry: Geometry
    net: Any
    frame: Frame | None
    field: str
    views: tuple[Frame, ...]

    @cached_property
    def inner(self) -> Geometry:
        """What is seen as it is, then all invariants, which are made at the active sites."""
        geometry, plain = self.geometry, self._plain
        channels = [frame.channels for frame in (self.frame, *self.views) if frame]
        if not channels:
            return geometry
        return replace(
            geometry,
            groups=(*(geometry.groups[n] for n in plain), geometry.active),
            channels=(*(geometry.channels[n] for n in plain), sum(channels)),
            group_capacities=(*(geometry.group_capacities[n] for n in plain), geometry.active_capacity),
        )

    @cached_property
    def _plain(self) -> tuple[int, ...]:
        """Numbers of the groups that nothing combines."""
        hidden = {name for view in self.views for name in view.fields}
        hidden |= {self.field, *self.frame.fields} if self.frame else set()
        return tuple(n for n, name in enumerate(self.names) if name not in hidden)

    def init_frame(self, key: jax.Array, dtype: Any) -> Weights:
        """Weights of the frame."""
        assert self.frame is not None
        return self.frame.init(key, self.net, self._geometries(self._turning), dtype)

    def init_views(self, key: jax.Array, dtype: Any) -> tuple[Weights, ...]:
        """Weights of the views."""
        keys = jax.random.split(key, len(self.views))
        pairs = zip(keys, self.views, strict=True)
        return tuple(view.init(own, self.net, self._geometries(view.fields), dtype) for own, view in pairs)

    def framed(self, weights: Weights, groups: Groups) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        """What `Frame.apply` makes of the groups that rotate with the active spins."""
        assert self.frame is not None
        spins = self._of(self._turning, groups)
        return self.frame.apply(weights, spins, self.net, self._geometries(self._turning))

    def seen(self, weights: tuple[Weights, ...], groups: Groups, invariants: tuple[jax.Array, ...] = ()) -> Groups:
        """The groups of `inner`, `invariants` of the frame among them."""
        for own, view in zip(weights, self.views, strict=True):
            fields = view.fields
            invariants += (view.invariants(own, self._of(fields, groups), self.net, self._geometries(fields)),)
        plain = tuple(groups[n] for n in self._plain)
        return (*plain, jnp.concatenate(invariants)) if invariants else plain

    @property
    def _turning(self) -> tuple[str, ...]:
        return (self.field, *self.frame.fields) if self.frame else ()

    def _of(self, fields: tuple[str, ...], groups: Groups) -> Groups:
        return tuple(values for name, values in zip(self.names, groups, strict=True) if name in fields)

    def _geometries(self, fields: tuple[str, ...]) -> tuple[Geometry, ...]:
        """One for each group of these fields, with that group alone."""
        found = (n for n, name in enumerate(self.names) if name in fields)
        return tuple(_only(self.geometry, n) for n in found)


def _only(geometry: Geometry, number: int) -> Geometry:
    return replace(
        geometry,
        groups=geometry.groups[number : number + 1],
        channels=geometry.channels[number : number + 1],
        group_capacities=geometry.group_capacities[number : number + 1],
    )
