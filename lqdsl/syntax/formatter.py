"""`lqdsl fmt`: the same tokens and comments, well laid out.

Line breaks inside expressions are the author's; blanks, indentation and the columns of neighbouring lines are ours.
"""

from bisect import bisect_left

from lark import Token

from lqdsl.diagnostics import Sink, SourceFile, Span
from lqdsl.syntax import ast
from lqdsl.syntax.build import token_span
from lqdsl.syntax.columns import Line, render
from lqdsl.syntax.lexer import lex
from lqdsl.syntax.parser import parse
from lqdsl.syntax.spacing import CLOSING, Roles, blank_before, may_break, roles

INDENT = 4
LONGEST = 120  # of a block on one line

_Block = ast.FlowBlock | ast.TrainBlock | ast.SampleBlock | ast.Couple


def format_source(text: str, name: str = "<text>") -> str:
    """The text laid out anew: the same tree and the same comments; laid out once more it stays as it is.

    Raises DiagnosticError if the text is not a theory.
    """
    source = SourceFile(name, text)
    file = parse(source)
    return _Formatter(source).format(file)


class _Formatter:
    def __init__(self, source: SourceFile) -> None:
        tokens = lex(source, Sink())
        self.source = source
        self.tokens = tokens.significant
        self.starts = [token_span(t).start for t in self.tokens]
        self.comments = tokens.comments
        self.comment_starts = [token_span(t).start for t in self.comments]
        self.written = 0  # how many comments
        self.at = 0  # end of what was written, in the source
        self.lines: list[Line] = []

    def format(self, file: ast.File) -> str:
        for statement in file.statements:
            self.item(statement, 0)
        self.write_comments(len(self.source.text), 0)
        return render(self.lines)

    # ------------------------------------------------------------ declarations and what stands in blocks

    def item(self, node: ast.Node, indent: int) -> None:
        if isinstance(node, _Block):
            self.block(node, indent)
        else:
            self.write_comments(node.span.start, indent)
            self.new_line(node.span.start, indent)
            self.run(node, indent)

    def block(self, node: _Block, indent: int) -> None:
        tokens = self.tokens_of(node.span)
        header = tokens[: _position("{", tokens) + 1]
        brace = token_span(header[-1])
        self.write_comments(brace.start, indent)
        self.new_line(node.span.start, indent)
        items = sorted([*getattr(node, "couples", ()), *node.options, *_rules(node)], key=lambda n: n.span)
        opening = self.text(header)
        options = [self.text(self.tokens_of(item.span)) for item in items]
        length = indent + len(opening) + sum(2 + len(option) for option in options) + 2
        if length <= LONGEST and self.stands_on_one_line(node, brace, items):
            self.one_line(node, opening, options)
        else:
            self.lines[-1].cells[-1] = [opening]
            self.at = brace.end
            for item in items:
                self.item(item, indent + INDENT)
            closing = token_span(tokens[-1]).start
            self.write_comments(closing, indent + INDENT)
            self.lines.append(Line(indent, cells=[["}"]]))
        self.at = node.span.end

    def stands_on_one_line(self, node: _Block, brace: Span, items: list[ast.Node]) -> bool:
        inner = Span(brace.start, node.span.end)
        if self.has_comment(inner):
            return False
        return not items or not (self.broken(inner) or any(isinstance(item, ast.Couple) for item in items))

    def one_line(self, node: _Block, opening: str, options: list[str]) -> None:
        line = self.lines[-1]
        if not options:
            line.cells = [[opening, "}"]]
        elif isinstance(node, ast.SampleBlock):
            options[-1] += " }"
            line.kind = "sample"
            line.cells = [["sample"], [node.name.name], ["{ ", options[0]], *([option] for option in options[1:])]
        else:
            line.cells = [[opening, " ", "  ".join(options), " }"]]

    # ------------------------------------------------------------ tokens

    def run(self, node: ast.Node, indent: int) -> None:
        """Writes the tokens of a node on the current line and, where the author broke it, on following ones."""
        tokens = self.tokens_of(node.span)
        known = roles(tokens)
        kind, cells = _cells(node, tokens) if not self.has_comment(node.span) else ("", ())
        self.lines[-1].kind = kind
        hanging = 0
        for i, token in enumerate(tokens):
            span = token_span(token)
            depth = known.depth[i] - _closers(tokens, i, known)
            broken = i > 0 and self.broken(Span(self.at, span.start)) and may_break(tokens, i, known)
            if broken and known.depth[i] == 0:
                hanging = 1
            inner = indent + INDENT * (depth + hanging)
            commented = self.write_comments(span.start, inner or indent + INDENT, inside=True)
            if broken or commented:
                self.lines.append(Line(inner, cells=[[token]]))
            elif i in cells:
                self.lines[-1].cells.append([token])
            else:
                blank = i > 0 and blank_before(tokens, i, known, self.source)
                self.lines[-1].cells[-1].append(" " * blank + token)
            self.at = span.end
        if kind == "param" and len(self.lines[-1].cells) == 3:
            self.lines[-1].cells.insert(2, [])

    def text(self, tokens: list[Token]) -> str:
        """Tokens on one line."""
        known = roles(tokens)
        blanks = (i > 0 and blank_before(tokens, i, known, self.source) for i in range(len(tokens)))
        return "".join(" " * blank + token for blank, token in zip(blanks, tokens))

    def tokens_of(self, span: Span) -> list[Token]:
        return self.tokens[bisect_left(self.starts, span.start) : bisect_left(self.starts, span.end)]

    def new_line(self, offset: int, indent: int) -> None:
        """A new line of output for what stands at `offset`; of several blank lines before it one stays."""
        first, last = self.source.location(self.at)[0], self.source.location(offset)[0]
        opened = bool(self.lines) and not self.lines[-1].comment and self.source.text[self.at - 1] == "{"
        self.lines.append(Line(indent, blank=bool(self.lines) and not opened and last - first > 1))

    def broken(self, span: Span) -> bool:
        between = self.source.slice(span)
        return "\n" in between or "\r" in between

    # ------------------------------------------------------------ comments

    def write_comments(self, offset: int, indent: int, inside: bool = False) -> bool:
        """Writes the comments before `offset`, behind the last line or on own lines; whether there were any."""
        before = self.written
        while self.written < len(self.comments) and self.comment_starts[self.written] < offset:
            comment = token_span(self.comments[self.written])
            trails = bool(self.lines) and not self.lines[-1].comment and not self.broken(Span(self.at, comment.start))
            if trails:
                self.lines[-1].column = self.source.location(comment.start)[1] - 1
            elif inside:
                self.lines.append(Line(indent))
            else:
                self.new_line(comment.start, indent)
            self.lines[-1].comment = self.source.slice(comment).rstrip()
            self.at = comment.end
            self.written += 1
        return self.written > before

    def has_comment(self, span: Span) -> bool:
        """Whether a comment that was not written yet begins within the span."""
        first = max(self.written, bisect_left(self.comment_starts, span.start))
        return bisect_left(self.comment_starts, span.end) > first


def _closers(tokens: list[Token], i: int, known: Roles) -> int:
    """How many brackets close at token `i` and directly after it."""
    end = i
    while end < len(tokens) and tokens[end] in CLOSING and end not in known.opening:
        end += 1
    return end - i


def _position(sign: str, tokens: list[Token]) -> int:
    return next(i for i, token in enumerate(tokens) if token == sign)


def _rules(node: _Block) -> tuple[ast.Node, ...]:
    return (*node.stops, *node.anneals) if isinstance(node, ast.TrainBlock) else ()


def _cells(node: ast.Node, tokens: list[Token]) -> tuple[str, tuple[int, ...]]:
    """Which neighbours a line shares columns with, and before which of its tokens they begin."""
    match node:
        case ast.ParamDecl():
            return "param", (1, 2, 4) if node.type else (1, 2)
        case ast.ObservableDecl() | ast.DerivedDecl():
            return "observable", (1, _position("=", tokens))
        case ast.Option():
            return "option", (1,)
        case ast.FieldDecl():
            return "field", (1, _position(":", tokens))
    return "", ()
