"""The parts of the compiler that need no SymPy, for commands that only show or lay out text."""

from lqdsl.diagnostics import (
    CODES,
    Diagnostic,
    DiagnosticError,
    SourceFile,
    render_json,
    render_text,
    suggest,
)
from lqdsl.syntax.formatter import format_source

__all__ = [
    "CODES",
    "Diagnostic",
    "DiagnosticError",
    "SourceFile",
    "format_source",
    "render_json",
    "render_text",
    "suggest",
]
