"""`metrics.jsonl`: one record a line with its `stage` and `step`, only ever appended to while a run goes on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lqdsl.runtime.storage.records import append_line, read_lines, write_lines


class Metrics:
    """The records of a run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one line to the disk; raises RuntimeInputError where that fails."""
        append_line(self.path, record)

    def read(self) -> list[dict[str, Any]]:
        """All whole lines; what a killed process left of a last line is left out."""
        return read_lines(self.path)

    def truncate(self, stage: str, step: int) -> None:
        """Drop the records of `stage` with step > `step`, and a broken last line, before a resume."""
        records = self.read()
        write_lines(self.path, [r for r in records if r.get("stage") != stage or r.get("step", 0) <= step])
