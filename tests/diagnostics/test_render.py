"""The exact look of diagnostics."""

import json
import re

from lqdsl.diagnostics import Diagnostic, Label, SourceFile, Span, render_json, render_text

TEXT = "theory phi4\nparam h = 1\naction = sum[x]( phi(x)^4 + h * phi(x) )\nsymmetry Z2 : phi -> -phi\n"
SOURCE = SourceFile("phi4.lqt", TEXT)


def span(part: str, text: str = TEXT) -> Span:
    start = text.index(part)
    return Span(start, start + len(part))


def show(text: str, place: Span, *labels: Label) -> str:
    """The excerpt alone."""
    source = SourceFile("a.lqt", text)
    return "\n".join(render_text([Diagnostic("E0101", "m", place, labels)], source).splitlines()[3:])


def test_two_places_note_and_help() -> None:
    diagnostic = Diagnostic(
        "E0401",
        "the action is not invariant under `Z2`",
        span("phi -> -phi"),
        labels=(Label(span("h * phi(x)"), "this term changes its sign"),),
        notes=("under Z2 it becomes\n-h * phi(x)",),
        helps=("leave the claim out",),
    )
    assert (
        render_text([diagnostic], SOURCE)
        == """\
error[E0401]: the action is not invariant under `Z2`
 --> phi4.lqt:4:15
  |
3 | action = sum[x]( phi(x)^4 + h * phi(x) )
  |                             ---------- this term changes its sign
4 | symmetry Z2 : phi -> -phi
  |               ^^^^^^^^^^^
  |
  = note: under Z2 it becomes
          -h * phi(x)
  = help: leave the claim out
"""
    )


def test_no_place_and_warning() -> None:
    diagnostics = [Diagnostic("E0603", "no action", None), Diagnostic("E0402", "m", span("h"), severity="warning")]
    text = render_text(diagnostics, SOURCE)
    assert text.startswith("error[E0603]: no action\n --> phi4.lqt\n\nwarning[E0402]: m\n --> phi4.lqt:1:2\n")
    assert render_text([], SOURCE) == ""


def test_marks_on_one_line_share_a_row_unless_they_overlap() -> None:
    text = "abc def ghi"
    assert show(text, Span(4, 7), Label(Span(0, 3), "one"), Label(Span(8, 11), "two")) == (
        "1 | abc def ghi\n  | --- ^^^ --- two\n  | one"
    )
    assert show(text, Span(0, 7), Label(Span(4, 11), "over")) == "1 | abc def ghi\n  | ^^^^^^^\n  |     ------- over"


def test_span_over_several_lines() -> None:
    assert (
        show("a = (\n    b\n\n  + c )  \nd", Span(4, 20))
        == "1 | a = (\n  |     ^\n2 |     b\n  |     ^\n...\n4 |   + c )\n  |   ^^^^^"
    )


def test_middle_of_a_long_span_is_left_out() -> None:
    text = "\n".join(f"line{i}" for i in range(12))
    shown = show(text, Span(0, len(text)))
    assert re.findall(r"line\d+|\.\.\.", shown) == ["line0", "line1", "...", "line11"]
    assert shown.startswith(" 1 | line0\n   | ^^^^^\n")


def test_tabs_wide_and_combining_characters_keep_the_columns() -> None:
    assert show("\tx\ty", Span(3, 4)) == "1 |     x   y\n  |         ^"
    assert show("# 格子 y", Span(5, 6)) == "1 | # 格子 y\n  |        ^"
    assert show("e\u0301 y", Span(3, 4)) == "1 | e\u0301 y\n  |   ^"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in show("a \x1b[31m b", Span(0, 1))


def test_end_of_text() -> None:
    assert show("abc", Span(3, 3)) == "1 | abc\n  |    ^"
    assert show("", Span(0, 0)) == "1 |\n  | ^"


def test_long_lines_are_cut_around_the_place() -> None:
    shown = show("x" * 500 + "HERE" + "y" * 500, Span(500, 504)).splitlines()
    assert len(shown[0]) < 200 and shown[0].startswith("1 | ... xx") and shown[0].endswith("yy ...")
    assert shown[0][shown[1].index("^") : shown[1].rindex("^") + 1] == "HERE"


def test_color_changes_nothing_but_color() -> None:
    diagnostic = Diagnostic("E0401", "m", span("phi -> -phi"), (Label(span("h"), "l"),), ("n",), ("h",))
    colored = render_text([diagnostic], SOURCE, color=True)
    assert "\x1b[1;31m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render_text([diagnostic], SOURCE)


def test_json() -> None:
    diagnostic = Diagnostic("E0401", "m", span("phi -> -phi"), (Label(span("param"), "l"),), ("n",), ("h",))
    (data,) = render_json([diagnostic], SOURCE)
    assert json.loads(json.dumps(data)) == data
    assert data["span"] == {"start": 79, "end": 90, "line": 4, "column": 15, "end_line": 4, "end_column": 26}
    assert (data["code"], data["severity"], data["file"]) == ("E0401", "error", "phi4.lqt")
    assert (data["labels"][0]["text"], data["notes"], data["helps"]) == ("l", ["n"], ["h"])
    assert render_json([Diagnostic("E0603", "m", None)], SOURCE)[0]["span"] is None
