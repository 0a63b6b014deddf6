"""Rounding of energy differences and log-weights in float32 against float64, by volume.

`python -m benchmarks.precision` prints, for phi^4 at growing extents, the root mean square error in float32 of
the energy difference of an HMC-like move (summed as differences of densities, as the samplers do, and as a difference of
two sums) and of the log-weight S + log q of flow samples. What matters is the error beside 1: an acceptance
probability min(1, exp(-delta)) with an error of 1e-3 is off by a tenth of a percent.
"""

import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import lqdsl

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "phi4.lqt"
COUPLINGS = {6: 6.975, 14: 5.113, 32: 4.572, 64: 4.398}
CHAINS = 64


def root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.asarray(values, np.float64) ** 2)))


def energy_errors(module, extent: int) -> tuple[float, float, float]:  # type: ignore[no-untyped-def]
    """Typical energy difference, its float32 error from densities, and from the difference of two sums."""
    rng = np.random.default_rng(extent)
    old = rng.normal(size=(extent, extent, CHAINS)) * 0.5
    new = old + rng.normal(size=old.shape) * (0.2 / extent)

    def differences(dtype: str) -> tuple[np.ndarray, np.ndarray]:
        parameters = jax.tree.map(lambda value: jnp.asarray(value, dtype), module.Parameters())
        start, end = (module.Fields(phi=jnp.asarray(values.astype(np.float32), dtype)) for values in (old, new))
        by_density = module.action_density(end, parameters) - module.action_density(start, parameters)
        by_sums = module.action(end, parameters) - module.action(start, parameters)
        return np.asarray(module.LATTICE.sum(by_density)), np.asarray(by_sums)

    exact = differences("float64")[0]
    by_density, by_sums = differences("float32")
    return root_mean_square(exact), root_mean_square(by_density - exact), root_mean_square(by_sums - exact)


def weight_error(module) -> float:  # type: ignore[no-untyped-def]
    """Error of S + log q of flow samples in float32; weights are perturbed so that the flow is not the identity."""
    weights = module.FLOW.init(jax.random.key(0), jnp.float32)
    leaves, tree = jax.tree.flatten(weights)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    leaves = [
        leaf + 0.02 * jax.random.normal(key, leaf.shape, leaf.dtype) for key, leaf in zip(keys, leaves, strict=True)
    ]
    weights = jax.tree.unflatten(tree, leaves)
    fields, _ = module.FLOW.sample(weights, jax.random.key(2), CHAINS)

    def log_weights(dtype: str) -> np.ndarray:
        cast = jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), (weights, fields))
        parameters = jax.tree.map(lambda value: jnp.asarray(value, dtype), module.Parameters())
        return np.asarray(module.action(cast[1], parameters) + module.FLOW.log_prob(*cast))

    error = log_weights("float32") - log_weights("float64")
    return root_mean_square(error - error.mean())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extents", type=int, nargs="+", default=list(COUPLINGS))
    arguments = parser.parse_args()
    print("   L   typical dH   error (densities)   error (sums)   error of log-weights")
    for extent in arguments.extents:
        module = lqdsl.load(EXAMPLE, dtype="float64", L=extent, lambda_=COUPLINGS.get(extent, 4.398))
        typical, by_density, by_sums = energy_errors(module, extent)
        print(f"{extent:4d}   {typical:10.3g}   {by_density:17.2e}   {by_sums:12.2e}   {weight_error(module):20.2e}")


if __name__ == "__main__":
    main()
