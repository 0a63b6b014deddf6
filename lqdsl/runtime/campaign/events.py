"""What a run reports while it works; the caller decides what to show."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingProgress:
    """After a block of steps. `ess` and `acceptance` are those of the last evaluation; `stop` says why it ended."""

    step: int
    steps: int
    seconds: float
    limit: float | None
    """Seconds after which training ends."""
    loss: float
    ess: float | None
    acceptance: float | None
    stop: str | None = None

    def __str__(self) -> str:
        parts = [f"train: step {self.step} of {self.steps}", f"loss {self.loss:.4f}"]
        parts += [f"ESS {self.ess:.3f}"] if self.ess is not None else []
        parts += [f"acceptance {self.acceptance:.3f}"] if self.acceptance is not None else []
        parts += [f"{self.seconds:.0f} s"]
        parts += [f"stopped: {self.stop}"] if self.stop else []
        return ", ".join(parts)


@dataclass(frozen=True)
class SamplingProgress:
    """After a block of draws; `warmup` while the proposal is tuned."""

    sampler: str
    warmup: bool
    done: int
    total: int
    seconds: float
    acceptance: float | None

    def __str__(self) -> str:
        what = "warm-up" if self.warmup else "draws"
        rate = f", acceptance {self.acceptance:.3f}" if self.acceptance is not None else ""
        return f"sample {self.sampler}: {self.done} of {self.total} {what}{rate}, {self.seconds:.0f} s"


@dataclass(frozen=True)
class Notice:
    """A stage that begins, is skipped or resumed."""

    text: str

    def __str__(self) -> str:
        return self.text


Event = TrainingProgress | SamplingProgress | Notice
Progress = Callable[[Event], None]


def silent(event: Event) -> None:
    """Report nothing."""
