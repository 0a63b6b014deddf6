"""Leapfrog HMC for gauge theories in plain JAX: SU(3) with batched 3 x 3 `matmul` and staples, U(1) with angles.

Links are [chain, mu, x0, ..., (3, 3)]; forces by formula, steps in a `fori_loop`, trajectories in a `scan`.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

GELL_MANN = np.zeros((8, 3, 3), complex)
for number, (j, k) in zip((0, 3, 5), ((0, 1), (0, 2), (1, 2)), strict=True):
    GELL_MANN[number, j, k] = GELL_MANN[number, k, j] = 1
    GELL_MANN[number + 1, j, k], GELL_MANN[number + 1, k, j] = -1j, 1j
GELL_MANN[2], GELL_MANN[7] = np.diag([1, -1, 0]), np.diag([1, 1, -2]) / np.sqrt(3)


def scan_trajectories(action: Callable, kinetic: Callable, draw: Callable, kick: Callable, drift: Callable, steps: int):
    """A jitted function of links and keys [trajectory]: Metropolis-corrected leapfrog trajectories of all chains."""

    def trajectory(links: Any, key: Any) -> Any:
        of_momentum, of_choice = jax.random.split(key)
        momenta = draw(of_momentum)
        before = action(links) + kinetic(momenta)

        def leap(_: Any, state: Any) -> Any:
            new, momenta = state
            new = drift(new, momenta)
            return new, kick(new, momenta, 1.0)

        new, moved = jax.lax.fori_loop(0, steps - 1, leap, (links, kick(links, momenta, 0.5)))
        new = drift(new, moved)
        moved = kick(new, moved, 0.5)
        change = action(new) + kinetic(moved) - before
        accepted = jax.random.uniform(of_choice, change.shape) < jnp.exp(-change)
        links = jnp.where(accepted.reshape(-1, *(1,) * (links.ndim - 1)), new, links)
        return links, (action(links), accepted.mean())

    return jax.jit(lambda links, keys: jax.lax.scan(trajectory, links, keys))


class SU3:
    """`run()` makes `trajectories` trajectories on extent^4 from a cold start."""

    def __init__(self, extent: int, chains: int, steps: int, trajectories: int, beta: float, length: float) -> None:
        step, shape = length / steps, (chains, 4, *(extent,) * 4)

        def dagger(a: Any) -> Any:
            return jnp.conj(jnp.swapaxes(a, -1, -2))

        def ahead(a: Any, axis: int, by: int = 1) -> Any:
            return jnp.roll(a, -by, axis + 1)

        def action(links: Any) -> Any:
            total = 0.0
            for mu in range(4):
                for nu in range(mu + 1, 4):
                    first = links[:, mu] @ ahead(links[:, nu], mu)
                    second = links[:, nu] @ ahead(links[:, mu], nu)
                    total = total + jnp.sum((first * jnp.conj(second)).real, axis=(1, 2, 3, 4, 5, 6))
            return -beta / 3 * total

        def force(links: Any) -> Any:
            parts = []
            for mu in range(4):
                staple = 0.0
                for nu in set(range(4)) - {mu}:
                    over, beside = ahead(links[:, mu], nu), ahead(links[:, nu], mu)
                    staple = staple + beside @ dagger(links[:, nu] @ over)
                    staple = staple + ahead(dagger(links[:, mu] @ beside) @ links[:, nu], nu, -1)
                product = links[:, mu] @ staple
                half = 0.5 * (product - dagger(product))
                trace = jnp.trace(half, axis1=-2, axis2=-1)[..., None, None]
                parts.append(half - trace * jnp.eye(3, dtype=links.dtype) / 3)
            return -beta / 6 * jnp.stack(parts, 1)

        def exponential(a: Any) -> Any:
            one = jnp.eye(3, dtype=a.dtype)
            result = one + a / 8
            for k in range(7, 0, -1):
                result = one + (a @ result) / k
            return result

        def draw(key: Any) -> Any:
            numbers = jax.random.normal(key, (*shape, 8)).astype(jnp.complex64)
            return 0.5j * jnp.einsum("...a,aij->...ij", numbers, jnp.asarray(GELL_MANN, jnp.complex64))

        def kinetic(momenta: Any) -> Any:
            return jnp.sum(momenta.real**2 + momenta.imag**2, axis=tuple(range(1, momenta.ndim)))

        self._run = scan_trajectories(
            action,
            kinetic,
            draw,
            lambda links, momenta, part: momenta + part * step * force(links),
            lambda links, momenta: exponential(step * momenta) @ links,
            steps,
        )
        self.links = jnp.broadcast_to(jnp.eye(3, dtype=jnp.complex64), (*shape, 3, 3))
        self.trajectories, self.count = trajectories, 0

    def run(self) -> None:
        self.count += 1
        keys = jax.random.split(jax.random.key(self.count), self.trajectories)
        self.links, series = self._run(self.links, keys)
        jax.block_until_ready(series)


class U1:
    """The same for U(1) on extent^2, angles [chain, mu, x0, x1]."""

    def __init__(self, extent: int, chains: int, steps: int, trajectories: int, beta: float, length: float) -> None:
        step = length / steps

        def plaquette(angles: Any) -> Any:
            first, second = angles[:, 0], angles[:, 1]
            return first + jnp.roll(second, -1, 1) - jnp.roll(first, -1, 2) - second

        def force(angles: Any) -> Any:
            sine = jnp.sin(plaquette(angles))
            return -beta * jnp.stack((sine - jnp.roll(sine, 1, 2), jnp.roll(sine, 1, 1) - sine), 1)

        self._run = scan_trajectories(
            lambda angles: -beta * jnp.sum(jnp.cos(plaquette(angles)), (1, 2)),
            lambda momenta: 0.5 * jnp.sum(momenta**2, (1, 2, 3)),
            lambda key: jax.random.normal(key, (chains, 2, extent, extent)),
            lambda angles, momenta, part: momenta + part * step * force(angles),
            lambda angles, momenta: angles + step * momenta,
            steps,
        )
        self.links = jnp.zeros((chains, 2, extent, extent))
        self.trajectories, self.count = trajectories, 0

    run = SU3.run
