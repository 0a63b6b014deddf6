"""What is wrong with a theory, where, and what to do about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from lqdsl.diagnostics.codes import CODES
from lqdsl.diagnostics.source import Span

Severity = Literal["error", "warning"]


class InternalError(Exception):
    """A bug in lqdsl itself; the command line exits with 70."""


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that belongs to a diagnostic, underlined with `---`."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error or warning; `notes` are facts, `helps` say what to type.

    Raises InternalError for a code that is not in the table.
    """

    code: str
    message: str
    span: Span | None
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    severity: Severity = "error"

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise InternalError(f"diagnostic with unknown code {self.code!r}: {self.message}")


class DiagnosticError(Exception):
    """One or more diagnostics that end the compilation, in the order of the text."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__("\n".join(f"{d.code}: {d.message}" for d in self.diagnostics))


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by position (those without one first), each said once."""

    def position(diagnostic: Diagnostic) -> tuple[int, int, str, str]:
        span = diagnostic.span or Span(-1, -1)
        return span.start, span.end, diagnostic.code, diagnostic.message

    return tuple({position(d): d for d in sorted(diagnostics, key=position)}.values())


@dataclass
class Sink:
    """Collects the diagnostics of one stage, so that all independent errors are said in one go."""

    _collected: list[Diagnostic] = field(default_factory=list)

    def error(
        self,
        code: str,
        message: str,
        span: Span | None,
        *,
        labels: Sequence[Label] = (),
        notes: Sequence[str] = (),
        helps: Sequence[str] = (),
    ) -> None:
        """Note an error and go on."""
        self.add(Diagnostic(code, message, span, tuple(labels), tuple(notes), tuple(helps)))

    def warning(
        self,
        code: str,
        message: str,
        span: Span | None,
        *,
        labels: Sequence[Label] = (),
        notes: Sequence[str] = (),
        helps: Sequence[str] = (),
    ) -> None:
        """Note a warning, which does not end the compilation."""
        self.add(Diagnostic(code, message, span, tuple(labels), tuple(notes), tuple(helps), "warning"))

    def add(self, diagnostic: Diagnostic) -> None:
        self._collected.append(diagnostic)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that was noted, in the order of the text."""
        return in_order(self._collected)

    def __len__(self) -> int:
        return len(self._collected)

    @property
    def has_errors(self) -> bool:
        return any(d.severity == "error" for d in self._collected)

    def raise_if_errors(self) -> None:
        """Raises DiagnosticError with everything noted so far, warnings included, if an error is among it."""
        if self.has_errors:
            raise DiagnosticError(self._collected)
