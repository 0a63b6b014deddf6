"""`lqdsl plot`."""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lqdsl.cli import options
from lqdsl.cli.output import make_folder, note, write_result

if TYPE_CHECKING:
    from lqdsl.plot import Run, Shown, Table

FOLDER, PAGE = "plots", "index.html"


@click.command("plot")
@click.argument("directory")
@click.option("--out", metavar="DIR", help="Folder of the pictures (default: plots in DIRECTORY).")
@click.option(
    "--format", "form", type=click.Choice(["png", "svg"]), default="png", show_default=True, help="Format of the files."
)
@click.option("--only", multiple=True, metavar="NAME", help="Only this kind of pictures, or this picture (repeatable).")
@click.option("--html", is_flag=True, help=f"Also write {PAGE} with all pictures and the results in it.")
@options.output_format
def plot_command(
    directory: str, out: str | None, form: str, only: tuple[str, ...], html: bool, output_format: str
) -> None:
    """Draw what the run in DIRECTORY holds, finished or not: training, weights of the flow, densities, observables,
    correlators, autocorrelation, configurations. Needs matplotlib."""
    if find_spec("matplotlib") is None:
        raise click.UsageError("pictures need matplotlib, which is not installed: pip install matplotlib")
    from lqdsl.plot import Run

    run = Run(directory)
    folder = Path(out) if out else run.directory.path / FOLDER
    written = _draw(run, folder, form, only, html)
    if output_format == "json":
        write_result(json.dumps({"written": written, "notes": run.notes}, indent=2, ensure_ascii=False) + "\n")
        return
    for text in run.notes:
        note(f"left out: {text}")
    write_result("".join(f"{path}\n" for path in written))
    if not written:
        note(f"{run.directory.path} holds nothing to draw yet")


def _draw(run: "Run", folder: Path, form: str, only: Sequence[str], html: bool) -> list[str]:
    """Write the pictures, one after the other, and the page; the paths of all files."""
    from lqdsl.plot import Shown, all_pictures, encoded
    from lqdsl.runtime.storage import write_bytes

    written, shown = [], []
    for picture in all_pictures(run, only):
        make_folder(folder)
        data = encoded(picture.draw, form)
        write_bytes(folder / f"{picture.name}.{form}", data)
        written.append(str(folder / f"{picture.name}.{form}"))
        shown.append(Shown(picture.name, picture.caption, data))
    if html and shown:
        write_bytes(folder / PAGE, _page(run, shown, form).encode())
        written.append(str(folder / PAGE))
    return written


def _page(run: "Run", shown: "list[Shown]", form: str) -> str:
    from lqdsl.plot import html_page

    config = run.directory.config
    choices = "".join(f", {name} = {value}" for name, value in (config.overrides or {}).items())
    tables, lines = _results(run.results)
    return html_page(f"{config.name}, seed {config.seed}{choices}", tables, lines, run.notes, shown, form)


def _results(results: dict[str, Any]) -> "tuple[list[Table], list[str]]":
    """The tables and lines that end a run."""
    from lqdsl.cli import tables
    from lqdsl.plot import Table

    if not results:
        return [], ["No results yet."]
    names, samplers = list(results["samplers"]), results["samplers"]
    found = [
        Table(tables.OBSERVABLE_HEADINGS, tables.observable_rows(results, names), 2),
        Table(tables.sampler_headings(samplers), tables.sampler_rows(samplers), 1),
    ]
    lines = [*tables.warning_lines(samplers), *tables.flow_lines(results.get("flow"))]
    return (found, [*lines, tables.CONVENTIONS]) if names else ([], lines)
