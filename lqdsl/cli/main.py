"""The command `lqdsl`. Each command is a module that is imported when the command is called."""

import sys
import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

import click

from lqdsl.cli.exits import OK, exit_code
from lqdsl.version import __version__

COMMANDS = {
    "check": ("compiling", "Check a theory and say everything that is wrong with it."),
    "compile": ("compiling", "Write the JAX module of a theory."),
    "fmt": ("formatting", "Lay theory files out."),
    "explain": ("explaining", "Explain an error code."),
    "info": ("information", "Describe a theory, a run directory, or this installation."),
    "run": ("running", "Train, sample, measure and compare: a theory file in, a table out."),
    "resume": ("running", "Go on with a run that was interrupted."),
    "train": ("running", "Only the training of a run."),
    "sample": ("running", "Only the sampling of a run."),
    "measure": ("running", "Only the analysis of a run."),
    "plot": ("plotting", "Pictures of a run directory."),
}


class Commands(click.Group):
    """Commands by name, with their help known before they are loaded."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"lqdsl.cli.{COMMANDS[cmd_name][0]}"), f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"no command {args[0]!r}" + (f"; did you mean {close[0]!r}?" if close else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lqdsl")
def cli() -> None:
    """From the action of a lattice field theory to an exact sampler.

    Exit codes: 0 done; 1 the theory has errors; 2 wrong usage; 3 numerical failure or a full disk; 70 a bug in lqdsl;
    130 interrupted, after saving.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit code; never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what is not finite is noticed where it matters
            code = cli.main(None if arguments is None else list(arguments), prog_name="lqdsl", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        return exit_code(error)
