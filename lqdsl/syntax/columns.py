"""Lines of output and the columns that neighbouring lines share."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

FURTHEST = 100  # column in which a trailing comment keeps the author's place at most


@dataclass
class Line:
    """Cells of pieces of text; lines of the same `kind` that follow each other share the columns of their cells."""

    indent: int
    kind: str = ""
    cells: list[list[str]] = field(default_factory=lambda: [[]])
    comment: str = ""
    column: int = 0  # where the author put the comment
    blank: bool = False  # an empty line stands before


def render(lines: list[Line]) -> str:
    """The text of all lines, ending with a line break if there is any."""
    rows: list[str] = []
    for group in _groups(lines):
        rows += (_row(line, text) for line, text in zip(group, _aligned(group)))
    return "".join(row + "\n" for row in rows)


def _groups(lines: list[Line]) -> Iterator[list[Line]]:
    group: list[Line] = []
    for line in lines:
        if group and not (line.kind and line.kind == group[-1].kind and not line.blank):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _aligned(group: list[Line]) -> list[str]:
    """The cells of a group joined, each as wide as the widest of its column that is not the last of its line."""
    table = [["".join(cell) for cell in line.cells] for line in group]
    columns = zip_longest(*(row[:-1] for row in table), fillvalue="")
    widths = [max(len(cell) for cell in column) for column in columns]
    texts = []
    for line, row in zip(group, table):
        text = ""
        for j, cell in enumerate(row):
            gap = "  " if line.kind == "sample" and j > 2 else " "
            last = j == len(row) - 1
            if last or widths[j]:
                text += (gap if text else "") + (cell if last else cell.ljust(widths[j]))
        texts.append(text.rstrip())
    return texts


def _row(line: Line, text: str) -> str:
    text = " " * line.indent + text if text else ""
    if line.comment and text:
        wanted = line.column if line.column <= FURTHEST else 0
        text = text.ljust(max(wanted, len(text) + 2)) + line.comment
    elif line.comment:
        text = " " * line.indent + line.comment
    return "\n" * line.blank + text
