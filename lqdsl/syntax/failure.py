"""The place at which the tables could not go on, and what can be said about it."""

from dataclasses import dataclass
from functools import cached_property

from lark import Token

from lqdsl.diagnostics import SourceFile, Span
from lqdsl.syntax.build import token_span
from lqdsl.syntax.grammar import grammar
from lqdsl.syntax.misspelt import meant

PAIRS = {"(": ")", "[": "]", "{": "}", "|": "|"}
_NAMED = {"NAME": "a name", "NUMBER": "a number", "STRING": "a text in quotes"}
_VALUE = {"NAME", "NUMBER", "STRING", "LPAR", "LSQB", "VBAR", "PLUS", "MINUS", "SUM", "MEAN", "PROD"}
_OPERATOR = {"PLUS", "MINUS", "STAR", "SLASH", "CIRCUMFLEX", "LPAR", "LSQB", "AND", "OR"}
_COMPARISON = {"<", "<=", ">", ">=", "==", "!="}


def ends_value(token: Token) -> bool:
    """Whether an expression or a declaration can end with this token."""
    return token.type in ("NAME", "NUMBER", "STRING") or token in (")", "]", "}", "|")


def first_on_line(tokens: list[Token], i: int, source: SourceFile) -> bool:
    """Whether no other token stands before token `i` on its line."""
    return i == 0 or "\n" in _between(tokens, i, source) or "\r" in _between(tokens, i, source)


def _between(tokens: list[Token], i: int, source: SourceFile) -> str:
    return source.text[token_span(tokens[i - 1]).end : token_span(tokens[i]).start]


def misspelt_line(tokens: list[Token], source: SourceFile) -> int | None:
    """Where a misspelt declaration follows `field NAME : KIND`; its first word could be read as another of the kind."""
    colon = next((i for i, token in enumerate(tokens) if token == ":"), None)
    if tokens[0].type != "FIELD" or colon is None:
        return None
    for i in range(colon + 2, len(tokens)):
        if tokens[i].type != "NAME":
            return None
        likely = _goes_on(tokens, i) or meant(str(tokens[i])) is not None
        if likely and _begins_line(tokens, i, source):
            return i
    return None


def misspelt_before(tokens: list[Token], at: int, source: SourceFile) -> int:
    """The place of the failure at token `at`, or the misspelt declaration before it that was read as a name or a value."""
    i = at - 1
    likely = i > 0 and tokens[i].type == "NAME" and meant(str(tokens[i])) is not None and _goes_on(tokens, i)
    return i if likely and _begins_line(tokens, i, source) else at


def _goes_on(tokens: list[Token], i: int) -> bool:
    """Whether behind token `i` stands what may follow the first word of a declaration, and no value."""
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    return following is not None and (following.type == "NAME" or following in ("=", ":", "{"))


def _begins_line(tokens: list[Token], i: int, source: SourceFile) -> bool:
    """Whether token `i` is the first on its line and not indented more than the declaration."""
    first, column = (source.location(token_span(token).start)[1] for token in (tokens[0], tokens[i]))
    return first_on_line(tokens, i, source) and column <= first


