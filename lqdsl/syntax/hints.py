"""What to say about a place at which the grammar could not go on: one small function for each known slip."""

from collections.abc import Callable
from itertools import pairwise

from lqdsl.diagnostics import Diagnostic, Label, Span
from lqdsl.syntax.build import token_span
from lqdsl.syntax.failure import PAIRS, Failure, ends_value, first_on_line
from lqdsl.syntax.grammar import declaration_words, grammar
from lqdsl.syntax.misspelt import meant

_BLOCKS = {"COUPLE": "flow", "STOP": "train", "ANNEAL": "train"}

# operators of other languages -> what to type
_FOREIGN = {
    "**": "powers are written `^`",
    "=>": "maps are written `->`, comparisons `>=`",
    "=<": "comparisons are written `<=`",
    "<>": "comparisons are written `!=`",
    ":=": "definitions are written with `=`",
    "//": "comments begin with `#`",
    "/*": "comments begin with `#`",
    "||": "conditions are joined by `or`",
    "+=": "a definition is made once, with `=`",
    "-=": "a definition is made once, with `=`",
    "*=": "a definition is made once, with `=`",
    "/=": "a definition is made once, with `=`",
    "===": "comparisons are written `==`",
}


def explain(failure: Failure) -> Diagnostic:
    """The most helpful diagnostic for a failure."""
    for hint in _HINTS:
        found = hint(failure)
        if found is not None:
            return found
    return _plain(failure)


def _foreign_operator(f: Failure) -> Diagnostic | None:
    if f.token is None:
        return None
    for first, second in pairwise(f.tokens[max(f.at - 1, 0) : f.at + 2]):
        sign, touching = first + second, token_span(first).end == token_span(second).start
        if touching and sign in _FOREIGN and (sign != "||" or f.takes_operator):
            span = token_span(first).to(token_span(second))
            return Diagnostic("E0107", f"`{sign}` is not an operator", span, helps=(_FOREIGN[sign],))
    return None


def _equals(f: Failure) -> Diagnostic | None:
    if f.token == "==" and f.takes("="):
        return Diagnostic("E0107", "`==` compares, it does not define", f.span, helps=("write `=`",))
    opened_by = next((t for t in reversed(f.tokens[: f.at]) if t.type in ("WHEN", "EQUAL")), "")
    if f.token == "=" and f.takes("==") and opened_by == "when":
        return Diagnostic("E0107", "`=` defines, it does not compare", f.span, helps=("write `==`",))
    if f.token in ("=", "==") and f.takes("->"):
        return Diagnostic("E0107", "a map is written with `->`", f.span, helps=("write `phi -> -phi`",))
    if f.token == "->" and f.takes("="):
        return Diagnostic("E0107", "a definition is written with `=`", f.span, helps=("write `=`",))
    return None


def _misplaced_item(f: Failure) -> Diagnostic | None:
    if f.token is None or f.token.type not in _BLOCKS or not f.takes("}") or f.takes(str(f.token)):
        return None
    if f.at + 1 < len(f.tokens) and f.tokens[f.at + 1] == "=":
        return None
    return Diagnostic("E0101", f"`{f.token}` belongs into the block `{_BLOCKS[f.token.type]}`", f.span)


def _reserved(f: Failure) -> Diagnostic | None:
    if f.token is None or f.token.type not in grammar().words or "NAME" not in f.accepts:
        return None
    if f.token.type in ("SUM", "MEAN", "PROD") and f.takes_value:
        return None
    word = str(f.token)
    return Diagnostic(
        "E0106",
        f"`{word}` is a word of the language and cannot be a name",
        f.span,
        helps=(f"choose another name, `{word}_` or `{word}1`",),
    )


def _reduction(f: Failure) -> Diagnostic | None:
    if f.token == "(" and f.previous is not None and f.previous.type in ("SUM", "PROD"):
        word = str(f.previous)
        return Diagnostic(
            "E0101",
            f"`{word}` has to say what it runs over",
            token_span(f.previous),
            helps=(f"write `{word}[x](...)` for all sites, `{word}[mu](...)` for all directions",),
        )
    return None


