"""Where a net reads and where it writes: static lists of sites."""

from dataclasses import dataclass

import numpy as np

from lqdsl.runtime.lattice import Lattice


@dataclass(frozen=True, eq=False)
class Geometry:
    """Inputs come in groups [channel, site of the group, batch]; results are wanted at the sites `active`.

    Sites are flat row-major numbers. The capacities are the largest sizes among all layers that share one stack of
    weights, so that nets on flattened sites have weights of one shape.
    """

    lattice: Lattice
    groups: tuple[np.ndarray, ...]
    channels: tuple[int, ...]
    active: np.ndarray
    group_capacities: tuple[int, ...]
    active_capacity: int
