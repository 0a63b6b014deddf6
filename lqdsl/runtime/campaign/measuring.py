"""The analysis stage: estimates of all observables from the series of all samplers."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lqdsl.runtime.analysis import Estimate, derived_estimate, gamma_method, ladder_log_z, longest_rejection
from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.campaign.judging import forward_ess, reweighted, warnings
from lqdsl.runtime.campaign.records import FACT, Arrays
from lqdsl.runtime.campaign.sampling import PROGRESS, is_sampled, stage_name
from lqdsl.runtime.campaign.soundness import sampler_warnings
from lqdsl.runtime.errors import NotFiniteError
from lqdsl.runtime.model import Model
from lqdsl.runtime.storage import read_json, write_json


def measure(run: RunDirectory, model: Model, weights: Any = None) -> dict[str, Any]:
    """Write and return the results of all samplers that are complete; the same series give the same bytes.

    With the `weights` of the trained flow it is compared with the samplers.
    """
    observables: dict[str, dict[str, Any]] = {}
    samplers: dict[str, Any] = {}
    for name, options in model.samplers.items():
        if not is_sampled(run, name, options):
            continue
        series = {label: np.moveaxis(values, -1, 0) for label, values in run.series(name).read().items()}
        for observable, estimate in estimates(model, series).items():
            observables.setdefault(observable, {})[name] = as_json(estimate)
        seconds = read_json(run.checkpoints(stage_name(name)) / PROGRESS)
        samplers[name] = sampler_results(series, options, seconds)
    results: dict[str, Any] = {"observables": observables, "samplers": samplers}
    if run.training.exists():
        results["flow"] = flow_results(read_json(run.training)) | _judged(run, model, weights)
    write_json(run.results, results)
    return results


def estimates(model: Model, stored: Arrays) -> dict[str, Estimate]:
    """Observables and derived quantities from stored series [chain, draw, ...]; NaN for those that were not finite on
    some configuration, such as a logarithm of a negative number."""
    series = {name: values.astype(np.float64) for name, values in stored.items() if not name.startswith(FACT)}
    result = {name: _or_nan(partial(gamma_method, values), values) for name, values in series.items()}
    for name, function in model.derived.items():
        result[name] = _or_nan(partial(derived_estimate, function, series, model.parameters))
    return result


def _or_nan(estimate: Callable[[], Estimate], values: np.ndarray | None = None) -> Estimate:
    """The estimate, or NaN of the shape of one draw of the series [chain, draw, ...] that has no mean."""
    try:
        return estimate()
    except NotFiniteError:
        nan = float("nan") if values is None or values.ndim == 2 else np.full(values.shape[2:], np.nan)
        return Estimate(nan, nan, nan, nan, 0 if values is None else values.shape[0] * values.shape[1])


def sampler_results(series: Arrays, options: Any, seconds: dict[str, float]) -> dict[str, Any]:
    """Acceptance, times, and what the sampler says of itself."""
    info = {name.removeprefix(FACT): values for name, values in series.items() if name.startswith(FACT)}
    result: dict[str, Any] = {}
    if "acceptance" in info:
        result["acceptance"] = _number(info["acceptance"].mean(dtype=np.float64))
    result |= {"seconds": seconds["draws"]}
    result |= {f"{stage}_seconds": seconds[stage] for stage in ("warmup", "compile")}
    result |= {"chains": options.chains, "draws": options.draws}
    if "swap_acceptance" in info:
        result["swap_acceptance"] = _number(info["swap_acceptance"].mean(dtype=np.float64))
        result["round_trips"] = round(float(info["round_trips"].sum(dtype=np.float64)) * options.chains * options.thin)
        result |= _log_z(info, options.lowest)
    if "accepted" in info:
        result["longest_rejection"] = longest_rejection(info["accepted"])
    if "exp_minus_delta_h" in info:
        result["exp_minus_delta_h"] = _jarzynski(info["exp_minus_delta_h"])
    said = sampler_warnings(result, info.get("accepted"), options)
    return result | ({"warnings": said} if said else {})


def _log_z(info: Arrays, lowest: float) -> dict[str, float | None]:
    """log Z where the last rung is the measure itself, Z(0) = 1, else log Z(1) - log Z(lowest); null without overlap."""
    series = (np.moveaxis(info[f"bridge_{name}"], -1, 0) for name in ("up", "down", "offset"))
    found = ladder_log_z(*series)
    name = "log_z_difference" if lowest else "log_z"
    figures = {name: _number(found.mean), f"{name}_error": _number(found.error), "overlap": _number(found.overlap)}
    return figures | ({"lowest": lowest} if lowest else {})


def _jarzynski(values: np.ndarray) -> dict[str, float | None]:
    """<exp(-dH)>, null where a trajectory left the numbers: it was rejected, but has no energy."""
    if not np.all(np.isfinite(values)):
        return {"mean": None, "error": None}
    estimate = gamma_method(values)
    return {"mean": _number(estimate.mean), "error": _number(estimate.error)}


def _judged(run: RunDirectory, model: Model, weights: Any) -> dict[str, Any]:
    """Forward ESS, warnings and reweighted quantities of a trained flow; entries only where there is something to say."""
    if weights is None:
        return {}
    forward = forward_ess(run, model, weights)
    judged: dict[str, Any] = (
        {"forward_ess": {name: _number(value) for name, value in forward.items()}} if forward else {}
    )
    ess = read_json(run.training)["flow"]["ess"]
    said = warnings(ess, forward, model.train) if ess is not None else []
    judged |= {"warnings": said} if said else {}
    if model.reweighted:
        found = reweighted(model, weights, run.config.seed)
        judged["reweighted"] = {k: {"mean": _number(e.mean), "error": _number(e.error)} for k, e in found.items()}
    return judged


def flow_results(training: dict[str, Any]) -> dict[str, Any]:
    """The final judgement of the flow, on independent samples, and what the training took."""
    wanted = ("ess", "acceptance", "log_z", "log_z_error", "longest_rejection", "reverse_kl", "samples")
    figures = {name: _plain(training["flow"].get(name)) for name in wanted}
    return figures | {"train_seconds": training["seconds"], "steps": training["step"], "stop": training["stop"]}


def as_json(estimate: Estimate) -> dict[str, Any]:
    """Numbers, or lists over the components; null where there is no finite number.

    A number that never changed, like the charge of a frozen chain, says nothing about its error, which is null then.
    """
    names = ("mean", "error", "tau_int", "tau_int_error")
    found = {name: _plain(getattr(estimate, name)) for name in names} | {"n": estimate.n}
    return found | dict.fromkeys(names[1:]) if found["error"] == 0.0 else found


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.ndim:
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    return _number(value)


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
