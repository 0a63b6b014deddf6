"""What every sampler offers: init and step over all chains at once, chain axis last."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.model import Model

Info = dict[str, Any]
"""Arrays [chain]: `acceptance` (mean acceptance probability), `invalid` (fraction of NaN energy differences), others.
Some are [pair, chain]: those of the pairs of neighbours on a ladder."""


@dataclass(frozen=True, eq=False)
class Sampler:
    """Pure functions that move all chains; a state is a pytree of arrays whose `fields` have the chain axis last.

    init(words, parameters) -> state; step(words, state, parameters) -> (state, info) leaves exp(-S) invariant;
    warmup_step does the same and tunes the proposal; end_warmup fixes it. `words` are the uint32[2] of one draw.
    """

    model: Model
    chains: int
    warmup: int
    init: Callable[[Any, Any], Any]
    step: Callable[[Any, Any, Any], tuple[Any, Info]]
    warmup_step: Callable[[Any, Any, Any], tuple[Any, Info]]
    end_warmup: Callable[[Any], Any]
    remedy: str
    """What to try when energies become NaN or nothing is accepted."""


def require_counts(**counts: int) -> None:
    """Raise RuntimeInputError unless each number is an integer of at least 1."""
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise RuntimeInputError(f"{name} must be an integer of at least 1, got {value!r}")


def require_common(draws: int, chains: int, warmup: int, thin: int, start: str, save: int) -> None:
    """Checks of the options that all Markov chains share; raises RuntimeInputError."""
    require_counts(draws=draws, chains=chains, thin=thin, **({"warmup": warmup} if warmup else {}))
    if start not in ("hot", "cold", "grid"):
        raise RuntimeInputError(f'start must be "hot", "cold" or "grid", got {start!r}')
    if save < 0:
        raise RuntimeInputError(
            f"save must be 0 (keep no configuration) or the number of draws between two, got {save}"
        )


def require_width(width: float | None, target: float) -> None:
    """Checks of the options that all Metropolis proposals share; raises RuntimeInputError."""
    if not (0 < target < 1 and (width is None or width > 0)):
        raise RuntimeInputError(f"need 0 < target < 1 and width > 0, got {target} and {width}")
