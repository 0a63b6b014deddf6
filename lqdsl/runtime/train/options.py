"""Static choices of a training run."""

from dataclasses import dataclass
from math import ceil

from lqdsl.runtime.errors import RuntimeInputError

LOSSES = ("reverse_kl", "forward_kl", "mixed")


@dataclass(frozen=True)
class Adam:
    """Adam, arXiv:1412.6980, with a schedule of the learning rate.

    `schedule`: "constant", "cosine" (to `final` times the rate at the last step) or "one_cycle" (up for 30% of the
    steps, then down, arXiv:1708.07120); `warmup` steps of linear increase come first; gradients with a norm above
    `clip` are scaled down to it.
    """

    rate: float = 1e-3
    b1: float = 0.9
    b2: float = 0.999
    schedule: str = "constant"
    warmup: int = 0
    final: float = 0.01
    clip: float | None = None

    def __post_init__(self) -> None:
        if self.schedule not in ("constant", "cosine", "one_cycle"):
            raise RuntimeInputError(f"schedule must be constant, cosine or one_cycle, got {self.schedule!r}")
        if not self.rate > 0 or not 0 <= self.b1 < 1 or not 0 <= self.b2 < 1:
            raise RuntimeInputError(f"Adam needs rate > 0 and 0 <= b1, b2 < 1, got {self}")


@dataclass(frozen=True)
class Stop:
    """Stop when `quantity` (acceptance, ess, plateau, minutes, loss) compares to `value` as said.

    `plateau` counts the steps since the loss last reached a new minimum.
    """

    quantity: str
    comparison: str
    value: float

    def __post_init__(self) -> None:
        if self.quantity not in ("acceptance", "ess", "plateau", "minutes", "loss"):
            raise RuntimeInputError(f"cannot stop on {self.quantity!r}: acceptance, ess, plateau, minutes or loss")
        if self.comparison not in (">", "<", ">=", "<="):
            raise RuntimeInputError(f"comparison must be >, <, >= or <=, got {self.comparison!r}")

    def __str__(self) -> str:
        return f"{self.quantity} {self.comparison} {self.value:g}"


@dataclass(frozen=True)
class Anneal:
    """In the first `fraction` of the steps `parameter` moves evenly from `start` to the value that the run has for it.

    What is drawn and judged afterwards always belongs to that value.
    """

    parameter: str
    start: float
    fraction: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.fraction <= 1:
            raise RuntimeInputError(f"annealing takes a part of the steps in (0, 1], got {self.fraction}")


@dataclass(frozen=True)
class TrainOptions:
    """`loss`: "reverse_kl", "forward_kl" or "mixed", the sum of both with the weights `reverse` and `forward`; `estimator` of
    the gradient of the first: "path" or "reparametrization", or "paths" for path gradients of both. `sampler` draws the samples of the target for forward KL
    before the training begins; without it they have to be given.

    A step uses `batch` samples, in pieces of `microbatch` whose gradients are added; by default the trainer chooses
    pieces that suit the machine. Every `evaluate_every`
    steps the flow is judged on `evaluate_samples` fresh samples, at the couplings of the run also while some are
    annealed; stop rules are looked at then.
    """

    loss: str = "reverse_kl"
    sampler: str | None = None
    reverse: float = 1.0
    forward: float = 1.0
    estimator: str = "path"
    optimizer: Adam = Adam()
    batch: int = 1024
    microbatch: int | None = None
    steps: int = 20000
    stop: tuple[Stop, ...] = ()
    anneal: tuple[Anneal, ...] = ()
    evaluate_every: int = 500
    evaluate_samples: int = 16384
    checkpoint_every: int = 500

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise RuntimeInputError(f"loss must be one of {', '.join(LOSSES)}, got {self.loss!r}")
        if not (self.reverse > 0 and self.forward > 0):
            raise RuntimeInputError(
                f"the weights of a mixed loss must be positive, got {self.reverse} and {self.forward}"
            )
        if self.estimator not in ("path", "paths", "reparametrization"):
            raise RuntimeInputError(f"estimator must be path, paths or reparametrization, got {self.estimator!r}")
        if self.batch < 1 or self.batch % min(self.microbatch or self.batch, self.batch):
            raise RuntimeInputError(f"batch {self.batch} must be a multiple of microbatch {self.microbatch}")

    @property
    def needs_samples(self) -> bool:
        """Whether the loss is taken on samples of the target."""
        return self.loss != "reverse_kl"

    @property
    def annealed_steps(self) -> int:
        """Steps until all couplings are those of the run."""
        return ceil(max((rule.fraction for rule in self.anneal), default=0.0) * self.steps)
