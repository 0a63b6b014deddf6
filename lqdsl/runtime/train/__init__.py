"""Training of flows and their evaluation. What needs optax is loaded when it is first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lqdsl.runtime.train.evaluate import FlowReport, evaluate
from lqdsl.runtime.train.options import Adam, Anneal, Stop, TrainOptions

if TYPE_CHECKING:
    from lqdsl.runtime.train.trainer import Trainer, TrainingDiverged, TrainState, check_weights

__all__ = [
    "Adam",
    "Anneal",
    "FlowReport",
    "Stop",
    "TrainOptions",
    "TrainState",
    "Trainer",
    "TrainingDiverged",
    "check_weights",
    "evaluate",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"{__name__} has no {name!r}")
    return getattr(import_module(f"{__name__}.trainer"), name)
