"""Exit codes, and which of them an exception means."""

import os
import sys
import traceback

import click

from lqdsl.cli.output import NO_SPACE, UnwrittenError

OK, DIAGNOSTICS, USAGE, NUMERICAL, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130


class Failed(Exception):
    """Ends the command with `code`; what there was to say about it has been said."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def exit_code(error: BaseException) -> int:
    """Say what went wrong on standard error and return the exit code of the process."""
    if isinstance(error, Failed):
        return error.code
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _say("interrupted", INTERRUPTED)
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    if isinstance(error, UnwrittenError):
        return _say(_place(error), NUMERICAL if _is_full(error) else USAGE)
    if _is_full(error) or _is_full(error.__cause__):
        return _say(f"the disk is full: {error}; free some space and resume", NUMERICAL)
    if isinstance(error, OSError):
        return _say(_place(error), USAGE)
    known = _runtime_code(error)
    if known is not None:
        return _say(str(error), known)
    return _bug(error)


def _is_full(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno in NO_SPACE


def _runtime_code(error: BaseException) -> int | None:
    """Codes of the errors of the runtime, which is not imported here: an error of it means that it was."""
    loaded = sys.modules.get("lqdsl.runtime.errors")
    if loaded is not None and isinstance(error, loaded.NumericalError):
        return NUMERICAL
    if loaded is not None and isinstance(error, loaded.RuntimeInputError | loaded.AbiError):
        return USAGE
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return NUMERICAL
    return None


def _place(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _say(message: str, code: int) -> int:
    print(f"lqdsl: {message}", file=sys.stderr)
    return code


def _bug(error: BaseException) -> int:
    if os.environ.get("LQDSL_TRACEBACK"):
        traceback.print_exception(error, file=sys.stderr)
    print(
        f"lqdsl: internal error: {type(error).__name__}: {error}\n"
        "This is a bug in lqdsl, not in your theory. Set LQDSL_TRACEBACK=1 to see where, and report it with the file.",
        file=sys.stderr,
    )
    return BUG
