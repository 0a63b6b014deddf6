"""JSON files, replaced atomically, and files of one JSON object a line, appended to."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage.atomic import write_text


def write_json(path: Path, value: Any) -> None:
    """Indented, keys in the order given; NaN and infinities become null. Raises RuntimeInputError as `write_bytes`."""
    write_text(path, json.dumps(plain(value), indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """The value of a JSON file; raises RuntimeInputError with the path where it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RuntimeInputError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise RuntimeInputError(f"{path} is damaged: {error}") from error


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Add one line, on disk when this returns; raises RuntimeInputError where that fails."""
    try:
        with open(path, "ab") as file:
            file.write(_line(record).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RuntimeInputError(f"cannot write {path}: {error.strerror or error}") from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """All whole lines, none if there is no file; what a killed process left of a last line is left out.

    Raises RuntimeInputError for a damaged line before the last.
    """
    if not path.exists():
        return []
    records: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            records.append(json.loads(line))
        except ValueError as error:
            raise RuntimeInputError(f"{path} is damaged at line {number}: {error}") from error
    return records


def write_lines(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Replace the file by these records atomically: the way to cut off lines before a resume."""
    write_text(path, "".join(_line(record) for record in records))


def plain(value: Any) -> Any:
    """What JSON can say of a value: arrays as lists, NaN and infinities as None."""
    if isinstance(value, Mapping):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(plain(record), allow_nan=False) + "\n"
