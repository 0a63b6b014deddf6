"""What a run directory holds, for people."""

from pathlib import Path
from typing import Any

from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.storage import read_json, read_lines


def describe(folder: str | Path) -> dict[str, Any]:
    """Theory, choices, and how far each stage is; nothing is computed or loaded beside the records."""
    run = RunDirectory(Path(folder))
    config = run.config
    facts: dict[str, Any] = {
        "run": str(run.folder),
        "theory": config.name,
        "seed": config.seed,
        "overrides": config.overrides or {},
        "minutes": config.minutes if config.minutes is not None else "as in the file",
        "written by": f"lqdsl {config.version}",
        "training": _training(run),
        "samplers": _samplers(run),
        "results": run.results.name if run.results.exists() else "not yet",
    }
    return facts


def _training(run: RunDirectory) -> str:
    if run.training.exists():
        record = read_json(run.training)
        flow = record["flow"]
        return (
            f"{record['step']} steps in {record['seconds']:.0f} s ({record['stop']}), "
            f"ESS {flow['ess']:.3f}, acceptance {flow['acceptance']:.3f}"
        )
    rows = read_lines(run.metrics)
    return f"at step {rows[-1]['step']}, not over" if rows else "not begun"


def _samplers(run: RunDirectory) -> dict[str, str]:
    result = {}
    for manifest in sorted((run.folder / "samples").glob("*/manifest.json")):
        record = read_json(manifest)
        draws = sum(entry["draws"] for entry in record["shards"])
        result[manifest.parent.name] = f"{draws} of {record['options']['draws']} draws"
    return result
