"""What a run directory holds for pictures; what cannot be read is left out, with a note."""

import re
import warnings
from collections.abc import Callable
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from lqdsl.plot.style import FLOW, Look, look
from lqdsl.runtime.analysis import Correlator, Estimate, gamma_method
from lqdsl.runtime.campaign import Campaign, flow_samples, stored_configurations, stored_series
from lqdsl.runtime.campaign.records import FACT, Arrays
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.model import Model
from lqdsl.runtime.storage import read_json, read_lines

FLOW_LABEL = "flow"
NUMBERS = 1 << 24
"""Real numbers in the fresh samples of the flow, at most; and at most `SAMPLES` and at least 64 samples."""
SAMPLES = 16384
SHORTEST = 4


class Run:
    """Raises RuntimeInputError if `folder` is no run directory; `notes` says what is missing or damaged."""

    def __init__(self, folder: str | Path) -> None:
        self.campaign = Campaign(folder)
        self.directory = self.campaign.directory
        self.model: Model = self.campaign.model
        self.notes: list[str] = []
        self._estimates: dict[tuple[str, str], Estimate] = {}

    @property
    def samplers(self) -> tuple[str, ...]:
        """All that the theory declares."""
        return tuple(self.model.samplers)

    def look(self, label: str) -> Look:
        """That of a sampler, or of the flow before accept/reject."""
        return look(self.samplers.index(label)) if label in self.samplers else FLOW

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """Lines of the training, as far as they can be read."""
        rows = self._tried(lambda: read_lines(self.directory.metrics), [])
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("step"), int)]

    @cached_property
    def training(self) -> dict[str, Any]:
        """The record of a finished training; empty before."""
        return self._json(self.directory.training)

    @cached_property
    def results(self) -> dict[str, Any]:
        """results.json; empty before."""
        found = self._json(self.directory.results)
        whole = all(isinstance(found.get(part), dict) for part in ("observables", "samplers"))
        if found and not whole:
            self.note(f"{self.directory.results} is damaged: it holds no observables and samplers")
        return found if whole else {}

    def _json(self, path: Path) -> dict[str, Any]:
        found = self._tried(lambda: read_json(path), {}) if path.exists() else {}
        return found if isinstance(found, dict) else {}

    def _tried(self, read: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return read()
        except RuntimeInputError as error:
            self.note(str(error))
            return otherwise

    def note(self, text: str) -> None:
        """Say it once."""
        if text not in self.notes:
            self.notes.append(text)

    @cached_property
    def _stored(self) -> dict[str, Arrays]:
        """Observables and facts [chain, draw, ...] by sampler, those with numbers that are not finite left out."""
        return {name: self._series(name) for name in self.samplers}

    def _series(self, name: str) -> Arrays:
        found = stored_series(self.directory, name, self.model.samplers[name].warmup, self.note)
        result = {}
        for label, values in found.items():
            if len(values) < SHORTEST:
                self.note(f"{name} has {len(values)} draws, pictures need {SHORTEST}")
            elif label.startswith(FACT):
                result[label] = values
            elif np.all(np.isfinite(values)):
                result[label] = np.moveaxis(values, -1, 0).astype(np.float64)
            else:
                self.note(f"{label} of {name} holds numbers that are not finite: no picture of it")
        return result

    @cached_property
    def series(self) -> dict[str, Arrays]:
        """Observables [chain, draw, ...] by sampler that has some."""
        return {
            name: kept
            for name, found in self._stored.items()
            if (kept := {label: values for label, values in found.items() if not label.startswith(FACT)})
        }

    @cached_property
    def scalars(self) -> list[str]:
        """Observables that are numbers, without the one-point functions that belong to correlators."""
        correlators = "|".join(re.escape(name) for name in self.correlators)
        helper = re.compile(rf"(?:{correlators})_vev\d*") if correlators else None
        names = [name for name in self.numbers if not (helper and helper.fullmatch(name))]
        return [name for name in names if any(name in found for found in self.series.values())]

    @property
    def numbers(self) -> list[str]:
        """Observables that are numbers, drawn or not."""
        return [name for name, kind in self.model.observable_kinds.items() if kind.shape == ()]

    @cached_property
    def correlators(self) -> list[str]:
        return [name for name, kind in self.model.observable_kinds.items() if isinstance(kind, Correlator)]

    def estimate(self, sampler: str, name: str) -> Estimate:
        """Mean, error and tau_int of an observable."""
        if (sampler, name) not in self._estimates:
            self._estimates[sampler, name] = gamma_method(self.series[sampler][name])
        return self._estimates[sampler, name]

    def facts(self, name: str, fact: str) -> np.ndarray | None:
        """A fact of each draw of a sampler, [draw] or [draw, chain]; None where there is none."""
        return self._stored[name].get(FACT + fact)

    @cached_property
    def saved(self) -> dict[str, Arrays]:
        """Fields [component, x..., chain, saved] by sampler, where its option `save` keeps configurations."""
        return {name: found for name in self.samplers if (found := self._configurations(name))}

    def _configurations(self, name: str) -> Arrays:
        options = self.model.samplers[name]
        found = stored_configurations(self.directory, name, options.warmup, self.note) if options.save else {}
        whole = all(field in found and len(found[field]) for field in self.model.fields)
        fields = {field: found[field] for field in self.model.fields} if whole else {}
        if not all(np.all(np.isfinite(values)) for values in fields.values()):
            self.note(f"configurations of {name} hold numbers that are not finite: no picture of them")
            return {}
        return {field: np.moveaxis(values, 0, -1) for field, values in fields.items()}

    @cached_property
    def flow(self) -> tuple[Arrays, np.ndarray] | None:
        """Fresh samples of the flow before accept/reject, [component, x..., sample], and their log w [sample]."""
        numbers = sum(prod(kind.shape(self.model.lattice)) for kind in self.model.kinds)
        n = min(SAMPLES, max(64, NUMBERS // numbers))
        with warnings.catch_warnings(record=True) as caught:
            drawn = self._tried(lambda: flow_samples(self.campaign, n), None)
        for warning in caught:
            self.note(str(warning.message))
        if drawn is None:
            return None
        fields = {name: np.asarray(values) for name, values in zip(self.model.fields, drawn[0], strict=True)}
        if not all(np.all(np.isfinite(values)) for values in fields.values()):
            self.note("samples of the flow are not finite: no picture of them")
            return None
        return fields, drawn[1]

    @cached_property
    def flow_series(self) -> Arrays:
        """Observables [1, sample] of the same fresh samples that are numbers; empty where there are none."""
        if self.flow is None:
            return {}
        fields = type(self.model.kinds)(*(self.flow[0][name] for name in self.model.fields))
        measured = self.model.observables(fields, self.model.parameters)
        found = {name: np.asarray(measured[name], np.float64)[None] for name in self.numbers if name in measured}
        return {name: values for name, values in found.items() if np.all(np.isfinite(values))}

    @cached_property
    def samples(self) -> dict[str, Arrays]:
        """Fields [component, x..., sample]: of the flow before accept/reject, and of samplers that save."""
        return ({FLOW_LABEL: self.flow[0]} if self.flow is not None else {}) | self._flat

    @property
    def examples(self) -> dict[str, Arrays]:
        """Fields [component, x..., sample] of samplers that save; of the flow where none does."""
        return self._flat or self.samples

    @property
    def _flat(self) -> dict[str, Arrays]:
        return {
            name: {field: values.reshape(*values.shape[:-2], -1) for field, values in fields.items()}
            for name, fields in self.saved.items()
        }
