"""Reading a file that a theory names, without ever leaving the folder of the theory."""

from pathlib import Path, PurePosixPath, PureWindowsPath

LARGEST = 1 << 26
"""Bytes of a data file that are read at most."""


def obstacle(folder: Path, name: str) -> str:
    """Why the file may not be read, empty if it may: it is a regular file in the folder, also after symbolic links."""
    if not name or "\\" in name or "\0" in name or PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor:
        return "data files are named relative to the folder of the theory, with `/` between folders"
    if ".." in PurePosixPath(name).parts:
        return "data files lie in the folder of the theory, `..` leaves it"
    try:
        real = (folder / name).resolve()
        if not real.exists():
            return "there is no such file"
        if not real.is_relative_to(folder.resolve()):
            return "the link leads out of the folder of the theory"
        if not real.is_file():
            return "it is not a file"
        if real.stat().st_size > LARGEST:
            return f"it is larger than {LARGEST >> 20} MiB"
    except (OSError, RuntimeError, ValueError):
        return "it cannot be read"
    return ""


def read_inside(folder: Path, name: str) -> bytes | None:
    """The content of a file for which there is no `obstacle`, else None."""
    if obstacle(folder, name):
        return None
    try:
        with open((folder / name).resolve(), "rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError:
        return None
