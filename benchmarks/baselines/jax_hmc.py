"""Hybrid Monte Carlo for phi^4 in two dimensions in plain JAX, with the analytic force; chains [chain, x0, x1]."""

import jax
import jax.numpy as jnp


class Program:
    """`run(trajectories)` for all chains, leapfrog, a scan over trajectories."""

    def __init__(
        self, extent: int, chains: int, steps: int, trajectories: int, m2: float, lam: float, length: float = 1.0
    ) -> None:
        step = length / steps

        def action(phi: jax.Array) -> jax.Array:
            density = m2 * phi**2 + lam * phi**4
            for axis in (1, 2):
                density = density + (jnp.roll(phi, -1, axis) - phi) ** 2
            return density.sum((1, 2))

        def force(phi: jax.Array) -> jax.Array:
            around = sum(jnp.roll(phi, shift, axis) for axis in (1, 2) for shift in (1, -1))
            return 2 * around - phi * (8 + 2 * m2 + 4 * lam * phi**2)

        def trajectory(phi: jax.Array, key: jax.Array) -> tuple[jax.Array, jax.Array]:
            of_momentum, of_choice = jax.random.split(key)
            momentum = jax.random.normal(of_momentum, phi.shape)
            before = action(phi) + 0.5 * (momentum**2).sum((1, 2))

            def leap(_: int, state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
                new, momentum = state
                new = new + step * momentum
                return new, momentum + step * force(new)

            state = jax.lax.fori_loop(0, steps - 1, leap, (phi, momentum + 0.5 * step * force(phi)))
            new = state[0] + step * state[1]
            momentum = state[1] + 0.5 * step * force(new)
            change = action(new) + 0.5 * (momentum**2).sum((1, 2)) - before
            accepted = jax.random.uniform(of_choice, change.shape) < jnp.exp(-change)
            phi = jnp.where(accepted[:, None, None], new, phi)
            return phi, (phi**2).mean((1, 2))

        self._run = jax.jit(lambda phi, key: jax.lax.scan(trajectory, phi, jax.random.split(key, trajectories)))
        self.phi = jnp.zeros((chains, extent, extent))
        self.count = 0

    def run(self) -> None:
        self.count += 1
        self.phi, series = self._run(self.phi, jax.random.key(self.count))
        jax.block_until_ready(series)
