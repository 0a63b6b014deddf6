"""All kinds of pictures, in the order of the page."""

from collections.abc import Callable, Iterable, Iterator

from lqdsl.plot import (
    autocorrelation,
    configurations,
    correlators,
    densities,
    histograms,
    histories,
    paths,
    training,
    weights,
)
from lqdsl.plot.gather import Run
from lqdsl.plot.picture import Picture
from lqdsl.runtime.errors import RuntimeInputError

KINDS: dict[str, Callable[[Run], Iterator[Picture]]] = {
    "training": training.pictures,
    "weights": weights.pictures,
    "densities": densities.pictures,
    "histograms": histograms.pictures,
    "correlators": correlators.pictures,
    "histories": histories.pictures,
    "autocorrelation": autocorrelation.pictures,
    "paths": paths.pictures,
    "configurations": configurations.pictures,
}


def all_pictures(run: Run, only: Iterable[str] = ()) -> list[Picture]:
    """Pictures of the kinds or with the names in `only`, all of them without; raises RuntimeInputError for others."""
    wanted = list(dict.fromkeys(only))
    found = [picture for kind in KINDS if _may_hold(kind, wanted) for picture in KINDS[kind](run)]
    if not wanted:
        return found
    for name in wanted:
        if name not in KINDS and all(picture.name != name for picture in found):
            raise RuntimeInputError(f"there is no picture {name!r} of this run; kinds are {', '.join(KINDS)}")
    return [picture for picture in found if picture.kind in wanted or picture.name in wanted]


def _may_hold(kind: str, wanted: list[str]) -> bool:
    """Whether a kind can make one of the wanted pictures, whose names are KIND or KIND-THING."""
    return not wanted or any(name == kind or name.startswith(f"{kind}-") for name in wanted)
