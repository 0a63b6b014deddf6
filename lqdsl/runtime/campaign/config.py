"""What defines a run: everything that its numbers depend on, beside theory and module."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from lqdsl.runtime.errors import RuntimeInputError

FILE = "config.json"
FORMAT = 1


@dataclass(frozen=True)
class Config:
    """`module` and `source` are file names inside the run directory; `minutes` bounds the wall time of training;
    `ignore_stops` trains on where the rules of the file would end it; `initial` says that weights were given."""

    name: str
    module: str
    source: str | None = None
    seed: int = 0
    minutes: float | None = None
    ignore_stops: bool = False
    initial: str | None = None
    overrides: dict[str, Any] | None = None
    version: str = ""
    format: int = FORMAT

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise RuntimeInputError(f"the seed must be in [0, 2^63), got {self.seed}")
        if self.minutes is not None and not self.minutes > 0:
            raise RuntimeInputError(f"minutes must be positive, got {self.minutes}")

    def text(self) -> str:
        """JSON, keys in order."""
        return json.dumps(asdict(self), indent=2) + "\n"


def read_config(folder: Path) -> Config:
    """The configuration of a run directory; raises RuntimeInputError where it is none."""
    file = folder / FILE
    if not file.is_file():
        raise RuntimeInputError(f"{folder} is not a run directory: it has no {FILE}")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        known = {field.name for field in fields(Config)}
        config = Config(**{key: value for key, value in data.items() if key in known})
    except (ValueError, TypeError, AttributeError) as error:
        raise RuntimeInputError(f"{file} cannot be read: {error}") from None
    if config.format != FORMAT:
        raise RuntimeInputError(f"{file} has format {config.format}, this version reads {FORMAT}")
    if Path(config.module).name != config.module or (config.initial and Path(config.initial).name != config.initial):
        raise RuntimeInputError(f"{file} names files outside the run directory")
    return config
