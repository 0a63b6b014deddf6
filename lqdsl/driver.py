"""The stages in their order: text, syntax tree, theory, proofs, module. The one place that names them all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lqdsl.codegen import generate
from lqdsl.diagnostics import SourceFile
from lqdsl.emit import emit_passes, emit_theory, emit_tree
from lqdsl.ir.compiled import Compiled
from lqdsl.ir.theory import Theory
from lqdsl.passes import run_passes
from lqdsl.semantics import analyse
from lqdsl.syntax import ast, parse
from lqdsl.version import __version__

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
    file: ast.File
    compiled: Compiled
    module: str

    @property
    def theory(self) -> Theory:
        return self.compiled.theory

    @property
    def name(self) -> str:
        return self.compiled.theory.name

    def emit(self, stage: str) -> str:
        """The text of one of `STAGES`."""
        match stage:
            case "ast":
                return emit_tree(self.file)
            case "ir":
                return emit_theory(self.compiled.theory)
            case "passes":
                return emit_passes(self.compiled)
        return self.module


def check_text(source: SourceFile, options: CompileOptions = CompileOptions()) -> Compiled:
    """Everything but code. Raises DiagnosticError."""
    return run_passes(analyse(parse(source), source, dict(options.overrides)))


def compile_text(source: SourceFile, options: CompileOptions = CompileOptions()) -> CompileResult:
    """All stages; nothing that the source says is executed. Raises DiagnosticError."""
    file = parse(source)
    compiled = run_passes(analyse(file, source, dict(options.overrides)))
    return CompileResult(source, file, compiled, generate(compiled, options.dtype, __version__))
