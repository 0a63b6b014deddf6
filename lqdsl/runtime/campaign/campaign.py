"""A run from its directory: train, sample with every declared sampler, measure; each stage goes on where it stopped."""

from pathlib import Path
from types import ModuleType
from typing import Any

from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.campaign.events import Notice, Progress, silent
from lqdsl.runtime.campaign.interrupt import Asked, never
from lqdsl.runtime.campaign.judging import is_compared
from lqdsl.runtime.campaign.measuring import measure
from lqdsl.runtime.campaign.module import load_module
from lqdsl.runtime.campaign.samples import read_configurations
from lqdsl.runtime.campaign.sampling import Sampling
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.model import Model
from lqdsl.runtime.storage import Checkpoints, write_arrays


class Campaign:
    """The stages of a run directory that `create` made.

    `progress` hears of everything; `asked` is looked at between blocks and ends the work, saved, with Interrupted. A
    run that is killed at any moment and resumed ends with the same samples and results, up to the seconds it took,
    unless wall time decides when the training ends.
    """

    def __init__(self, folder: str | Path, progress: Progress = silent, asked: Asked = never) -> None:
        self.directory = RunDirectory(Path(folder))
        self.progress, self.asked = progress, asked
        self.module: ModuleType = load_module(self.directory.module)
        self.model: Model = self.module.MODEL
        self._trained: Any = None

    def train(self) -> Any:
        """Train to the end of the rules, and return the weights. Raises RuntimeInputError if there is no flow."""
        from lqdsl.runtime.campaign.training import Training

        if self.model.flow is None:
            raise RuntimeInputError(f"{self.model.name} has no flow to train")
        with self.directory.locked():
            self._draw_samples()
            self._trained = Training(self.directory, self.model, self.progress, self.asked).finish()
        return self._trained

    def _draw_samples(self) -> None:
        """What the loss is taken on, where it names a sampler and nothing else was given: its configurations, all of them."""
        options = self.model.train
        if options is None or not options.needs_samples or options.sampler is None or self.directory.samples.exists():
            return
        name = options.sampler
        self.progress(Notice(f"{name} draws the samples that the flow is trained on"))
        Sampling(self.directory, self.model, name, None, self.progress, self.asked).finish()
        write_arrays(self.directory.samples, read_configurations(self.directory.configurations(name).folder))

    def sample(self) -> None:
        """All declared samplers; one that proposes from the flow needs its training to be over."""
        with self.directory.locked():
            weights = self._final_weights() if self.needs_flow else None
            for name in self.model.samplers:
                Sampling(self.directory, self.model, name, weights, self.progress, self.asked).finish()

    def measure(self) -> dict[str, Any]:
        """Analyse what was sampled; raises RuntimeInputError if nothing was."""
        with self.directory.locked():
            weights = self._final_weights() if self._is_judged else None
            results = measure(self.directory, self.model, weights)
        if not results["samplers"] and "flow" not in results:
            raise RuntimeInputError(f"{self.directory.path} holds no samples yet")
        return results

    def run(self) -> dict[str, Any]:
        """All stages that are not done yet, with other processes kept out from the first to the last; training only if a
        sampler proposes from the flow."""
        with self.directory.locked():
            if self.needs_flow:
                self.train()
            elif self.model.flow is not None:
                self.progress(Notice("no sampler uses the flow, so it is not trained"))
            self.sample()
            return self.measure()

    @property
    def _is_judged(self) -> bool:
        """Whether there is a trained flow, and something to compare it with."""
        compared = any(map(is_compared, self.model.samplers.values()))
        return self.directory.training.exists() and (compared or bool(self.model.reweighted))

    @property
    def needs_flow(self) -> bool:
        """Whether a declared sampler proposes from the flow."""
        return any(type(options).__name__ == "FlowMetropolis" for options in self.model.samplers.values())

    def weights(self) -> Any:
        """The weights of the flow as far as it is trained, or those that its training begins with where they were given.

        Raises RuntimeInputError where there are none.
        """
        from lqdsl.runtime.campaign.training import STAGE, Training

        if self.model.flow is None:
            raise RuntimeInputError(f"{self.directory.path} has no weights: {self.model.name} has no flow")
        if not (self.directory.config.initial or Checkpoints(self.directory.checkpoints(STAGE)).stored()):
            raise RuntimeInputError(f"{self.directory.path} has no weights yet: train its flow first")
        with self.directory.locked():
            return Training(self.directory, self.model, self.progress, self.asked).latest()

    def _final_weights(self) -> Any:
        from lqdsl.runtime.campaign.training import Training

        if self._trained is not None:
            return self._trained
        if not self.directory.training.exists():
            raise RuntimeInputError(f"{self.directory.path} has no trained flow yet: train it first")
        return Training(self.directory, self.model, self.progress, self.asked).latest()
