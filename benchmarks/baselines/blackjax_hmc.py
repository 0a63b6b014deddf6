"""Hybrid Monte Carlo for phi^4 in two dimensions with blackjax, vmapped over chains."""

from typing import Any

import blackjax
import jax
import jax.numpy as jnp


class Program:
    """`run(trajectories)` for all chains, leapfrog, a scan over trajectories."""

    def __init__(
        self, extent: int, chains: int, steps: int, trajectories: int, m2: float, lam: float, length: float = 1.0
    ) -> None:
        def log_density(phi: jax.Array) -> jax.Array:
            density = m2 * phi**2 + lam * phi**4
            for axis in (0, 1):
                density = density + (jnp.roll(phi, -1, axis) - phi) ** 2
            return -density.sum()

        sampler = blackjax.hmc(
            log_density,
            step_size=length / steps,
            inverse_mass_matrix=jnp.ones(extent**2),
            num_integration_steps=steps,
        )

        def trajectory(state: Any, key: jax.Array) -> tuple[Any, jax.Array]:
            state, _ = jax.vmap(sampler.step)(jax.random.split(key, chains), state)
            return state, (state.position**2).mean((1, 2))

        self._run = jax.jit(lambda state, key: jax.lax.scan(trajectory, state, jax.random.split(key, trajectories)))
        self.state = jax.vmap(sampler.init)(jnp.zeros((chains, extent, extent)))
        self.count = 0

    def run(self) -> None:
        self.count += 1
        self.state, series = self._run(self.state, jax.random.key(self.count))
        jax.block_until_ready(series)
