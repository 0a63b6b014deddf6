"""Diagnostics, their order, and the sink that collects them."""

import pytest

from lqdsl.diagnostics import CODES, Diagnostic, DiagnosticError, InternalError, Sink, Span


def test_unknown_code_is_a_bug() -> None:
    with pytest.raises(InternalError):
        Diagnostic("E9999", "what?", None)


def test_errors_are_sorted_by_position_and_said_once() -> None:
    sink = Sink()
    sink.error("E0201", "late", Span(9, 10))
    sink.error("E0201", "early", Span(1, 2))
    sink.error("E0201", "late", Span(9, 10))
    sink.error("E0603", "nowhere", None)
    assert [d.message for d in sink.diagnostics] == ["nowhere", "early", "late"]


def test_warnings_do_not_raise_but_travel_with_errors() -> None:
    sink = Sink()
    sink.warning("E0402", "perhaps", None)
    assert not sink.has_errors
    sink.raise_if_errors()
    sink.error("E0401", "no", Span(0, 1))
    with pytest.raises(DiagnosticError, match="E0401: no") as caught:
        sink.raise_if_errors()
    assert [d.severity for d in caught.value.diagnostics] == ["warning", "error"]


def test_codes_are_explained() -> None:
    for code, entry in CODES.items():
        assert code == entry.code and entry.title and entry.title[0].islower()
        assert 4 <= len(entry.explanation.splitlines()) <= 16, code
        first, second = ("Not yet:", "Now:") if code.startswith("E09") else ("Bad:", "Good:")
        assert first in entry.explanation and second in entry.explanation, code
        assert all(len(line) <= 120 for line in entry.explanation.splitlines()), code
