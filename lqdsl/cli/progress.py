"""Progress on standard error: bars on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lqdsl.cli.output import note
from lqdsl.runtime.campaign import Event, Progress, SamplingProgress, TrainingProgress

LINE_SECONDS = 10.0


@contextmanager
def shown() -> Iterator[Progress]:
    """A function to call with every event."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[facts]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Bars(*columns, console=Console(stderr=True), transient=False) as bars:
        yield Display(bars)


class Lines:
    """At most a line in `LINE_SECONDS` for each stage, and always its last."""

    def __init__(self) -> None:
        self.stage = ""
        self.last = 0.0

    def __call__(self, event: Event) -> None:
        stage, over = _stage(event)
        now = time.monotonic()
        if over or stage != self.stage or now - self.last >= LINE_SECONDS:
            self.stage, self.last = stage, now
            note(str(event))


class Display:
    """A bar for each stage."""

    def __init__(self, bars: Any) -> None:
        self.bars = bars
        self.tasks: dict[str, Any] = {}

    def __call__(self, event: Event) -> None:
        if not isinstance(event, TrainingProgress | SamplingProgress):
            self.bars.console.print(str(event), highlight=False, markup=False)
            return
        stage, over = _stage(event)
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(stage, total=1.0, facts="", left="")
        done = 1.0 if over else progress_made(event)
        left = "" if over or done <= 0 else f"left {_clock(event.seconds * (1 - done) / done)}"
        self.bars.update(self.tasks[stage], completed=done, facts=_facts(event), left=left)


def progress_made(event: TrainingProgress | SamplingProgress) -> float:
    """The part of the work, or of the time allowed for it, that is over."""
    if isinstance(event, SamplingProgress):
        return event.done / max(event.total, 1)
    used = event.seconds / event.limit if event.limit else 0.0
    return min(max(event.step / event.steps, used), 1.0)


def _stage(event: Event) -> tuple[str, bool]:
    """(name of the stage, whether it is over)."""
    if isinstance(event, TrainingProgress):
        return "train", event.stop is not None
    if isinstance(event, SamplingProgress):
        return event.sampler + " warm-up" * event.warmup, event.done >= event.total
    return str(event), True


def _facts(event: TrainingProgress | SamplingProgress) -> str:
    if isinstance(event, SamplingProgress):
        return "" if event.acceptance is None else f"acceptance {event.acceptance:.3f}"
    facts = [f"loss {event.loss:.3f}"]
    facts += [f"ESS {event.ess:.3f}"] if event.ess is not None else []
    facts += [f"acceptance {event.acceptance:.3f}"] if event.acceptance is not None else []
    facts += [event.stop] if event.stop else []
    return ", ".join(facts)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
