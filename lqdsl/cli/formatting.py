"""`lqdsl fmt`."""

import sys
from difflib import unified_diff
from pathlib import Path

import click

from lqdsl.cli.compiler import diagnostics_shown, read_source
from lqdsl.cli.exits import DIAGNOSTICS, Failed
from lqdsl.cli.output import colored, note, write_result


@click.command("fmt")
@click.argument("files", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@click.option("-o", "--output", help="Write to this file instead (one FILE only).")
def fmt_command(files: tuple[str, ...], check: bool, diff: bool, output: str | None) -> None:
    """Lay out theory FILES in place; `-` formats standard input to standard output. Comments are kept.

    All files are looked at; exits with 1 if one of them is no theory, or would change under --check.
    """
    if output is not None and len(files) > 1:
        raise click.UsageError("--output takes a single file")
    failed = False
    for file in files:
        try:
            changed = _format(file, check, diff, output)
        except Failed:
            failed = True
            continue
        failed |= check and changed
    if failed:
        raise Failed(DIAGNOSTICS)


def _format(file: str, check: bool, diff: bool, output: str | None) -> bool:
    """Whether the layout of `file` changes."""
    from lqdsl.driver import format_text

    source = read_source(file)
    with diagnostics_shown(source):
        text = format_text(source)
    changed = text != source.text
    if changed and diff:
        write_result(_diff(source.text, text, source.name))
    if changed and check:
        note(f"would change {source.name}")
    if not check and not diff:
        if output is not None or file == "-":
            write_result(text, output)
        elif changed:
            write_result(text, str(Path(file).resolve()))
            note(f"laid out {file}")
    return changed


def _diff(before: str, after: str, name: str) -> str:
    lines = unified_diff(before.splitlines(True), after.splitlines(True), name, f"{name} (laid out)")
    text = "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
    if not colored(sys.stdout):
        return text
    paint = {"+": "32", "-": "31", "@": "36"}
    return "".join(
        f"\x1b[{paint[line[0]]}m{line.rstrip()}\x1b[0m\n" if line[0] in paint else line
        for line in text.splitlines(True)
    )
