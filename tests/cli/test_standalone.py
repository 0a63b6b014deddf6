"""A standalone folder runs without lqdsl, to the same bits."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.command import TINY, environment, files, lqdsl, without_seconds

SHORT = TINY[: TINY.index("sample hmc")].replace("steps = 300", "steps = 40").replace("draws = 3000", "draws = 200")
NO_LQDSL = """import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("lqdsl", "sympy", "lark", "jinja2", "click", "rich"):
            raise ImportError("not installed here: " + name)
sys.meta_path.insert(0, Refuse())
import runpy
sys.argv = sys.argv[1:]
sys.path.insert(0, {folder!r})
runpy.run_path({folder!r} + "/run.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The theory and its standalone folder; equal programs of the two are compiled once."""
    place = tmp_path_factory.mktemp("standalone")
    (place / "tiny.lqt").write_text(SHORT)
    result = lqdsl("compile", "tiny.lqt", "--standalone", "-o", "alone", cwd=place)
    assert result.returncode == 0, result.stderr
    kept = {"JAX_COMPILATION_CACHE_DIR": str(place / "xla"), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.05"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in kept.items():
            patch.setenv(name, value)
        yield place


def test_the_same_bits_without_lqdsl(folder: Path) -> None:
    code = NO_LQDSL.format(folder=str(folder / "alone"))
    alone = subprocess.run(
        [sys.executable, "-c", code, "run.py", "alone-run", "5"],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(),
    )
    assert alone.returncode == 0, alone.stderr
    here = lqdsl("run", "tiny.lqt", "--out", "here", "--seed", "5", "--output-format", "json", cwd=folder)
    assert here.returncode == 0, here.stderr
    assert files(folder / "alone-run") == files(folder / "here")
    assert without_seconds(json.loads(alone.stdout)) == without_seconds(json.loads(here.stdout))


def test_nothing_points_back(folder: Path) -> None:
    for path in (folder / "alone").rglob("*.py"):
        text = path.read_text()
        assert "lqdsl.runtime" not in text and "from lqdsl import" not in text and str(folder) not in text, path


def test_a_folder_in_use_is_not_overwritten(folder: Path) -> None:
    again = lqdsl("compile", "tiny.lqt", "--standalone", "-o", "alone", cwd=folder)
    assert again.returncode == 2 and "not empty" in again.stderr
