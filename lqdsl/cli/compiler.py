"""The compiler as the commands use it: read a source, compile it, show what is wrong with it."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lqdsl.cli.exits import DIAGNOSTICS, Failed
from lqdsl.cli.options import Value
from lqdsl.cli.output import colored, write_result

if TYPE_CHECKING:
    from lqdsl.driver import CompileResult, SourceFile

LARGEST = 1 << 22
"""Bytes of a source that are read at most."""


def read_source(path: str) -> "SourceFile":
    """A file, or standard input for `-`; shown in messages by the name that was typed, in the module by its last part."""
    if path == "-":
        data = sys.stdin.buffer.read(LARGEST + 1)
        return _decoded("stdin", data)
    if Path(path).is_dir():
        raise click.UsageError(f"{path} is a directory, not a theory file")
    with open(path, "rb") as stream:
        return _decoded(path, stream.read(LARGEST + 1), str(Path(path).parent))


def _decoded(name: str, data: bytes, folder: str | None = None) -> "SourceFile":
    from lqdsl.driver import SourceFile

    if len(data) > LARGEST:
        raise click.UsageError(f"{name} is larger than {LARGEST} bytes: not a theory file")
    return SourceFile.decode(name, data, folder)


@contextmanager
def diagnostics_shown(source: "SourceFile", output_format: str = "text") -> Iterator[None]:
    """Errors of the theory inside end the command with 1, after they were shown."""
    from lqdsl.driver import DiagnosticError, render_text

    try:
        yield
    except DiagnosticError as error:
        if output_format == "json":
            write_result(as_json(error.diagnostics, source))
        else:
            sys.stderr.write(render_text(error.diagnostics, source, colored(sys.stderr)))
            count = sum(d.severity == "error" for d in error.diagnostics)
            codes = sorted({d.code for d in error.diagnostics})
            sys.stderr.write(f"\n{count} error{'s' * (count != 1)}; `lqdsl explain {codes[0]}` says more\n")
        raise Failed(DIAGNOSTICS) from None


def as_json(diagnostics: Any, source: "SourceFile", **more: Any) -> str:
    """One JSON object with the diagnostics and `more`."""
    from lqdsl.driver import render_json

    return json.dumps({"diagnostics": render_json(diagnostics, source), **more}, indent=2, ensure_ascii=False) + "\n"


def compiled(source: "SourceFile", overrides: Mapping[str, Value], dtype: str, output_format: str) -> "CompileResult":
    """The source compiled; ends the command with 1 if it has errors. Warnings go to standard error."""
    from lqdsl.driver import CompileOptions, SourceFile, compile_text, render_text

    with diagnostics_shown(source, output_format):
        base = SourceFile(Path(source.name).name, source.text, source.folder)
        result = compile_text(base, CompileOptions(overrides, dtype))
    warnings = getattr(result, "warnings", ())
    if warnings and output_format == "text":
        sys.stderr.write(render_text(warnings, source, colored(sys.stderr)))
    return result
