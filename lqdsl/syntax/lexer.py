"""Text to tokens, and what no theory may contain: foreign signs, open strings, names and numbers out of bounds."""

import unicodedata
from dataclasses import dataclass

from lark import Token

from lqdsl.diagnostics import Sink, SourceFile, Span
from lqdsl.syntax.build import token_span
from lqdsl.syntax.grammar import grammar
from lqdsl.syntax.lookalikes import LOOKALIKES, SIGNS

MAX_ERRORS = 100
MAX_CHARACTERS = 2_000_000
MAX_DIGITS = 40
MAX_NAME = 64
LARGEST = 1e300


@dataclass(frozen=True)
class Tokens:
    """Significant tokens, comments apart, and the offsets of tokens that the grammar has no place for."""

    significant: list[Token]
    comments: list[Token]
    foreign: list[int]


def lex(source: SourceFile, sink: Sink) -> Tokens:
    """All tokens of a source; what is wrong with single ones goes to the sink."""
    if len(source.text) > MAX_CHARACTERS:
        sink.error(
            "E0111",
            f"the file has {len(source.text):,} characters, more than {MAX_CHARACTERS:,}",
            None,
            helps=('put tables of numbers into a file of their own: `data h[x] from "field.npy"`',),
        )
        return Tokens([], [], [])
    tokens = Tokens([], [], [])
    for token in grammar().lark.lex(source.text, dont_ignore=True):
        if token.type == "BLANK":
            continue
        if len(sink) >= MAX_ERRORS:
            break
        if token.type == "COMMENT":
            tokens.comments.append(token)
        elif token.type in ("FOREIGN", "OPEN_STRING"):
            if not _is_mark(token):
                tokens.foreign.append(token.start_pos or 0)
                (_foreign if token.type == "FOREIGN" else _open_string)(token, sink)
        else:
            tokens.significant.append(token)
            if token.type == "NAME":
                _name(token, sink)
            elif token.type == "NUMBER":
                _number(token, sink)
                if token.startswith(".") and tokens.significant[-2:-1] == [".."]:
                    sink.error("E0101", "a range is written with two dots", token_span(token), helps=("write `0..5`",))
    return tokens


def _is_mark(token: Token) -> bool:
    """A byte-order mark, which some editors write at the beginning of a file."""
    return token.start_pos == 0 and token == "\ufeff"


def _open_string(token: Token, sink: Sink) -> None:
    span = Span(token_span(token).start, token_span(token).start + len(token.rstrip()))
    if token.startswith("'"):
        sink.error("E0105", "strings stand between double quotes", span, helps=('write `"..."`',))
    else:
        sink.error("E0105", "this string is not closed", span, helps=('close it with `"`',))


def _foreign(token: Token, sink: Sink) -> None:
    span = token_span(token)
    if token.start_pos == 0 and token.startswith("\ufeff"):
        span = Span(1, span.end)
        token = Token("FOREIGN", str(token)[1:])
    text = str(token)
    if text in SIGNS:
        code, help_ = SIGNS[text]
        sink.error(code, f"`{text}` is not a sign of this language", span, helps=(help_,))
        return
    if text.isascii() and text.isprintable():
        sink.error("E0104", f"`{text}` is not a sign of this language", span)
        return
    if text.isascii() or not text.isprintable() and len(text) == 1 and text not in LOOKALIKES:
        sink.error("E0104", f"character U+{ord(text):04X} is not allowed in a theory", span)
        return
    typed = [LOOKALIKES.get(c) or unicodedata.normalize("NFKC", c) for c in text]
    helps: tuple[str, ...] = ("names are made of a-z, A-Z, digits and `_`",) if text[0].isalpha() else ()
    if all(t.isascii() and t.isprintable() for t in typed):
        ascii_text = _joined(typed)
        helps = (f"type `{ascii_text}`" if ascii_text.strip() else "type an ordinary blank",)
    named = unicodedata.name(text, "") if len(text) == 1 else ""
    what = f"`{text}`" if text.isprintable() and text.strip() else f"U+{ord(text[0]):04X}"
    sink.error(
        "E0104",
        f"{what} is not ASCII",
        span,
        notes=(f"it is U+{ord(text):04X}, {named.lower()}",) if named else (),
        helps=helps,
    )


def _joined(pieces: list[str]) -> str:
    """Words apart, signs together."""
    text = ""
    for piece in pieces:
        both = text[-1:].isalnum() and piece[:1].isalpha() and len(piece) > 1
        text += (" " if both else "") + piece
    return text


def _name(token: Token, sink: Sink) -> None:
    if token.startswith("__"):
        stripped = token.strip("_") or "a"
        help_ = f"call it `{stripped}`"
        sink.error("E0109", "a name cannot begin with two underscores", token_span(token), helps=(help_,))
    elif len(token) > MAX_NAME:
        sink.error("E0109", f"a name has at most {MAX_NAME} characters, this one {len(token)}", token_span(token))


def _number(token: Token, sink: Sink) -> None:
    mantissa = token.lower().partition("e")[0]
    digits = sum(c.isdigit() for c in mantissa)
    if digits > MAX_DIGITS:
        message = f"a number has at most {MAX_DIGITS} digits, this one {digits}"
        sink.error("E0108", message, token_span(token))
    elif mantissa.strip("0.") and not 1 / LARGEST < float(token) < LARGEST:
        message = f"numbers lie between {1 / LARGEST:g} and {LARGEST:g}"
        sink.error("E0108", message.replace("e+", "e"), token_span(token), helps=("`inf` stands for no bound",))
