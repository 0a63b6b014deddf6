"""The table of results, and what the bar and the lines show."""

import numpy as np
import pytest

from lqdsl.cli.progress import Lines, progress_made
from lqdsl.cli.tables import digits, pull_text, results_text
from lqdsl.runtime.analysis import gamma_method
from lqdsl.runtime.campaign import Notice, SamplingProgress, TrainingProgress
from lqdsl.runtime.campaign.measuring import as_json

ESTIMATE = {"mean": 0.16138, "error": 0.00031, "tau_int": 2.0, "tau_int_error": 0.1, "n": 4000}
RESULTS = {
    "observables": {
        "phi2": {"flow_mh": ESTIMATE, "hmc": {**ESTIMATE, "mean": 0.16200, "error": 0.00041}},
        "C": {"hmc": {"mean": [1.0, 0.5], "error": [0.1, 0.1], "tau_int": [0.5, 0.5], "tau_int_error": [0, 0], "n": 10}},
        "m_p": {"hmc": {**ESTIMATE, "mean": None, "error": None}},
    },
    "samplers": {
        name: {"acceptance": 0.75, "seconds": 10.0, "warmup_seconds": 1.0, "compile_seconds": 2.0, "chains": 4, "draws": 1000}
        for name in ("flow_mh", "hmc")
    },
    "flow": {
        "ess": 0.5, "acceptance": 0.6, "log_z": 6.98495, "log_z_error": 0.002, "longest_rejection": 17,
        "train_seconds": 61.0, "steps": 500, "stop": "acceptance > 0.5 (reached 0.6)", "samples": 65536,
    },
}  # fmt: skip


def test_columns() -> None:
    text = results_text(RESULTS)
    row = next(line for line in text.splitlines() if "hmc" in line and "0.16200" in line).split()
    assert row == ["hmc", "0.16200", "0.00041", "2.00(0.10)", "1000", "0.01", "+1.21"]
    assert "log Z = 6.98495 +- 0.00200" in text and "longest rejection 17" in text
    assert not any(line.startswith("C ") for line in text.splitlines())


def test_swaps_have_columns_where_there_are_any() -> None:
    assert "round trips" not in results_text(RESULTS)
    swaps = {"swap_acceptance": 0.4321, "round_trips": 87}
    tempered = {**RESULTS, "samplers": {**RESULTS["samplers"], "tempering": {**RESULTS["samplers"]["hmc"], **swaps}}}
    lines = [line.split() for line in results_text(tempered).splitlines()]
    assert next(line for line in lines if line[:1] == ["tempering"])[-2:] == ["0.4321", "87"]
    assert [line for line in lines if line[:1] == ["hmc"] and line[1] == "0.7500"][-1][-2:] == ["-", "-"]


def test_log_z_of_tempering() -> None:
    whole = {"log_z": 3.77463, "log_z_error": 0.0021, "overlap": 0.61234}
    part = {"log_z_difference": -1.25, "log_z_difference_error": None, "overlap": 0.0, "lowest": 0.1}
    rows = {name: {**RESULTS["samplers"]["hmc"], **facts} for name, facts in (("cold", whole), ("warm", part))}
    lines = results_text({**RESULTS, "samplers": rows}).splitlines()
    assert "cold: log Z = 3.77463 +- 0.00210, least overlap 0.6123" in lines
    assert "warm: log Z(1) - log Z(0.1) = -1.25000 +- -, least overlap 0.0000" in lines


def test_missing_numbers() -> None:
    row = next(line for line in results_text(RESULTS).splitlines() if line.startswith("m_p"))
    assert row.split() == ["m_p", "hmc", "-", "-", "-", "-", "-", "-"]


def test_colour_only_when_asked() -> None:
    assert "\x1b" not in results_text(RESULTS) and "\x1b" in results_text(RESULTS, color=True)


@pytest.mark.parametrize(("error", "expected"), [(0.00031, 5), (0.0099, 4), (0.1, 2), (3.0, 1), (12.0, 0), (0.0, 6)])
def test_two_figures_of_the_error(error: float, expected: int) -> None:
    assert digits(1.0, error) == expected


def test_pull_without_errors() -> None:
    exact = {"mean": 1.0, "error": 0.0}
    assert pull_text(exact, exact) == "-"
    assert pull_text({"mean": None, "error": None}, exact) == "-"


def training(**changes: object) -> TrainingProgress:
    facts = {"step": 100, "steps": 1000, "seconds": 30.0, "limit": 60.0, "loss": 1.0, "ess": None, "acceptance": None}
    return TrainingProgress(**{**facts, **changes})  # type: ignore[arg-type]


def test_progress_is_that_of_the_nearest_limit() -> None:
    assert progress_made(training()) == 0.5
    assert progress_made(training(limit=None)) == 0.1
    assert progress_made(training(seconds=100.0)) == 1.0
    assert progress_made(SamplingProgress("hmc", False, 25, 100, 1.0, 0.9)) == 0.25


def test_lines_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    show = Lines()
    for step in range(100):
        show(training(step=step))
    show(training(step=100, stop="100 steps"))
    show(Notice("a notice"))
    assert capsys.readouterr().err.splitlines() == [
        str(training(step=0)),
        str(training(step=100, stop="100 steps")),
        "a notice",
    ]


def test_a_charge_that_never_moved_has_no_error() -> None:
    frozen = as_json(gamma_method(np.full((2, 50), 1.0)))
    assert frozen["mean"] == 1.0 and frozen["error"] is None and frozen["tau_int"] is None
    moving = as_json(gamma_method(np.random.default_rng(1).normal(size=(2, 50))))
    assert moving["error"] > 0
