"""The LALR tables made from `grammars/lqt.lark`, and what the grammar says about its words."""

from dataclasses import dataclass
from functools import cache

from lark import Lark
from lark.lexer import PatternStr
from lark.parsers.lalr_interactive_parser import InteractiveParser

from lqdsl.resources import read_resource
from lqdsl.syntax.build import Builder


@dataclass(frozen=True)
class Grammar:
    """`texts` maps fixed terminals to what is typed, `words` those that are reserved, `openers` what declares."""

    lark: Lark
    texts: dict[str, str]
    words: frozenset[str]
    openers: frozenset[str]


def accepted(machine: InteractiveParser) -> frozenset[str]:
    """The names of the terminals that the machine would take next."""
    return frozenset(machine.accepts())


@cache
def grammar() -> Grammar:
    """The grammar with tree-building callbacks inside the LALR loop, which no length of a sum can overflow."""
    lark = Lark(
        read_resource("grammars", "lqt.lark"),
        parser="lalr",
        lexer="basic",
        transformer=Builder(),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )
    texts = {t.name: t.pattern.value for t in lark.terminals if isinstance(t.pattern, PatternStr)}
    words = frozenset(name for name, text in texts.items() if text.isidentifier())
    openers = accepted(lark.parse_interactive("")) - {"$END"}
    return Grammar(lark, texts, words, openers)


def declaration_words() -> list[str]:
    """The words that open declarations, in alphabetical order."""
    return sorted(grammar().texts[name] for name in grammar().openers)


def reserved_words() -> list[str]:
    """All words that cannot be names, in alphabetical order."""
    return sorted(grammar().texts[name] for name in grammar().words)
