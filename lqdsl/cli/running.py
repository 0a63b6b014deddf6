"""`lqdsl run`, `resume`, `train`, `sample` and `measure`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lqdsl.cli import options
from lqdsl.cli.compiler import compiled, read_source
from lqdsl.cli.exits import INTERRUPTED, Failed
from lqdsl.cli.options import Value
from lqdsl.cli.output import colored, note, write_result
from lqdsl.resources import resource_dir
from lqdsl.version import __version__

if TYPE_CHECKING:
    from lqdsl.runtime.campaign import Campaign

DEFAULT_MINUTES = 1.0
"""Training time where not even a file is given."""


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of the commands that begin a run."""
    for option in (
        click.option("--out", metavar="DIR", help="Directory of the run (default: runs/NAME-001, or the next free)."),
        click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of everything random (default 0)."),
        click.option(
            "--minutes", type=click.FloatRange(0, min_open=True), help="Longest wall time of the training, in minutes."
        ),
        click.option("--ignore-stops", is_flag=True, help="Train on where a `stop when` of the file would end it."),
        click.option("--init", metavar="DIR", help="Start from the weights of this run, also of another lattice."),
        click.option("--samples", metavar="DIR", help="Folder configurations/SAMPLER of a run, for loss = forward_kl."),
        options.theory_options,
    ):
        command = option(command)
    return command


@click.command("run")
@click.argument("target", required=False)
@run_options
def run_command(target: str | None, output_format: str, **choices: Any) -> None:
    """Compile the theory file TARGET (`-` reads standard input), train its flow, sample with every declared sampler,
    measure, and end with a table. A run directory as TARGET goes on where it stopped.

    Without TARGET: two-dimensional phi^4 on a small lattice, in a few minutes.
    """
    if target is None and choices["minutes"] is None:
        choices["minutes"] = DEFAULT_MINUTES
    _work(target or str(resource_dir("examples") / "phi4.lqt"), output_format, choices, lambda campaign: campaign.run())


@click.command("resume")
@click.argument("directory")
@options.output_format
def resume_command(directory: str, output_format: str) -> None:
    """Go on with the run in DIRECTORY, to the same samples and results as if it had not been interrupted."""
    _work_in(directory, output_format, lambda campaign: campaign.run())


@click.command("train")
@click.argument("target")
@run_options
def train_command(target: str, output_format: str, **choices: Any) -> None:
    """Train the flow of TARGET, a theory file or a run directory, and say how good it is."""

    def stage(campaign: "Campaign") -> dict[str, Any]:
        campaign.train()
        return campaign.measure()

    _work(target, output_format, choices, stage)


@click.command("sample")
@click.argument("target")
@run_options
def sample_command(target: str, output_format: str, **choices: Any) -> None:
    """Draw the samples of TARGET, a theory file or a run directory; a flow must have been trained there."""

    def stage(campaign: "Campaign") -> dict[str, Any]:
        campaign.sample()
        return campaign.measure()

    _work(target, output_format, choices, stage)


@click.command("measure")
@click.argument("directory")
@options.output_format
def measure_command(directory: str, output_format: str) -> None:
    """Analyse the samples in DIRECTORY again, and write its results.json."""
    _work_in(directory, output_format, lambda campaign: campaign.measure())


Stage = Callable[["Campaign"], dict[str, Any]]


def _work(target: str, output_format: str, choices: dict[str, Any], stage: Stage) -> None:
    if target != "-" and Path(target).is_dir():
        given = [name for name, value in choices.items() if value and name != "dtype"]
        if given:
            raise click.UsageError(f"{target} is a run directory: it keeps its choices, drop {_flags(given)}")
        _work_in(target, output_format, stage)
    else:
        _work_in(str(_begin(target, output_format, **choices)), output_format, stage)


def _flags(names: list[str]) -> str:
    return ", ".join("--set" if name == "overrides" else "--" + name.replace("_", "-") for name in names)


def _begin(
    target: str,
    output_format: str,
    *,
    overrides: dict[str, Value],
    dtype: str,
    out: str | None,
    seed: int | None,
    minutes: float | None,
    ignore_stops: bool,
    init: str | None,
    samples: str | None,
) -> Path:
    """Make the run directory."""
    source = read_source(target)
    result = compiled(source, overrides, dtype, output_format)
    from lqdsl.runtime.campaign import create, fitting_samples, fitting_weights, model_of

    given: dict[str, Any] = {}
    if init or samples:
        model = model_of(result.name, result.module)
        given |= {"initial": fitting_weights(Path(init), model)} if init else {}
        given |= {"samples": fitting_samples(Path(samples), model)} if samples else {}
    folder = Path(out) if out else next_free(Path("runs"), result.name)
    create(
        folder,
        name=result.name,
        module=result.module,
        source=source.text,
        seed=seed or 0,
        minutes=minutes,
        ignore_stops=ignore_stops,
        overrides={name: list(value) if isinstance(value, tuple) else value for name, value in overrides.items()},
        version=__version__,
        **given,
    )
    note(f"run directory {folder}")
    return folder


def next_free(folder: Path, name: str) -> Path:
    """folder/name-001, or the first number behind all that are taken."""
    taken = [path.name.removeprefix(f"{name}-") for path in folder.glob(f"{name}-*")] if folder.is_dir() else []
    number = max((int(tail) for tail in taken if tail.isascii() and tail.isdigit()), default=0) + 1
    return folder / f"{name}-{number:03d}"


def _work_in(directory: str, output_format: str, stage: Stage) -> None:
    """Run a stage with progress on standard error, and write its results."""
    from lqdsl.cli.progress import shown
    from lqdsl.cli.signals import asked_to_stop
    from lqdsl.cli.tables import results_text
    from lqdsl.runtime.campaign import Campaign, Interrupted

    with asked_to_stop() as asked, shown() as progress:
        campaign = Campaign(directory, progress=progress, asked=asked)
        try:
            with campaign.directory.locked():
                results = stage(campaign)
        except Interrupted as interrupted:
            note(f"{interrupted}; `lqdsl resume {directory}` goes on")
            raise Failed(INTERRUPTED) from None
    if output_format == "json":
        write_result(json.dumps(results, indent=2) + "\n")
    else:
        import sys

        write_result(results_text(results, color=colored(sys.stdout)))
        note(f"results in {campaign.directory.results}")
