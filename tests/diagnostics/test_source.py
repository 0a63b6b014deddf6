"""Offsets, lines and columns."""

import pytest

from lqdsl.diagnostics import SourceFile, Span


def test_locations_count_from_one() -> None:
    source = SourceFile("a.lqt", "ab\ncd\n")
    assert [source.location(i) for i in range(7)] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 1)]
    assert source.location(99) == (3, 1) and source.location(-5) == (1, 1)


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\r"])
def test_line_breaks_of_all_systems(mark: str) -> None:
    source = SourceFile("a.lqt", f"one{mark}two{mark}{mark}four")
    assert [source.line(i) for i in range(1, source.line_count + 1)] == ["one", "two", "", "four"]
    assert source.location(source.text.index("four")) == (4, 1)


def test_other_separators_do_not_break_lines() -> None:
    assert SourceFile("a.lqt", "a\x0bb\u2028c\x85d").line_count == 1


def test_spans_join() -> None:
    assert Span(4, 6).to(Span(1, 2)) == Span(1, 6)
    assert SourceFile("a.lqt", "abcdef").slice(Span(1, 3)) == "bc"


def test_bytes_that_are_not_utf8_become_a_sign_no_theory_may_contain() -> None:
    assert SourceFile.decode("a.lqt", b"a\xffb").text == "a\ufffdb"
    assert SourceFile.decode("a.lqt", "λ".encode()).text == "λ"
