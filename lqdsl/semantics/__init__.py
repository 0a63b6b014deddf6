"""Meaning: names, kinds, shapes; syntax tree to theory."""

from lqdsl.semantics.analyse import analyse

__all__ = ["analyse"]
