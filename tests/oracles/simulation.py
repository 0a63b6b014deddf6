"""SU(3) with plaquettes and 2x1 loops on a small torus by Metropolis updates with matrix products, apart from the package.

`python tests/oracles/simulation.py` prints the means that `IMPROVED_SU3` and `SU3_4D` hold, with errors over replicas.
"""

import sys
from itertools import permutations

import numpy as np

IMPROVED_SU3 = {"plaquette": (0.428448, 0.000154), "rectangle": (0.167938, 0.000165)}
"""Mean and error on 4 x 4 at beta = 4, c1 = -1/12."""
SU3_4D = {"plaquette": (0.59123, 0.00076)}
"""On 2^4 at beta = 5.7, c1 = 0."""
Steps = tuple[int, ...]


def random_su3(generator: np.random.Generator, size: int, width: float) -> np.ndarray:
    """[size, 3, 3] near one, with the same density as their inverses: unitary parts of 1 + i width H, det divided out."""
    raw = generator.normal(size=(size, 3, 3)) + 1j * generator.normal(size=(size, 3, 3))
    hermitian = raw + raw.conj().transpose(0, 2, 1)
    values, vectors = np.linalg.eigh(hermitian)
    phases = np.exp(1j * width * (values - values.mean(axis=1, keepdims=True)))
    return (vectors * phases[:, None]) @ vectors.conj().transpose(0, 2, 1)


def product(links: np.ndarray, site: tuple[int, ...], steps: Steps) -> np.ndarray:
    """Ordered product of links [mu, x..., replica, 3, 3] along signed steps."""
    extents, here = links.shape[1:-3], list(site)
    total = np.broadcast_to(np.eye(3), links.shape[-3:])
    for step in steps:
        axis = abs(step) - 1
        if step > 0:
            total = total @ links[axis, *here]
            here[axis] = (here[axis] + 1) % extents[axis]
        else:
            here[axis] = (here[axis] - 1) % extents[axis]
            total = total @ links[axis, *here].conj().transpose(0, 2, 1)
    return total


def loops_through(mu: int, ndim: int) -> list[tuple[Steps, bool]]:
    """The rest of each loop behind U_mu(x), and whether it is a 2x1 loop."""
    a = mu + 1
    found: list[tuple[Steps, bool]] = []
    for side in (sign * (nu + 1) for nu in range(ndim) if nu != mu for sign in (1, -1)):
        found += [((side, -a, -side), False), ((side, side, -a, -side, -side), True)]
        found += [((a, side, -a, -a, -side), True), ((side, -a, -a, -side, a), True)]
    return found


def sweep(links: np.ndarray, weights: tuple[float, float], width: float, generator: np.random.Generator) -> float:
    """Two hits on every link, in place; the acceptance rate."""
    extents, replicas, accepted = links.shape[1:-3], links.shape[-3], 0.0
    for mu in range(len(extents)):
        rests = [(steps, weights[wide]) for steps, wide in loops_through(mu, len(extents)) if weights[wide]]
        for x in np.ndindex(extents):
            start = tuple((c + (axis == mu)) % extents[axis] for axis, c in enumerate(x))
            staple = sum(weight * product(links, start, steps) for steps, weight in rests)
            for _ in range(2):
                old = links[mu, *x]
                new = random_su3(generator, replicas, width) @ old
                gain = np.einsum("rij,rji->r", new - old, staple).real / 3
                take = np.log(generator.uniform(size=replicas)) < gain
                links[mu, *x] = np.where(take[:, None, None], new, old)
                accepted += take.mean()
    return accepted / (2 * len(extents) * np.prod(extents))


def means(links: np.ndarray) -> np.ndarray:
    """Re tr / 3 of plaquettes and of 2x1 loops, [2, replica]."""
    extents = links.shape[1:-3]
    pairs = [(a + 1, b + 1) for a, b in permutations(range(len(extents)), 2)]
    paths = [[(a, b, -a, -b) for a, b in pairs if a < b], [(a, a, b, -a, -a, -b) for a, b in pairs]]
    found = [
        [np.trace(product(links, x, steps), axis1=1, axis2=2).real / 3 for x in np.ndindex(extents) for steps in own]
        for own in paths
    ]
    return np.stack([np.mean(own, axis=0) for own in found])


def run(extents: tuple[int, ...], beta: float, c1: float, replicas: int, sweeps: int, warmup: int) -> np.ndarray:
    """Mean and error over independent replicas of the two loops, [loop, 2]."""
    generator = np.random.default_rng(1)
    links = np.zeros((len(extents), *extents, replicas, 3, 3), complex) + np.eye(3)
    totals = np.zeros((2, replicas))
    for number in range(warmup + sweeps):
        sweep(links, (beta * (1 - 8 * c1), beta * c1), 0.25, generator)
        if number >= warmup:
            totals += means(links)
    values = totals / sweeps
    return np.stack([values.mean(axis=1), values.std(axis=1, ddof=1) / replicas**0.5], axis=1)


if __name__ == "__main__":
    sys.stdout.write(f"{run((4, 4), 4.0, -1 / 12, 512, 1200, 150)}\n")
    sys.stdout.write(f"{run((2, 2, 2, 2), 5.7, 0.0, 128, 600, 150)}\n")
