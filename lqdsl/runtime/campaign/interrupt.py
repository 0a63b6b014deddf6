"""How a run is asked to stop."""

from collections.abc import Callable

Asked = Callable[[], bool]
"""Whether the run should save and stop now; looked at between blocks of work."""


class Interrupted(Exception):
    """The run was asked to stop, and did so after saving."""


def never() -> bool:
    """Nobody asks."""
    return False
