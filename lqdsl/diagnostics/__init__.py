"""Places in a source, errors with codes, and how they are shown."""

from lqdsl.diagnostics.codes import CODES, Code
from lqdsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, InternalError, Label, Severity, Sink
from lqdsl.diagnostics.render import render_json, render_text
from lqdsl.diagnostics.source import SourceFile, Span
from lqdsl.diagnostics.suggest import suggest

__all__ = [
    "CODES",
    "Code",
    "Diagnostic",
    "DiagnosticError",
    "InternalError",
    "Label",
    "Severity",
    "Sink",
    "SourceFile",
    "Span",
    "render_json",
    "render_text",
    "suggest",
]
