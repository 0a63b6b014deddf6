"""Weights of another run to start from, also of a coarse-to-fine flow with other scales."""

import re
from pathlib import Path
from typing import Any

from lqdsl.runtime.flow import LoopCoupling
from lqdsl.runtime.storage import load_tree, tree_paths

_COUPLING = re.compile(r"\['couplings'\]\[(\d+)\]")


def initial_weights(path: Path, flow: Any, fresh: Any) -> Any:
    """The weights in a file for a flow whose own are `fresh`.

    Where links are moved scale by scale both flows end with the same fine scales: coarser ones that the file lacks stay
    fresh, those that the flow lacks are left out. Raises RuntimeInputError for weights that do not fit.
    """
    numbers = [int(found[1]) for name in tree_paths(path) if (found := _COUPLING.match(name))]
    more = len(flow.couplings) - max(numbers, default=-1) - 1
    wanted = wanted_weights(flow, fresh, len(flow.couplings) - more)
    loaded = load_tree(path, wanted)
    if len(wanted["couplings"]) == len(flow.couplings):
        return loaded
    return {**loaded, "couplings": (*fresh["couplings"][: max(more, 0)], *loaded["couplings"][max(-more, 0) :])}


def wanted_weights(flow: Any, fresh: Any, count: int) -> Any:
    """Weights like those that a flow can start from, where another one has `count` couplings; its own are `fresh`."""
    more, couplings = len(flow.couplings) - count, fresh["couplings"]
    if not more or not all(isinstance(c, LoopCoupling) and c.translation is None for c in flow.couplings):
        return fresh
    return {**fresh, "couplings": couplings[more:] if more > 0 else (couplings[0],) * -more + couplings}
