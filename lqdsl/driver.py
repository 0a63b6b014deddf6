"""The stages in their order: text, syntax tree, theory, proofs, module. The one place that names them all.

Stages are imported when they run, so that formatting and explaining need no SymPy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lqdsl.diagnostics import (
    CODES,
    Diagnostic,
    DiagnosticError,
    InternalError,
    SourceFile,
    render_json,
    render_text,
    suggest,
)
from lqdsl.version import __version__

if TYPE_CHECKING:
    from lqdsl.ir.compiled import Compiled
    from lqdsl.ir.theory import Theory
    from lqdsl.syntax import ast

STAGES = ("ast", "ir", "passes", "module")
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class CompileOptions:
    """`overrides` are values for parameters by name; `dtype` is that of the fields."""

    overrides: Mapping[str, float | tuple[float, ...]] = field(default_factory=dict)
    dtype: str = "float32"


@dataclass(frozen=True)
class CompileResult:
    """What each stage made of one source."""

    source: SourceFile
    file: "ast.File"
    compiled: "Compiled"
    module: str

    @property
    def theory(self) -> "Theory":
        return self.compiled.theory

    @property
    def name(self) -> str:
        return self.compiled.theory.name

    def emit(self, stage: str) -> str:
        """The text of one of `STAGES`."""
        from lqdsl import emit

        match stage:
            case "ast":
                return emit.emit_tree(self.file)
            case "ir":
                return emit.emit_theory(self.theory)
            case "passes":
                return emit.emit_passes(self.compiled)
        return self.module


def check_text(source: SourceFile, options: CompileOptions = CompileOptions()) -> "Compiled":
    """Everything but code. Raises DiagnosticError."""
    return _compiled(source, options)[1]


def compile_text(source: SourceFile, options: CompileOptions = CompileOptions()) -> CompileResult:
    """All stages; nothing that the source says is executed. Raises DiagnosticError."""
    from lqdsl.codegen import generate

    file, compiled = _compiled(source, options)
    return CompileResult(source, file, compiled, generate(compiled, options.dtype, __version__))


def format_text(source: SourceFile) -> str:
    """The file laid out in the house style. Raises DiagnosticError."""
    from lqdsl.syntax import format_source

    return format_source(source.text, source.name)


def _compiled(source: SourceFile, options: CompileOptions) -> "tuple[ast.File, Compiled]":
    from lqdsl.passes import run_passes
    from lqdsl.semantics import analyse
    from lqdsl.syntax import parse

    file = parse(source)
    return file, run_passes(analyse(file, source, dict(options.overrides)))


__all__ = [
    "CODES",
    "DTYPES",
    "STAGES",
    "CompileOptions",
    "CompileResult",
    "Diagnostic",
    "DiagnosticError",
    "InternalError",
    "SourceFile",
    "check_text",
    "compile_text",
    "format_text",
    "render_json",
    "render_text",
    "suggest",
]