def _unknown_declaration(f: Failure) -> Diagnostic | None:
    if f.token is None or f.token.type != "NAME" or not f.complete or not (f.on_new_line or f.at == 0):
        return None
    word = str(f.token)
    close = meant(word)
    following = f.tokens[f.at + 1] if f.at + 1 < len(f.tokens) else None
    helps: tuple[str, ...] = ()
    if close:
        helps = (f"did you mean `{close}`?",)
    elif following in ("=", "(", "["):
        helps = (f"a name is defined by `let {word} = ...`, a number that can be set by `param {word} = ...`",)
    note = "declarations open with " + ", ".join(declaration_words())
    return Diagnostic("E0113", f"no declaration opens with `{word}`", f.span, notes=(note,), helps=helps)


def _brackets(f: Failure) -> Diagnostic | None:
    token, stack = f.token, f.open_brackets
    if token is not None and token in (")", "]", "}") and not stack:
        return Diagnostic("E0103", f"`{token}` closes nothing", f.span)
    if not stack:
        return None
    opened = stack[-1]
    close = PAIRS[opened]
    label = Label(token_span(opened), f"this `{opened}` is not closed")
    if token is not None and token in (")", "]", "}") and token != close:
        if f.takes_value and f.previous is not None and not ends_value(f.previous):
            return None
        if any(PAIRS[b] == token for b in stack[:-1]):
            return Diagnostic("E0103", f"`{close}` is missing", f.behind, labels=(label,))
        message = f"`{opened}` is closed by `{token}`"
        label = Label(token_span(opened), f"opened here, `{close}` closes it")
        return Diagnostic("E0103", message, f.span, labels=(label,))
    if f.on_new_line and (f.takes(close) or token is None):
        return Diagnostic("E0103", f"`{close}` is missing", f.behind, labels=(label,))
    return None


def _juxtaposed(f: Failure) -> Diagnostic | None:
    if f.token is None or f.previous is None or f.on_new_line or not f.takes_operator:
        return None
    if f.token.type not in ("NAME", "NUMBER", "SUM", "MEAN", "PROD", "LPAR") or not ends_value(f.previous):
        return None
    whole = token_span(f.previous).to(f.span)
    helps = (f"a product is written `{f.previous}*{f.token}`",) if len(f.previous) + len(f.token) < 60 else ()
    return Diagnostic("E0101", f"an operator is missing before {f.found}", whole, helps=helps)


def _missing_value(f: Failure) -> Diagnostic | None:
    """`batch =` at the end of a line, and the next option after it."""
    if f.token != "=" or f.at < 2 or f.tokens[f.at - 1].type != "NAME" or ends_value(f.tokens[f.at - 2]):
        return None
    if not first_on_line(f.tokens, f.at - 1, f.source):
        return None
    end = token_span(f.tokens[f.at - 2]).end
    return Diagnostic("E0102", "a value is missing here", Span(end, end))


def _stray_word(f: Failure) -> Diagnostic | None:
    """`loss = reverse kl` in a block, where `kl` was read as the next option."""
    if not f.takes("=") or f.previous is None or f.previous.type != "NAME" or f.at < 2:
        return None
    if not ends_value(f.tokens[f.at - 2]) or first_on_line(f.tokens, f.at - 1, f.source):
        return None
    message = f"expected an operator or the next option, found `{f.previous}`"
    return Diagnostic("E0101", message, token_span(f.previous))


def _mixed_symmetry(f: Failure) -> Diagnostic | None:
    if f.token == ":" and f.tokens[0].type == "SYMMETRY" and f.at > 2:
        help_ = f"give it a line of its own: `symmetry {f.previous} : ...`"
        return Diagnostic("E0101", "claims and maps stand in separate declarations", f.span, helps=(help_,))
    return None


def _plain(f: Failure) -> Diagnostic:
    if f.on_new_line and f.previous is not None and not f.complete:
        return Diagnostic("E0102", f"{f.expected} is missing here", f.behind)
    return Diagnostic("E0101", f"expected {f.expected}, found {f.found}", f.span)


_HINTS: tuple[Callable[[Failure], Diagnostic | None], ...] = (
    _foreign_operator,
    _missing_value,
    _equals,
    _misplaced_item,
    _reserved,
    _reduction,
    _unknown_declaration,
    _mixed_symmetry,
    _stray_word,
    _brackets,
    _juxtaposed,
)