@dataclass(frozen=True)
class Failure:
    """Token `at` of `tokens` (their end, if `at` is their number) is none of those that the grammar `accepts`."""

    tokens: list[Token]
    at: int
    accepts: frozenset[str]
    source: SourceFile

    @property
    def token(self) -> Token | None:
        """The token that does not fit; None at the end of a declaration."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    @property
    def previous(self) -> Token | None:
        return self.tokens[self.at - 1] if self.at else None

    @property
    def on_new_line(self) -> bool:
        """Whether the declaration ended, or the line of the previous token did."""
        return self.token is None or first_on_line(self.tokens, self.at, self.source)

    @property
    def span(self) -> Span:
        """The token that does not fit, or the place behind the last one."""
        return token_span(self.token) if self.token is not None else self.behind

    @property
    def behind(self) -> Span:
        """The place behind the previous token, where something is missing."""
        assert self.previous is not None
        end = token_span(self.previous).end
        return Span(end, end)

    @cached_property
    def open_brackets(self) -> list[Token]:
        """The brackets that are open before the token, innermost last."""
        stack: list[Token] = []
        for i, token in enumerate(self.tokens[: self.at]):
            if token == "|":
                if stack and stack[-1] == "|" and ends_value(self.tokens[i - 1]):
                    stack.pop()
                else:
                    stack.append(token)
            elif token in PAIRS:
                stack.append(token)
            elif stack and token == PAIRS[stack[-1]]:
                stack.pop()
        return stack

    @property
    def found(self) -> str:
        """The token as it is named in a message."""
        if self.token is None:
            return "the end of the declaration"
        text = str(self.token)
        return f"`{text}`" if len(text) <= 40 else f"`{text[:37]}...`"

    @property
    def complete(self) -> bool:
        """Whether everything before the token is a whole declaration (or nothing)."""
        return "$END" in self.accepts

    def takes(self, text: str) -> bool:
        """Whether a fixed sign or word would have been accepted."""
        return any(grammar().texts.get(name) == text for name in self.accepts)

    @property
    def takes_value(self) -> bool:
        return {"NAME", "NUMBER", "LPAR"} <= self.accepts

    @property
    def takes_operator(self) -> bool:
        return {"PLUS", "STAR"} <= self.accepts

    @property
    def expected(self) -> str:
        """What could have stood here, in words."""
        left, said = set(self.accepts), []
        if self.takes_value:
            said.append("a value")
            left -= _VALUE
        signs = {grammar().texts[name] for name in left if name in grammar().texts}
        named = sorted(_NAMED[name] for name in left if name in _NAMED)
        if self.takes_operator:
            signs -= _COMPARISON | {grammar().texts[name] for name in _OPERATOR}
        if self.complete:
            signs -= {grammar().texts[name] for name in grammar().openers}
        said += named + [f"`{sign}`" for sign in sorted(signs, key=lambda s: (s.isalpha(), s))]
        if self.takes_operator:
            said.append("an operator")
        if self.complete:
            said.append("the next declaration")
        return said[0] if len(said) == 1 else ", ".join(said[:-1]) + " or " + said[-1]

    def rest(self) -> list[Token]:
        """Tokens from which reading can go on after the error.

        These are the block without the option that cannot be read, or a later line that opens like a declaration.
        """
        if self.token is not None and misspelt_before(self.tokens, self.at + 1, self.source) == self.at:
            return self._later_line()
        return self._block_without_option() or self._later_line()

    def _later_line(self) -> list[Token]:
        # a whole declaration before the token: what begins with it has been reported
        for i in range(self.at + 1 if self.complete else max(self.at, 1), len(self.tokens)):
            token = self.tokens[i]
            opens = token.type == "NAME" and (self.complete or meant(str(token)) is not None)
            if opens and _begins_line(self.tokens, i, self.source):
                return self.tokens[i:]
        return []

    def _block_without_option(self) -> list[Token]:
        if self.token is None or self.tokens[0].type not in ("FLOW", "TRAIN", "SAMPLE"):
            return []
        starts = {i for i in range(2, len(self.tokens)) if self._starts_item(i)}
        whole = self.at in starts and self.takes("}")  # the item before is complete, so this one does not belong here
        begin = self.at if whole else max((i for i in starts if i < self.at), default=None)
        if begin is None:
            return []
        blocks = 0
        for i in range(begin, len(self.tokens)):
            if blocks == 0 and i >= max(begin + 1, self.at) and (i in starts or self.tokens[i] == "}"):
                return self.tokens[:begin] + self.tokens[i:]
            blocks += (self.tokens[i] == "{") - (self.tokens[i] == "}")
        return []

    def _starts_item(self, i: int) -> bool:
        """Whether token `i` opens an option or another item of a block."""
        token, previous = self.tokens[i], self.tokens[i - 1]
        if previous != "{" and not ends_value(previous):
            return False
        following = self.tokens[i + 1] if i + 1 < len(self.tokens) else ""
        named = token.type == "NAME" or token.type in grammar().words
        return named and following == "=" or token.type in ("COUPLE", "STOP", "ANNEAL")
