"""Ctrl-C and SIGTERM ask for an orderly stop; a second one stops at once."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from lqdsl.cli.output import note


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Inside, the signals are noted, and the function says whether one came. Handlers are put back at the end."""
    came: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)
        note("stopping as soon as everything is saved (again: at once)")

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
