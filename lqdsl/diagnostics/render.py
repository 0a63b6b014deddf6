"""Diagnostics as text for people and as plain data for programs."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lqdsl.diagnostics.diagnostic import Diagnostic, in_order
from lqdsl.diagnostics.source import SourceFile, Span

TAB = 4
WINDOW = 160  # characters of a source line that are shown at most
WHOLE = 6  # a span of more lines is shown by its first two and last line

_STYLES = {"error": "1;31", "warning": "1;33", "place": "1;34", "note": "1;36", "help": "1;32", "head": "1"}


@dataclass(frozen=True, slots=True)
class _Mark:
    """A piece of a span on one line, as offsets into the text or as columns of the display, end exclusive."""

    line: int
    start: int
    end: int
    primary: bool
    text: str


def render_text(diagnostics: Iterable[Diagnostic], source: SourceFile, color: bool = False) -> str:
    """All diagnostics in the order of the text, with source lines and underlined spans; ends with a line break."""
    blocks = [_render(d, source, _Painter(color)) for d in in_order(diagnostics)]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def render_json(diagnostics: Iterable[Diagnostic], source: SourceFile) -> list[dict[str, Any]]:
    """The same as data: code, severity, message, file, span, labels, notes, helps; lines and columns count from 1."""
    return [
        {
            "code": d.code,
            "severity": d.severity,
            "message": d.message,
            "file": source.name,
            "span": _place(d.span, source),
            "labels": [{"span": _place(label.span, source), "text": label.text} for label in d.labels],
            "notes": list(d.notes),
            "helps": list(d.helps),
        }
        for d in in_order(diagnostics)
    ]


def _place(span: Span | None, source: SourceFile) -> dict[str, int] | None:
    if span is None:
        return None
    line, column = source.location(span.start)
    end_line, end_column = source.location(span.end)
    return {
        "start": span.start,
        "end": span.end,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


class _Painter:
    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color and text else text


def _render(diagnostic: Diagnostic, source: SourceFile, paint: _Painter) -> str:
    head = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]")
    rows = [head + paint("head", f": {diagnostic.message}")]
    marks = [] if diagnostic.span is None else _marks(diagnostic.span, "", True, source)
    for label in diagnostic.labels:
        marks += _marks(label.span, label.text, False, source)
    width = max((len(str(m.line)) for m in marks), default=1)
    arrow = " " * width + paint("place", "-->")
    if diagnostic.span is None:
        rows.append(f"{arrow} {source.name}")
    else:
        line, column = source.location(diagnostic.span.start)
        rows.append(f"{arrow} {source.name}:{line}:{column}")
    bar = " " * width + " " + paint("place", "|")
    if marks:
        rows += [bar, *_excerpt(marks, source, width, diagnostic.severity, paint)]
    if marks and (diagnostic.notes or diagnostic.helps):
        rows.append(bar)
    for kind, texts in (("note", diagnostic.notes), ("help", diagnostic.helps)):
        for text in texts:
            indent = "\n" + " " * (width + 3 + len(kind) + 2)
            rows.append(" " * width + " = " + paint(kind, kind) + ": " + text.replace("\n", indent))
    return "\n".join(rows)


def _excerpt(marks: list[_Mark], source: SourceFile, width: int, severity: str, paint: _Painter) -> list[str]:
    rows: list[str] = []
    previous = None
    for number in sorted({m.line for m in marks}):
        if previous is not None and number > previous + 1:
            rows.append("...")
        previous = number
        text, here = _columns(number, [m for m in marks if m.line == number], source)
        gutter = " " * width + " " + paint("place", "|")
        rows.append(f"{paint('place', str(number).rjust(width))} {paint('place', '|')} {text}".rstrip())
        rows += [f"{gutter} {row}" for row in _underlines(here, severity, paint)]
    return rows


def _columns(number: int, marks: list[_Mark], source: SourceFile) -> tuple[str, list[_Mark]]:
    """A line as it is displayed, and its marks in columns of the display; of a long line the part around the first."""
    line, first = source.line_span(number), min(m.start for m in marks)
    start, end = line.start, line.end
    if end - start > WINDOW:
        start = max(start, min(first - WINDOW // 4, end - WINDOW))
        end = start + WINDOW
    lead, tail = "... " * (start > line.start), " ..." * (end < line.end)

    def column(offset: int) -> int:
        return len(lead) + len(_cells(source.text[start : min(max(offset, start), end)]))

    moved = []
    for mark in marks:
        left = column(mark.start)
        moved.append(_Mark(number, left, max(column(mark.end), left + 1), mark.primary, mark.text))
    return lead + "".join(_cells(source.text[start:end])) + tail, moved


def _underlines(marks: list[_Mark], severity: str, paint: _Painter) -> list[str]:
    """Rows of `^^^` and `---` under one source line; marks that overlap get rows of their own, texts follow."""
    rows: list[list[_Mark]] = []
    for mark in sorted(marks, key=lambda m: not m.primary):
        free = next((r for r in rows if all(mark.end < m.start or m.end < mark.start for m in r)), None)
        if free is None:
            rows.append([mark])
        else:
            free.append(mark)
    lines = []
    for row in rows:
        row.sort(key=lambda m: m.start)
        line, at = "", 0
        for mark in row:
            sign = "^" if mark.primary else "-"
            line += " " * (mark.start - at) + _painted(mark, sign * (mark.end - mark.start), severity, paint)
            at = mark.end
        last = row[-1]
        lines.append(line + (" " + _painted(last, last.text, severity, paint) if last.text else ""))
        lines += [" " * m.start + _painted(m, m.text, severity, paint) for m in reversed(row[:-1]) if m.text]
    return lines


def _painted(mark: _Mark, text: str, severity: str, paint: _Painter) -> str:
    return paint(severity if mark.primary else "place", text)


def _marks(span: Span, text: str, primary: bool, source: SourceFile) -> list[_Mark]:
    """One mark for each line under the span, over its text without the blanks around; long spans lose their middle."""
    first, _ = source.location(span.start)
    last, _ = source.location(max(span.start, span.end - 1))
    numbers = range(first, last + 1)
    shown = list(numbers) if len(numbers) <= WHOLE else [first, first + 1, last]
    marks = []
    for number in shown:
        line = source.line_span(number)
        start, end = max(span.start, line.start), min(span.end, line.end)
        piece = source.text[start:end]
        if number > first or number < last:
            if not piece.strip():
                continue
            start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
        marks.append(_Mark(number, start, end, primary, ""))
    if marks and text:
        tail = marks[-1]
        marks[-1] = _Mark(tail.line, tail.start, tail.end, primary, text)
    return marks


def _cells(text: str) -> list[str]:
    """What stands in each column: tabs opened, wide characters with an empty cell after them."""
    cells: list[str] = []
    for character in text:
        if character == "\t":
            cells += " " * (TAB - len(cells) % TAB)
        elif unicodedata.combining(character) and cells:
            cells[-1] += character
        elif unicodedata.category(character)[0] == "C":
            cells.append("\ufffd")
        else:
            cells += [character, ""] if unicodedata.east_asian_width(character) in "WF" else [character]
    return cells
