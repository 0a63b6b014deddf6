"""Where grammars and templates lie: inside the installed package, else at the root of the repository."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_dir(name: str) -> Path:
    """The folder of `name`, "grammars" or "templates"; raises FileNotFoundError if the installation lacks it."""
    for parent in (_PACKAGE, _PACKAGE.parent):
        folder = parent / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"lqdsl is not installed completely: no folder {name!r} in or beside {_PACKAGE.name}")


def read_resource(name: str, file: str) -> str:
    """The text of one file of `resource_dir(name)`."""
    return (resource_dir(name) / file).read_text(encoding="utf-8")
