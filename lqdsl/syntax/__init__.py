"""From the text of a `.lqt` file to its tree, and back to a well-laid-out text."""

from lqdsl.syntax import ast
from lqdsl.syntax.formatter import format_source
from lqdsl.syntax.grammar import declaration_words, reserved_words
from lqdsl.syntax.parser import parse
from lqdsl.syntax.walk import chain, children, same, walk

__all__ = ["ast", "chain", "children", "declaration_words", "format_source", "parse", "reserved_words", "same", "walk"]
