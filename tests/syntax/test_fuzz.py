"""Whatever is typed, the parser answers with a tree or with diagnostics, and `fmt` keeps the meaning."""

import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark

from lqdsl.diagnostics import DiagnosticError, SourceFile, render_json, render_text
from lqdsl.resources import read_resource
from lqdsl.syntax import ast, format_source, parse

THEORIES = [p.read_text() for p in sorted((Path(__file__).parent / "theories").glob("*.lqt"))]
PIECES = sorted({piece for text in THEORIES for piece in re.findall(r"\w+|\s+|[^\w\s]+", text)})
STRANGE = [
    "λ",
    "−",
    "\0",
    '"',
    "'",
    "#",
    "\r",
    "\ufeff",
    "\ud800",
    "e\u0301",
    "..",
    "**",
    "||",
    "1e999",
    "__",
    "(",
    "}",
    "𝕏",
]
COMMENT = r""""[^"\r\n]*"|#[^\r\n]*"""

fast = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)


def read(text: str) -> ast.File | None:
    """The tree, or None if there are diagnostics, which are rendered."""
    source = SourceFile("fuzz.lqt", text)
    try:
        return parse(source)
    except DiagnosticError as error:
        assert error.diagnostics and all(d.code.startswith("E01") for d in error.diagnostics)
        assert all(d.span is None or 0 <= d.span.start <= d.span.end <= len(text) for d in error.diagnostics)
        assert render_text(error.diagnostics, source, color=True) and render_json(error.diagnostics, source)
        return None


def check(text: str) -> bool:
    """The laws for any text; whether it is a theory."""
    tree = read(text)
    if tree is None:
        return False
    laid_out = format_source(text)
    assert read(laid_out) == tree
    assert format_source(laid_out) == laid_out
    assert [c.rstrip() for c in re.findall(COMMENT, laid_out)] == [c.rstrip() for c in re.findall(COMMENT, text)]
    return True


_grammar = Lark(read_resource("grammars", "lqt.lark"), parser="lalr", lexer="basic")
_blanks = {"NAME": [" a ", " phi ", " x\n", " b # c\n"], "NUMBER": ["1 ", "2.5 ", "0"], "STRING": ['"a b"']}
_ignored = {"OPEN_STRING": " ", "FOREIGN": " ", "BLANK": "\n", "COMMENT": "# c\n"}
sentences = from_lark(
    _grammar,
    explicit={name: st.sampled_from(texts) for name, texts in _blanks.items()}
    | {name: st.just(text) for name, text in _ignored.items()},
)


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """A theory with pieces deleted, doubled, swapped or put in."""
    pieces = re.findall(r"\w+|\s+|[^\w\s]", draw(st.sampled_from(THEORIES)))
    for _ in range(draw(st.integers(1, 4))):
        i = draw(st.integers(0, len(pieces) - 1))
        j = min(i + draw(st.integers(0, 12)), len(pieces))
        new = draw(st.lists(st.sampled_from(PIECES + STRANGE), max_size=3))
        pieces[i:j] = draw(st.sampled_from([new, pieces[i:j] * 2, pieces[i:j][::-1]]))
    return "".join(pieces)


def test_sentences_of_the_grammar() -> None:
    long_ones = 0

    @settings(fast, max_examples=50)
    @given(sentences)
    def holds(text: str) -> None:
        nonlocal long_ones
        long_ones += check(text) and len(text) > 20

    holds()
    assert long_ones >= 5  # else the strategy draws nothing but nonsense


@settings(fast, max_examples=80)
@given(spoiled())
def test_spoiled_theories(text: str) -> None:
    check(text)


@settings(fast, max_examples=100)
@given(st.lists(st.sampled_from(PIECES + STRANGE), max_size=40).map("".join) | st.text(max_size=60))
def test_any_text(text: str) -> None:
    check(text)
