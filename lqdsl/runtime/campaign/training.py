"""The training stage: blocks of steps, metrics, checkpoints, and the final judgement of the flow."""

import time
from dataclasses import asdict, replace
from typing import Any

from lqdsl.runtime.campaign.config import Config
from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.campaign.diverged import locate
from lqdsl.runtime.campaign.events import Notice, Progress, TrainingProgress
from lqdsl.runtime.campaign.initial import initial_weights
from lqdsl.runtime.campaign.interrupt import Asked, Interrupted
from lqdsl.runtime.campaign.keys import stage_key
from lqdsl.runtime.campaign.samples import load_samples
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.model import Model
from lqdsl.runtime.storage import Checkpoints, append_line, read_lines, write_json, write_lines
from lqdsl.runtime.train import Stop, Trainer, TrainingDiverged, TrainOptions, evaluate

STAGE = "train"
BLOCK = 50
WORK = 4_000_000
"""A block is at most so many steps, and about so many updates of a site by a layer: a second or so."""
SAVE_SECONDS = 20.0
SAMPLES = 65536
"""Samples that the trained flow is judged on, at least."""
History = list[dict[str, Any]]


def training_options(model: Model, config: Config) -> TrainOptions:
    """The options of the theory with the limits of this run."""
    options: TrainOptions = model.train or TrainOptions()
    stop = () if config.ignore_stops else options.stop
    if config.minutes is not None:
        rules = tuple(rule for rule in stop if rule.quantity != "minutes")
        stop = (*rules, Stop("minutes", ">=", config.minutes))
    return replace(options, stop=stop)


def block_steps(model: Model, options: TrainOptions) -> int:
    """Steps between two looks at the clock, a divisor of the steps between evaluations; always the same for a theory,
    since the loss is averaged over them."""
    layers = sum(coupling.layers for coupling in model.flow.couplings)
    wanted = min(max(WORK // (options.batch * model.lattice.volume * max(layers, 1)), 1), BLOCK)
    return max(steps for steps in range(1, wanted + 1) if options.evaluate_every % steps == 0)


class Training:
    """Training of one run, from whatever its directory holds to the end."""

    def __init__(self, run: RunDirectory, model: Model, progress: Progress, asked: Asked) -> None:
        self.run, self.model, self.progress, self.asked = run, model, progress, asked
        self.config = run.config
        self.options = training_options(model, self.config)
        self.key = stage_key(self.config.seed, STAGE)
        samples = load_samples(run.samples, model) if run.samples.exists() else None
        if self.options.needs_samples and samples is None:
            loss = self.options.loss
            raise RuntimeInputError(
                f"{loss} trains on samples: write `loss = {loss}(hmc)` to draw them with the sampler of that name, "
                "or give --samples with configurations/SAMPLER of a run"
            )
        self.trainer = Trainer(model, model.parameters, self.options, samples)
        self.checkpoints = Checkpoints(run.checkpoints(STAGE))
        self.block = block_steps(model, self.options)

    def finish(self) -> Any:
        """Train to the end and return the weights; a finished training is only read.

        Raises Interrupted after saving, TrainingDiverged with the last good state saved.
        """
        state = self._start()
        if not self.run.training.exists():
            state = self._loop(state)
        return state.weights

    def latest(self) -> Any:
        """The weights as they are now: trained, of the last checkpoint, or those of the start."""
        return self._start().weights

    def _start(self) -> Any:
        """The last state that was saved, else the first one."""
        fresh = self.trainer.init(self.key)
        saved = self.checkpoints.latest(fresh)
        if saved is not None:
            return saved
        if not self.config.initial:
            return fresh
        return self.trainer.init(self.key, initial_weights(self.run.initial, self.model.flow, fresh.weights))

    def _loop(self, state: Any) -> Any:
        """Blocks of steps until a rule ends the training."""
        history = [record for record in read_lines(self.run.metrics) if record["step"] <= int(state.step)]
        write_lines(self.run.metrics, history)
        elapsed = history[-1]["seconds"] if history else 0.0
        step = int(state.step)
        self.progress(Notice(f"training goes on from step {step}" if step else "training, which compiles first"))
        begin = saved = time.monotonic()
        while not (reason := self.trainer.stop_reason(state, history, elapsed)):
            try:
                state, metrics = self.trainer.run(state, min(self.block, self.options.steps - int(state.step)))
            except TrainingDiverged as error:
                self._save(state)
                raise locate(error, self.trainer, state, self.checkpoints.folder) from error
            now = time.monotonic()
            elapsed, begin = elapsed + now - begin, now
            history.append({**metrics, "seconds": round(elapsed, 3)})
            append_line(self.run.metrics, history[-1])
            self._report(history)
            asked = self.asked()
            if asked or metrics["step"] % self.options.checkpoint_every == 0 or now - saved > SAVE_SECONDS:
                self._save(state)
                saved = now
            if asked:
                raise Interrupted(f"interrupted at step {metrics['step']} of the training, which is saved")
        self._record(state, history, reason)
        return state

    def _save(self, state: Any) -> None:
        self.checkpoints.save(int(state.step), state)

    def _record(self, state: Any, history: History, reason: str) -> None:
        """The last checkpoint, the final judgement of the flow, and with it the mark that the training is over."""
        self._save(state)
        self.checkpoints.keep_only(int(state.step))
        key = stage_key(self.config.seed, "evaluate")
        samples = max(SAMPLES, self.options.evaluate_samples)
        figures = asdict(evaluate(self.model, state.weights, self.model.parameters, key, samples))
        seconds = history[-1]["seconds"] if history else 0.0
        record = {"step": int(state.step), "stop": reason, "seconds": seconds, "flow": figures}
        write_json(self.run.training, record)
        self._report(history, reason)

    def _report(self, history: History, reason: str | None = None) -> None:
        if not history:
            return
        judged = next((row for row in reversed(history) if "ess" in row), {})
        limits = [60 * rule.value for rule in self.options.stop if rule.quantity == "minutes"]
        self.progress(
            TrainingProgress(
                step=history[-1]["step"],
                steps=self.options.steps,
                seconds=history[-1]["seconds"],
                limit=min(limits, default=None),
                loss=history[-1]["loss"],
                ess=judged.get("ess"),
                acceptance=judged.get("acceptance"),
                stop=reason,
            )
        )
