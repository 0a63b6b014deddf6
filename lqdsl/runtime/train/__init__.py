"""Training of flows and their evaluation."""

from lqdsl.runtime.train.evaluate import FlowReport, evaluate
from lqdsl.runtime.train.options import Adam, Stop, TrainOptions
from lqdsl.runtime.train.trainer import Trainer, TrainingDiverged, TrainState, check_weights

__all__ = [
    "Adam",
    "FlowReport",
    "Stop",
    "TrainOptions",
    "TrainState",
    "Trainer",
    "TrainingDiverged",
    "check_weights",
    "evaluate",
]
