"""`lqdsl check` and `lqdsl compile`."""

from pathlib import Path

import click

from lqdsl.cli import options
from lqdsl.cli.compiler import as_json, compiled, read_source
from lqdsl.cli.exits import DIAGNOSTICS, Failed
from lqdsl.cli.options import Value
from lqdsl.cli.output import note, write_result


@click.command("check")
@click.argument("files", nargs=-1, required=True)
@options.theory_options
def check_command(files: tuple[str, ...], overrides: dict[str, Value], dtype: str, output_format: str) -> None:
    """Check theory FILES (`-` reads standard input) and say everything that is wrong with them.

    All files are looked at; exits with 1 if one of them has errors. With --output-format json there is an object for
    each file on standard output.
    """
    failed = False
    for file in files:
        source = read_source(file)
        try:
            result = compiled(source, overrides, dtype, output_format)
        except Failed:
            failed = True
            continue
        if output_format == "json":
            write_result(as_json(getattr(result, "warnings", ()), source, name=result.name))
        else:
            write_result(f"{source.name}: theory {result.name} is correct\n")
    if failed:
        raise Failed(DIAGNOSTICS)


@click.command("compile")
@click.argument("file")
@click.option("-o", "--output", help="Where to write (default: standard output; with --standalone a folder).")
@click.option(
    "--emit",
    type=click.Choice(["ast", "ir", "passes", "module"]),
    default="module",
    show_default=True,
    help="Which stage to write.",
)
@click.option("--standalone", is_flag=True, help="Write a folder that runs where lqdsl is not installed.")
@options.theory_options
def compile_command(
    file: str,
    output: str | None,
    emit: str,
    standalone: bool,
    overrides: dict[str, Value],
    dtype: str,
    output_format: str,
) -> None:
    """Write the JAX module of the theory FILE (`-` reads standard input)."""
    if standalone and emit != "module":
        raise click.UsageError("--standalone writes a module; it cannot be combined with --emit")
    if standalone and output == "-":
        raise click.UsageError("--standalone writes a folder, not standard output")
    source = read_source(file)
    result = compiled(source, overrides, dtype, output_format)
    if standalone:
        from lqdsl.cli.standalone import write_standalone

        folder = Path(output or f"{result.name}_standalone")
        write_standalone(folder, result.name, result.module)
        note(f"wrote {folder}: python {folder / 'run.py'} --help")
    elif output_format == "json":
        text = as_json(getattr(result, "warnings", ()), source, name=result.name, stage=emit, text=result.emit(emit))
        write_result(text, output)
    else:
        write_result(result.emit(emit), output)
