"""Every code has a file that shows it, and the file has its exact rendering.

A folder beside this file belongs to one stage, `STAGES`; `NAME.lqt` is read by it and `NAME.txt` is what it must say.
`python tests/errors/test_errors.py` writes the renderings anew; read them before they are kept.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lqdsl.diagnostics import CODES, DiagnosticError, SourceFile, render_text
from lqdsl.driver import CompileOptions, check_text
from lqdsl.syntax import parse

HERE = Path(__file__).parent


def checked(source: SourceFile) -> object:
    """Everything but code; comments `# --set NAME=VALUE` are settings of the command line."""
    settings = dict(re.findall(r"^# --set (\w+)=(\S+)$", source.text, re.MULTILINE))
    return check_text(source, CompileOptions(overrides={name: float(value) for name, value in settings.items()}))


STAGES: dict[str, Callable[[SourceFile], object]] = {"syntax": parse, "semantics": checked}  # folder -> its reader
COVERED = ("E0",)  # ranges of codes that must all be shown
TOO_LARGE_FOR_A_FILE = {"too_large": lambda: "#" * 2_000_001}


def cases() -> list[str]:
    """The names `folder/NAME` of all files."""
    return sorted(f"{folder}/{path.stem}" for folder in STAGES for path in (HERE / folder).glob("*.lqt"))


def said(case: str) -> str:
    """What the stage says about a file."""
    folder, name = case.split("/")
    text = (HERE / folder / f"{name}.lqt").read_bytes().decode()
    source = SourceFile(f"{name}.lqt", TOO_LARGE_FOR_A_FILE.get(name, lambda: text)(), str(HERE / folder))
    try:
        STAGES[folder](source)
    except DiagnosticError as error:
        return render_text(error.diagnostics, source)
    return "no error\n"


@pytest.mark.parametrize("case", cases())
def test_rendering(case: str) -> None:
    assert said(case) == (HERE / f"{case}.txt").read_text(encoding="utf-8")


def test_every_code_is_shown() -> None:
    text = "".join((HERE / f"{case}.txt").read_text(encoding="utf-8") for case in cases())
    shown = set(re.findall(r"^(?:error|warning)\[(E\d{4})\]", text, re.MULTILINE))
    assert {code for code in CODES if code.startswith(COVERED)} <= shown


def test_no_rendering_without_its_file() -> None:
    assert {p.stem for p in HERE.glob("*/*.txt")} == {p.stem for p in HERE.glob("*/*.lqt")}


if __name__ == "__main__":
    for name in cases():
        (HERE / f"{name}.txt").write_text(said(name), encoding="utf-8")
