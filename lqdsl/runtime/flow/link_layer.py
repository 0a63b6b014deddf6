"""One gauge-equivariant coupling layer: P' = kernel(P | net(frozen loops)), U' = P' P^+ U, arXiv:2003.06413 eq. 9.

States are links [c, row, b] with rows mu V + x. Everything is evaluated at active links and frozen loops only.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.link_algebra import loop_kernel
from lqdsl.runtime.flow.loops import LinkUpdate, LoopCoupling, check_update, frozen_sites, link_rows
from lqdsl.runtime.flow.moves import Move, carried
from lqdsl.runtime.flow.rows import gather_rows
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.nets import Geometry

Weights = Any
Result = tuple[jax.Array, jax.Array]


@dataclass(frozen=True)
class LinkLayer:
    """The static part of one layer: the update and its phase, and how the links move after it."""

    coupling: LoopCoupling
    lattice: Lattice
    algebra: Any
    update: LinkUpdate
    phase: int
    move: Move | None

    @property
    def geometry(self) -> Geometry:
        return _geometry(self)

    @property
    def kernel(self) -> Any:
        return loop_kernel(self.coupling.kernel, self.algebra)

    def init(self, key: jax.Array, dtype: Any) -> Weights:
        return self.coupling.net.init(key, self.geometry, self.kernel.even, self.kernel.odd, dtype)

    def forward(self, weights: Weights, links: jax.Array) -> Result:
        """links [c, row, b] to their images and log det [b]."""
        loop, context = self._loops(links)
        image, log_slope = self.kernel.forward(loop, *self._parameters(weights, context))
        return self._replace(links, self.algebra.moved(self.active(links), loop, image)), jnp.sum(log_slope, axis=0)

    def inverse(self, weights: Weights, links: jax.Array) -> Result:
        """Inverse of `forward`, with the log det of the inverse."""
        links = self._moved_back(links)
        loop, context = self._loops(links)
        image, log_slope = self.kernel.inverse(loop, *self._parameters(weights, context))
        moved = self.algebra.moved(self.active(links), loop, image)
        return self._exchange(links, moved), jnp.sum(log_slope, axis=0)

    def active(self, links: jax.Array) -> jax.Array:
        """The active links [c, n, b] of a state before the layer."""
        return gather_rows(links, _tables(self).active)

    def before(self, links: jax.Array, active: jax.Array) -> jax.Array:
        """The state before the layer, from the one after it and the active links before it."""
        return self._exchange(self._moved_back(links), active)

    def move_score(self, weights: Weights, links: jax.Array, after: jax.Array, score: jax.Array) -> jax.Array:
        """d log q / d links behind the layer, from that before it and the links before and `after` it (cf. arXiv:2207.08219)."""
        if not self.algebra.is_angle:
            (_, log_det), pull = jax.vjp(lambda after: self.inverse(weights, after), after)
            return pull((score, jnp.ones_like(log_det)))[0]
        (loop, context), loop_vjp = jax.vjp(self._loops, links)
        parameters, net_vjp = jax.vjp(lambda context: self._parameters(weights, context), context)
        (image, log_slope), kernel_vjp = jax.vjp(lambda p, own: self.kernel.forward(p, *own), loop, parameters)
        ones = jnp.ones_like(image)
        pull, _ = kernel_vjp((jnp.zeros_like(image), ones))
        moved = (self.active(score)[0] - pull) * jnp.exp(-log_slope)
        of_loop, of_parameters = kernel_vjp((moved, ones))
        (change,) = loop_vjp((of_loop - moved, net_vjp(of_parameters)[0]))
        return carried(score - change, self.move, self.lattice, self.algebra)

    def _loops(self, links: jax.Array) -> tuple[Any, tuple[jax.Array, ...]]:
        """The loops that move the active links, and the features [channel, n, b] of each kind of frozen loops."""
        tables = _tables(self)
        loops = [
            self.algebra.loop(gather_rows(links, rows), np.sign(steps))
            for rows, steps in zip(tables.paths, (self.update.path, *self.coupling.context), strict=True)
        ]
        return loops[0], tuple(self.algebra.features(loop) for loop in loops[1:])

    def _parameters(self, weights: Weights, context: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
        """Even and odd parameters of the kernel, [parameter, n, b]."""
        return self.coupling.net.apply(weights, context, self.geometry)

    def _replace(self, links: jax.Array, active: jax.Array) -> jax.Array:
        """The state after the layer, from the one before it and the active links after it."""
        links = gather_rows(jnp.concatenate([links, active], axis=1), _tables(self).replace)
        return links if self.move is None else self.move.turned(links, self.lattice, self.algebra)

    def _exchange(self, links: jax.Array, active: jax.Array) -> jax.Array:
        return gather_rows(jnp.concatenate([links, active], axis=1), _tables(self).exchange)

    def _moved_back(self, links: jax.Array) -> jax.Array:
        return links if self.move is None else carried(links, self.move.inverse, self.lattice, self.algebra)


@dataclass(frozen=True, eq=False)
class _Tables:
    """Rows of the active links [n]; rows [step, n] of the updating and the context loops; where each row of the state
    comes from, links and active ones one after the other, without and with the move."""

    active: np.ndarray
    paths: tuple[np.ndarray, ...]
    exchange: np.ndarray
    replace: np.ndarray


@lru_cache(maxsize=1024)
def _tables(layer: LinkLayer) -> _Tables:
    lattice, update = layer.lattice, layer.update
    check_update(lattice, update, layer.phase)
    sites = update.active(lattice, layer.phase)
    active = update.direction * lattice.volume + sites
    contexts = [(steps, frozen_sites(lattice, update, layer.phase, steps)) for steps in layer.coupling.context]
    paths = [link_rows(lattice, steps, own) for steps, own in ((update.path, sites), *contexts)]
    exchange = np.arange(lattice.ndim * lattice.volume)
    exchange[active] = len(exchange) + np.arange(len(active))
    replace = exchange if layer.move is None else exchange[layer.move.rows(lattice)]
    return _Tables(active, tuple(paths), exchange, replace)


@lru_cache(maxsize=1024)
def _geometry(layer: LinkLayer) -> Geometry:
    """Capacities are the largest over all updates and phases, which share one stack of weights."""
    lattice, coupling = layer.lattice, layer.coupling
    check_update(lattice, layer.update, layer.phase)
    repetitions = -(-coupling.layers // len(coupling.updates)) if coupling.move(lattice) is None else 1
    every = [(u, phase) for u in coupling.updates for phase in range(min(u.phases, repetitions))]
    groups = tuple(frozen_sites(lattice, layer.update, layer.phase, steps) for steps in coupling.context)
    for steps, group in zip(coupling.context, groups, strict=True):
        if not len(group):
            raise RuntimeInputError(f"{layer.update} on {lattice.extents} leaves no context loop {steps} frozen")
    capacities = tuple(max(len(frozen_sites(lattice, *one, steps)) for one in every) for steps in coupling.context)
    return Geometry(
        lattice,
        groups,
        (layer.algebra.channels,) * len(groups),
        layer.update.active(lattice, layer.phase),
        capacities,
        max(len(update.active(lattice, phase)) for update, phase in every),
    )
