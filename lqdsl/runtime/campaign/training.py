"""The training stage: blocks of steps, metrics, checkpoints, and what to say when the loss is no longer finite."""

import time
from dataclasses import asdict, replace
from math import gcd
from typing import Any

from lqdsl.runtime.campaign.config import Config
from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.campaign.diverged import locate
from lqdsl.runtime.campaign.events import Notice, Progress, TrainingProgress
from lqdsl.runtime.campaign.interrupt import Asked, Interrupted
from lqdsl.runtime.campaign.keys import stage_key
from lqdsl.runtime.model import Model
from lqdsl.runtime.storage import Checkpoints, append_line, load_tree, read_json, read_lines, save_tree, write_json, write_lines
from lqdsl.runtime.train import Stop, Trainer, TrainingDiverged, TrainOptions, evaluate

BLOCK = 20
"""Steps between two looks at the clock; a divisor of the steps between evaluations is used."""
SAVE_SECONDS = 20.0
SAMPLES = 65536
"""Samples that the trained flow is judged on, at least."""


def training_options(model: Model, config: Config) -> TrainOptions:
    """The options of the theory with the limits of this run."""
    options: TrainOptions = model.train or TrainOptions()
    stop = () if config.ignore_stops else options.stop
    if config.minutes is not None:
        rules = tuple(rule for rule in stop if rule.quantity != "minutes")
        stop = (*rules, Stop("minutes", ">=", config.minutes))
    return replace(options, stop=stop)


class Training:
    """Training of one run, from whatever its directory holds to the end."""

    def __init__(self, run: RunDirectory, model: Model, progress: Progress, asked: Asked) -> None:
        self.run, self.model, self.progress, self.asked = run, model, progress, asked
        self.config = run.config
        self.options = training_options(model, self.config)
        self.key = stage_key(self.config.seed, "train")
        self.trainer = Trainer(model, model.parameters, self.options)
        self.checkpoints = Checkpoints(run.checkpoints, keep=3)
        self.block = gcd(BLOCK, self.options.evaluate_every)

    def finish(self) -> Any:
        """Train to the end and return the weights; a finished training is only read.

        Raises Interrupted after saving, TrainingDiverged with the last good state saved.
        """
        template = self.trainer.init(self.key)
        if not self.run.training.exists():
            self._record(*self._loop(*self._start(template)))
        return load_tree(self.run.weights, template.weights)

    def latest(self) -> Any:
        """The weights as they are now: trained, of the last checkpoint, or those of the start."""
        template = self.trainer.init(self.key)
        if self.run.training.exists():
            return load_tree(self.run.weights, template.weights)
        return self._start(template)[0].weights

    def _start(self, template: Any) -> tuple[Any, list[dict[str, Any]]]:
        """The last state that was saved, and the metrics up to it; later ones will be made again."""
        state = self.checkpoints.latest(template)
        if state is None:
            initial = self.run.initial
            weights = None if initial is None else load_tree(initial, template.weights)
            state = template if weights is None else self.trainer.init(self.key, weights)
        step = int(state.step)
        history = [row for row in read_lines(self.run.metrics) if row["step"] <= step]
        if step:
            self.progress(Notice(f"training goes on from step {step}"))
        return state, history

    def _loop(self, state: Any, history: list[dict[str, Any]]) -> tuple[Any, list[dict[str, Any]], str]:
        """Blocks of steps until a rule ends the training."""
        write_lines(self.run.metrics, history)
        elapsed = history[-1]["seconds"] if history else 0.0
        begin = saved = time.monotonic()
        while True:
            reason = self.trainer.stop_reason(state, history, elapsed)
            self._report(history, elapsed, reason)
            if reason:
                return state, history, reason
            try:
                after, metrics = self.trainer.run(state, min(self.block, self.options.steps - int(state.step)))
            except TrainingDiverged as error:
                self._save(state)
                raise locate(error, self.trainer, state, self.run.checkpoints) from error
            state = after
            now = time.monotonic()
            elapsed, begin = elapsed + now - begin, now
            history.append(metrics | {"seconds": round(elapsed, 3)})
            append_line(self.run.metrics, history[-1])
            asked = self.asked()
            if asked or int(state.step) % self.options.checkpoint_every == 0 or now - saved > SAVE_SECONDS:
                self._save(state)
                saved = now
            if asked:
                raise Interrupted(f"interrupted at step {int(state.step)} of the training, which is saved")

    def _save(self, state: Any) -> None:
        self.checkpoints.save(int(state.step), state)

    def _report(self, history: list[dict[str, Any]], elapsed: float, reason: str | None) -> None:
        if not history:
            return
        judged = next((row for row in reversed(history) if "ess" in row), {})
        limits = [60 * rule.value for rule in self.options.stop if rule.quantity == "minutes"]
        self.progress(
            TrainingProgress(
                step=history[-1]["step"],
                steps=self.options.steps,
                seconds=elapsed,
                limit=min(limits, default=None),
                loss=history[-1]["loss"],
                ess=judged.get("ess"),
                acceptance=judged.get("acceptance"),
                stop=reason,
            )
        )

    def _record(self, state: Any, history: list[dict[str, Any]], reason: str) -> None:
        """Weights, the final judgement of the flow, and last the mark that the training is over."""
        self._save(state)
        self.checkpoints.keep_only(int(state.step))
        save_tree(self.run.weights, state.weights)
        samples = max(SAMPLES, self.options.evaluate_samples)
        key = stage_key(self.config.seed, "evaluate")
        figures = asdict(evaluate(self.model, state.weights, self.model.parameters, key, samples))
        write_json(
            self.run.training,
            {
                "step": int(state.step),
                "stop": reason,
                "seconds": history[-1]["seconds"] if history else 0.0,
                "flow": figures,
            },
        )
