"""SU(3) with plaquettes and 2x1 loops on a small torus by Metropolis updates with matrix products, apart from the package.

`python tests/oracles/simulation.py` prints the two means that `IMPROVED_SU3` holds, with errors over replicas.
"""

import sys

import numpy as np

IMPROVED_SU3 = {"plaquette": (0.428448, 0.000154), "rectangle": (0.167938, 0.000165)}
"""Mean and error at L = 4, beta = 4, c1 = -1/12."""
Steps = tuple[int, ...]


def random_su3(generator: np.random.Generator, size: int, width: float) -> np.ndarray:
    """[size, 3, 3] near one, with the same density as their inverses: unitary parts of 1 + i width H, det divided out."""
    raw = generator.normal(size=(size, 3, 3)) + 1j * generator.normal(size=(size, 3, 3))
    hermitian = raw + raw.conj().transpose(0, 2, 1)
    values, vectors = np.linalg.eigh(hermitian)
    phases = np.exp(1j * width * (values - values.mean(axis=1, keepdims=True)))
    return (vectors * phases[:, None]) @ vectors.conj().transpose(0, 2, 1)


def product(links: np.ndarray, site: tuple[int, int], steps: Steps) -> np.ndarray:
    """Ordered product of links [mu, x, y, replica, 3, 3] along signed steps."""
    extents, here = links.shape[1:3], list(site)
    total = np.broadcast_to(np.eye(3), links.shape[3:])
    for step in steps:
        axis = abs(step) - 1
        if step > 0:
            total = total @ links[axis, here[0], here[1]]
            here[axis] = (here[axis] + 1) % extents[axis]
        else:
            here[axis] = (here[axis] - 1) % extents[axis]
            total = total @ links[axis, here[0], here[1]].conj().transpose(0, 2, 1)
    return total


def loops_through(mu: int) -> list[tuple[Steps, bool]]:
    """The rest of each loop behind U_mu(x), and whether it is a 2x1 loop."""
    a, b = mu + 1, 2 - mu
    found: list[tuple[Steps, bool]] = []
    for side in (b, -b):
        found += [((side, -a, -side), False), ((side, side, -a, -side, -side), True)]
        found += [((a, side, -a, -a, -side), True), ((side, -a, -a, -side, a), True)]
    return found


def sweep(links: np.ndarray, weights: tuple[float, float], width: float, generator: np.random.Generator) -> float:
    """Two hits on every link, in place; the acceptance rate."""
    replicas, accepted = links.shape[3], 0.0
    for mu in range(2):
        rests = loops_through(mu)
        for x in np.ndindex(links.shape[1:3]):
            start = tuple((c + (axis == mu)) % links.shape[1 + axis] for axis, c in enumerate(x))
            staple = sum(weights[wide] * product(links, start, steps) for steps, wide in rests)
            for _ in range(2):
                old = links[mu, x[0], x[1]]
                new = random_su3(generator, replicas, width) @ old
                gain = np.einsum("rij,rji->r", new - old, staple).real / 3
                take = np.log(generator.uniform(size=replicas)) < gain
                links[mu, x[0], x[1]] = np.where(take[:, None, None], new, old)
                accepted += take.mean()
    return accepted / (4 * np.prod(links.shape[1:3]))


def means(links: np.ndarray) -> np.ndarray:
    """Re tr / 3 of plaquettes and of 2x1 loops, [2, replica]."""
    plaquette = np.zeros(links.shape[3])
    rectangle = np.zeros(links.shape[3])
    for x in np.ndindex(links.shape[1:3]):
        plaquette += np.trace(product(links, x, (1, 2, -1, -2)), axis1=1, axis2=2).real / 3
        for steps in ((1, 1, 2, -1, -1, -2), (2, 2, 1, -2, -2, -1)):
            rectangle += np.trace(product(links, x, steps), axis1=1, axis2=2).real / 6
    return np.stack([plaquette, rectangle]) / np.prod(links.shape[1:3])


def run(replicas: int, sweeps: int, warmup: int, beta: float = 4.0, c1: float = -1 / 12) -> np.ndarray:
    """Mean and error over independent replicas of the two loops, [loop, 2]."""
    generator = np.random.default_rng(1)
    links = np.zeros((2, 4, 4, replicas, 3, 3), complex) + np.eye(3)
    totals = np.zeros((2, replicas))
    for number in range(warmup + sweeps):
        sweep(links, (beta * (1 - 8 * c1), beta * c1), 0.25, generator)
        if number >= warmup:
            totals += means(links)
    values = totals / sweeps
    return np.stack([values.mean(axis=1), values.std(axis=1, ddof=1) / replicas**0.5], axis=1)


if __name__ == "__main__":
    sys.stdout.write(f"{run(512, 1200, 150)}\n")
