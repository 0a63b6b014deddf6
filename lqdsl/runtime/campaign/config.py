"""What defines a run: everything that its numbers depend on, beside theory and module."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage import read_json

FILE = "config.json"
FORMAT = 2


@dataclass(frozen=True)
class Config:
    """Content of config.json.

    `name` is that of the theory, `<name>.py` its module in the run directory; `minutes` bounds the wall time of the
    training; `ignore_stops` trains on where the rules of the file would end it; `initial` says that weights to start
    from were given; `overrides` are the parameters that were set when the theory was compiled.
    """

    name: str
    seed: int = 0
    minutes: float | None = None
    ignore_stops: bool = False
    initial: bool = False
    overrides: Mapping[str, Any] | None = None
    version: str = ""
    format: int = FORMAT

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise RuntimeInputError(f"the theory needs a name, got {self.name!r}")
        if not 0 <= self.seed < 2**63:
            raise RuntimeInputError(f"the seed must be in [0, 2^63), got {self.seed}")
        if self.minutes is not None and not self.minutes > 0:
            raise RuntimeInputError(f"minutes must be positive, got {self.minutes}")

    @property
    def module(self) -> str:
        return f"{self.name}.py"

    @property
    def data(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


def read_config(folder: Path) -> Config:
    """The configuration of a run directory; raises RuntimeInputError where there is none."""
    if not (folder / FILE).is_file():
        raise RuntimeInputError(f"{folder} is not a run directory: it has no {FILE}")
    data = read_json(folder / FILE)
    try:
        config = Config(**{field.name: data[field.name] for field in fields(Config)})
    except (KeyError, TypeError, AttributeError) as error:
        raise RuntimeInputError(f"{folder / FILE} is not of this version of lqdsl: {error}") from None
    if config.format != FORMAT:
        raise RuntimeInputError(f"{folder / FILE} has format {config.format}, this version reads {FORMAT}")
    return config
