"""What is kept of the draws: series of observables and facts, and configurations."""

from dataclasses import dataclass, field

import numpy as np

from lqdsl.runtime.samplers import Block

PER_CHAIN = ("accepted", "log_weight")
"""Facts of a draw that are kept for each chain; of others the mean over the chains is."""
FACT = "info:"
Arrays = dict[str, np.ndarray]


def block_records(block: Block) -> tuple[Arrays, Arrays]:
    """(series, configurations) of a block: observables by name [draw, ..., chain], facts as `info:<name>` [draw],
    [draw, pair] or [draw, chain]; fields [saved, component, x..., chain] and their draw numbers `draw`."""
    facts = {FACT + name: _fact(name, values) for name, values in block.info.items()}
    configurations = {"draw": block.saved, **block.configurations} if block.configurations else {}
    return {**block.series, **facts}, configurations


def _fact(name: str, values: np.ndarray) -> np.ndarray:
    if name == "accepted" and values.dtype.kind == "f" and np.isin(values, (0, 1)).all():
        return values.astype(np.uint8)
    return values if name in PER_CHAIN else values.mean(axis=-1, dtype=np.float64)


@dataclass
class Records:
    """Consecutive draws from number `first` on."""

    first: int = 0
    parts: list[tuple[Arrays, Arrays]] = field(default_factory=list)

    def add(self, series: Arrays, configurations: Arrays) -> None:
        """The records of the draws that follow."""
        self.parts.append((series, configurations))

    @property
    def draws(self) -> int:
        return sum(len(next(iter(series.values()))) for series, _ in self.parts)

    def joined(self) -> tuple[Arrays, Arrays]:
        """All of them as one (series, configurations)."""
        if len(self.parts) > 1:
            self.parts = [(_join([s for s, _ in self.parts]), _join([c for _, c in self.parts]))]
        return self.parts[0]


def _join(parts: list[Arrays]) -> Arrays:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
