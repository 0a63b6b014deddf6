"""Raising one located error, and collecting the errors of independent declarations."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from lqdsl.diagnostics import Diagnostic, DiagnosticError, Label, Sink, Span


def fail(
    code: str,
    message: str,
    span: Span,
    *,
    labels: tuple[Label, ...] = (),
    notes: tuple[str, ...] = (),
    helps: tuple[str, ...] = (),
) -> NoReturn:
    """Give up the declaration at hand."""
    raise DiagnosticError((Diagnostic(code, message, span, labels=labels, notes=notes, helps=helps),))


@contextmanager
def collecting(sink: Sink) -> Iterator[None]:
    """Record what the body raises and go on behind it."""
    try:
        yield
    except DiagnosticError as error:
        for diagnostic in error.diagnostics:
            sink.add(diagnostic)
