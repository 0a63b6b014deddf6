"""Text to tree. Each declaration is parsed for itself, so that all independent errors are said in one go."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from lark import Token
from lark.exceptions import UnexpectedToken

from lqdsl.diagnostics import DiagnosticError, Sink, SourceFile, Span
from lqdsl.syntax import ast
from lqdsl.syntax.failure import Failure, ends_value, first_on_line, misspelt_before, misspelt_line
from lqdsl.syntax.grammar import accepted, grammar
from lqdsl.syntax.hints import explain
from lqdsl.syntax.lexer import MAX_ERRORS, lex
from lqdsl.syntax.limits import check_brackets, check_tree


def parse(source: SourceFile) -> ast.File:
    """The tree of a source.

    Raises DiagnosticError with all errors of syntax (E01xx), at most `MAX_ERRORS` of them.
    """
    sink = Sink()
    tokens = lex(source, sink)
    statements: list[ast.Statement] = []
    pieces = list(_declarations(tokens.significant, source))
    starts = [piece[0].start_pos or 0 for piece in pieces]
    for piece, (start, end) in zip(pieces, pairwise([*starts, len(source.text) + 1])):
        if len(sink) >= MAX_ERRORS:
            break
        if bisect_left(tokens.foreign, start) == bisect_left(tokens.foreign, end) and check_brackets(piece, sink):
            statements += _parse_declaration(piece, source, sink)
        # else: one wrong character can make nonsense of all that follows it
    if sink.has_errors:
        raise DiagnosticError(sink.diagnostics[:MAX_ERRORS])
    return ast.File(tuple(statements), span=Span(0, len(source.text)))


def _declarations(tokens: list[Token], source: SourceFile) -> Iterator[list[Token]]:
    """The tokens cut before each word that opens a declaration, unless the word is misused as a name."""
    openers, start, depth = grammar().openers, 0, 0
    for i, token in enumerate(tokens):
        if token.type in openers and i > start and _opens(tokens, i, depth, source):
            yield tokens[start:i]
            start, depth = i, 0
        depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
    if tokens[start:]:
        yield tokens[start:]


def _opens(tokens: list[Token], i: int, depth: int, source: SourceFile) -> bool:
    defined = i + 1 < len(tokens) and tokens[i + 1].type == "EQUAL" and tokens[i].type != "ACTION"
    if defined and depth > 0:
        return False
    return first_on_line(tokens, i, source) or ends_value(tokens[i - 1])


def _parse_declaration(tokens: list[Token], source: SourceFile, sink: Sink) -> list[ast.Statement]:
    """The statements read; after an error the rest is tried again from the next place that can be one of its own."""
    while tokens:
        result = _run(tokens, source)
        if not isinstance(result, Failure):
            return _checked(result, sink)
        if result.complete and result.at:
            before = _run(tokens[: result.at], source)
            assert not isinstance(before, Failure)
            _checked(before, sink)
        sink.add(explain(result))
        if len(sink) >= MAX_ERRORS:
            return []
        tokens = result.rest()
    return []


def _checked(statements: tuple[ast.Statement, ...], sink: Sink) -> list[ast.Statement]:
    for statement in statements:
        check_tree(statement, sink)
    return list(statements)


def _run(tokens: list[Token], source: SourceFile) -> tuple[ast.Statement, ...] | Failure:
    machine = grammar().lark.parse_interactive()
    at, end = 0, misspelt_line(tokens, source)
    try:
        for at, token in enumerate(tokens[:end]):
            machine.feed_token(token)
        at = len(tokens) if end is None else end
        if end is None:
            statements: tuple[ast.Statement, ...] = machine.feed_eof(tokens[-1])
            return statements
    except UnexpectedToken:
        pass
    at = misspelt_before(tokens, at, source)
    machine = grammar().lark.parse_interactive()
    for token in tokens[:at]:
        machine.feed_token(token)
    return Failure(tokens, at, accepted(machine), source)
