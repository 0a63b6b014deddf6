"""Where results and messages go: results to standard output, everything else to standard error."""

import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import TextIO

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class UnwrittenError(OSError):
    """A result could not be written; nothing else is lost, so there is nothing to resume."""


def colored(stream: TextIO) -> bool:
    """Whether a person with a terminal that shows colours reads it."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def write_result(text: str, target: str | None = None) -> None:
    """To the file `target`, whole or not at all; to standard output for None or `-`. What is no file, such as /dev/null,
    is written to as it is.

    Raises UnwrittenError that names `target` and says what to do.
    """
    if target is None or target == "-":
        _print(text)
        return
    path = Path(target)
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="\n")
        else:
            _replace(path, text)
    except OSError as error:
        raise UnwrittenError(error.errno, _remedy(path, error), target) from error


def _print(text: str) -> None:
    """To standard output, whose reader may leave early (BrokenPipeError)."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # what is left in the buffer would be tried again at the end of the process
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UnwrittenError(error.errno, error.strerror or str(error), "standard output") from error


def make_folder(folder: Path) -> None:
    """With all folders above it. Raises OSError that names `folder`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"the folder cannot be made, {error.filename}: {error.strerror}; name another place"
        raise OSError(error.errno, reason, str(folder)) from error


def _replace(path: Path, text: str) -> None:
    """Write beside the file and rename."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _remedy(path: Path, error: OSError) -> str:
    """Why a file cannot be written, and what would help."""
    above = path.parent
    if isinstance(error, IsADirectoryError):
        return f"this is a folder; name a file in it, such as {path / 'FILE'}"
    if not above.exists():
        return f"the folder {above} does not exist; make it first, or name another place"
    if not above.is_dir():
        return f"{above} is no folder; name another place"
    room = "free some space, " if error.errno in NO_SPACE else ""
    return f"{error.strerror or error}; {room}name another place, or - for standard output"


def note(text: str) -> None:
    """A line for the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
