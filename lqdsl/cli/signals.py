"""Ctrl-C and SIGTERM ask for an orderly stop; a second one stops at once."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from lqdsl.cli.exits import INTERRUPTED
from lqdsl.cli.output import note

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 2.0
"""Seconds that an interrupted program has for its way out."""


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Inside, the signals are noted, and the function says whether one came. Handlers are put back at the end.

    A thread watches for them: the main one may be inside the compiler of a large program, and Python runs no handler there.
    """
    came = threading.Event()
    handled: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if handled:
            raise KeyboardInterrupt
        handled.append(number)

    def watch() -> None:
        while received := os.read(reading, 1):
            if received[0] not in SIGNALS:
                continue
            if came.is_set():
                time.sleep(GRACE)
                os._exit(INTERRUPTED)
            came.set()
            note("stopping as soon as everything is saved (again: at once)")

    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    woken = signal.set_wakeup_fd(writing)
    try:
        yield came.is_set
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writing)
        watcher.join()
        os.close(reading)
