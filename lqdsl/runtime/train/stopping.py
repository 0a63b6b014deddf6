"""When a training run ends."""

import operator
from collections.abc import Sequence
from typing import Any

from lqdsl.runtime.train.options import Stop, TrainOptions

COMPARE = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}


def stop_reason(options: TrainOptions, history: Sequence[dict[str, Any]], elapsed_seconds: float) -> str | None:
    """Why to stop after the last record of `history`, or None.

    Records are the metrics of `Trainer.run`: step, loss, and ess and acceptance where the flow was evaluated.
    """
    if not history:
        return None
    for rule in options.stop:
        value = _value(rule, history, elapsed_seconds, options.annealed_steps)
        if value is not None and COMPARE[rule.comparison](value, rule.value):
            return f"{rule} (reached {value:.4g})"
    return f"{options.steps} steps" if history[-1]["step"] >= options.steps else None


def _value(rule: Stop, history: Sequence[dict[str, Any]], elapsed_seconds: float, annealed_steps: int) -> float | None:
    if rule.quantity == "minutes":
        return elapsed_seconds / 60
    if rule.quantity == "plateau":
        # Losses at other couplings do not compare.
        settled = [record for record in history if record["step"] > annealed_steps]
        return history[-1]["step"] - min(settled, key=lambda record: record["loss"])["step"] if settled else None
    return history[-1].get(rule.quantity)
