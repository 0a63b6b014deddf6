"""Source texts and places in them."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Offsets `[start, end)` into a text, counted in characters."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """The smallest span that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True)
class SourceFile:
    """A text and the name under which diagnostics show it; lines and columns count from 1.

    `folder` is where the data files of the theory lie, None for a text without a place.
    """

    name: str
    text: str
    folder: str | None = None

    @classmethod
    def decode(cls, name: str, data: bytes, folder: str | None = None) -> "SourceFile":
        """The source read from UTF-8 `data`; what is not UTF-8 becomes U+FFFD, which no theory may contain."""
        return cls(name, data.decode("utf-8", errors="replace"), folder)

    @cached_property
    def _breaks(self) -> tuple[list[int], list[int]]:
        """Offsets at which lines start, and at which their text ends (line breaks excluded)."""
        matches = list(_LINE_BREAK.finditer(self.text))
        return [0, *(m.end() for m in matches)], [*(m.start() for m in matches), len(self.text)]

    @property
    def line_count(self) -> int:
        return len(self._breaks[0])

    def location(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset, which is moved into the text if it lies outside."""
        offset = min(max(offset, 0), len(self.text))
        starts = self._breaks[0]
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line_span(self, number: int) -> Span:
        """Where line `number` stands, without its line break."""
        starts, ends = self._breaks
        return Span(starts[number - 1], ends[number - 1])

    def line(self, number: int) -> str:
        """The text of line `number`, without its line break."""
        return self.slice(self.line_span(number))

    def slice(self, span: Span) -> str:
        """The text under a span."""
        return self.text[span.start : span.end]
