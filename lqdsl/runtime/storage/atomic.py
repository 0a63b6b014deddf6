"""Files that are either whole or absent, whenever the process or the machine stops."""

import hashlib
import os
from pathlib import Path

from lqdsl.runtime.errors import RuntimeInputError

TEMPORARY = ".partial"


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` atomically: temporary file in its folder, fsync, rename, fsync of the folder.

    Raises RuntimeInputError where the folder cannot be written or the disk is full; the old file then stays.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        _discard(temporary)
        raise RuntimeInputError(
            f"cannot write {path}: {error.strerror or error}; what was there before is kept"
        ) from error


def write_text(path: Path, text: str) -> None:
    """The same for UTF-8 text."""
    write_bytes(path, text.encode())


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames in the folder durable, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        pass
