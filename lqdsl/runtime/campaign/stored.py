"""What a run directory holds so far, whatever state the run is in: for looking at, never for going on."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lqdsl.runtime.campaign.campaign import Campaign
from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.campaign.keys import stage_key
from lqdsl.runtime.campaign.records import Arrays
from lqdsl.runtime.campaign.sampling import stage_name
from lqdsl.runtime.campaign.shards import Shards
from lqdsl.runtime.drawing import proposals
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage import Checkpoints, read_arrays

BYTES = 1 << 26
"""Configurations that are read, about."""
Complain = Callable[[str], None]


def stored_series(run: RunDirectory, name: str, warmup: int, complain: Complain) -> Arrays:
    """Series [draw, ..., chain] of a sampler up to the last draw that was saved, or up to the first damaged file."""
    arrays, end = _intact(lambda: run.series(name), complain)
    return _joined([arrays, *_pending(run, name, warmup, end, "series/", complain)])


def stored_configurations(run: RunDirectory, name: str, warmup: int, complain: Complain) -> Arrays:
    """Configurations [saved, component, x..., chain] and their numbers `draw`, about `BYTES` of them from the first."""
    arrays, end = _intact(lambda: run.configurations(name), complain, BYTES)
    return _joined([arrays, *_pending(run, name, warmup, end, "configurations/", complain)])


def flow_samples(campaign: Campaign, n: int) -> tuple[Any, np.ndarray] | None:
    """n samples of the flow as far as it is trained, and log w = -S - log q; the same for the same run directory.

    None if there is no flow or its training has saved nothing; raises RuntimeInputError if that cannot be read.
    """
    from lqdsl.runtime.campaign.training import STAGE, Training

    run, model = campaign.directory, campaign.model
    if model.flow is None or not Checkpoints(run.checkpoints(STAGE)).stored():
        return None
    weights = Training(run, model, campaign.progress, campaign.asked).latest()
    fields, log_weights = proposals(model, weights, model.parameters, stage_key(run.config.seed, "plot"), n)
    return fields, np.asarray(log_weights, np.float64)


def _intact(find: Callable[[], Shards], complain: Complain, limit: int | None = None) -> tuple[Arrays, int]:
    """(arrays, draws) of the files before the first damaged one, about `limit` bytes; draws is -1 if some are left."""
    parts: list[Arrays] = []
    size, end = 0, 0
    try:
        for entry, arrays in find().parts():
            if limit is not None and size >= limit:
                return _joined(parts), -1
            parts.append(arrays)
            size += sum(values.nbytes for values in arrays.values())
            end = int(entry["first"]) + int(entry["draws"])
    except RuntimeInputError as error:
        complain(f"{error}; what comes before is used")
        return _joined(parts), -1
    return _joined(parts), end


def _pending(run: RunDirectory, name: str, warmup: int, end: int, kind: str, complain: Complain) -> list[Arrays]:
    """Draws since the last file of an interrupted sampler; they follow draw `end` or are left out."""
    folder = run.checkpoints(stage_name(name))
    stored = Checkpoints(folder).stored()
    path = folder / f"pending-{stored[-1][0]:09d}.npz" if stored else folder / "none"
    if not path.exists():
        return []
    try:
        arrays = read_arrays(path)
    except RuntimeInputError as error:
        complain(str(error))
        return []
    draws = next((len(values) for label, values in arrays.items() if label.startswith("series/")), 0)
    if stored[-1][0] - warmup - draws != end:
        return []
    return [{label.removeprefix(kind): values for label, values in arrays.items() if label.startswith(kind)}]


def _joined(parts: list[Arrays]) -> Arrays:
    parts = [part for part in parts if part]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
