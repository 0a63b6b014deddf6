"""What a run directory holds, for people."""

from pathlib import Path
from typing import Any

from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.campaign.sampling import PROGRESS, stage_name
from lqdsl.runtime.storage import read_json, read_lines


def describe(folder: str | Path) -> dict[str, Any]:
    """Theory, choices, and how far each stage is; nothing is computed, and nothing but the records is read."""
    run = RunDirectory(Path(folder))
    config = run.config
    return {
        "run": str(run.path),
        "theory": config.name,
        "seed": config.seed,
        "set": dict(config.overrides or {}),
        "minutes": "as in the file" if config.minutes is None else config.minutes,
        "written by": f"lqdsl {config.version}".strip(),
        "training": _training(run),
        "samplers": _samplers(run),
        "results": run.results.name if run.results.exists() else "not yet",
    }


def _training(run: RunDirectory) -> str:
    if run.training.exists():
        record = read_json(run.training)
        flow = record["flow"]
        figures = f"ESS {flow['ess']:.3f}, acceptance {flow['acceptance']:.3f}"
        return f"{record['step']} steps in {record['seconds']:.0f} s ({record['stop']}), {figures}"
    rows = read_lines(run.metrics)
    return f"at step {rows[-1]['step']}, not over" if rows else "not begun"


def _samplers(run: RunDirectory) -> dict[str, str]:
    result = {}
    for file in sorted(run.checkpoints("").glob(f"{stage_name('*')}/{PROGRESS}")):
        record = read_json(file)
        name = file.parent.name.removeprefix(stage_name(""))
        result[name] = f"{max(record['index'], 0)} of {record['total']} draws"
    return result
