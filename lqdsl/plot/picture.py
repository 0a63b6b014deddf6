"""One picture: its name, what it shows, and how it is drawn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """`name` is that of its file without ending; `kind` that of all pictures of its sort; `draw` makes the figure."""

    name: str
    kind: str
    caption: str
    draw: Callable[[], Figure]


def pages(kind: str, things: list[str], size: int = 12) -> Iterator[tuple[str, list[str]]]:
    """(name, things) of each page: KIND, KIND-2, ..."""
    for number, first in enumerate(range(0, len(things), size), start=1):
        yield kind if number == 1 else f"{kind}-{number}", things[first : first + size]
