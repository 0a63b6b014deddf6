"""README and docs say what is there."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli.command import ROOT, environment

from lqdsl.cli.main import COMMANDS

README = (ROOT / "README.md").read_text()
GAUGE = (ROOT / "docs" / "gauge.md").read_text()


def test_errors_page_is_in_step() -> None:
    spec = importlib.util.spec_from_file_location("make_errors", ROOT / "docs" / "make_errors.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "errors.md").read_text()
    assert page == module.errors_page(), "run: python docs/make_errors.py"


def test_readme_commands() -> None:
    shown = re.findall(r"```sh\n(.+?)\n```", README, re.DOTALL)
    assert len(shown) == 2
    assert all(command.startswith("python3 -m venv .venv && .venv/bin/pip install ") for command in shown)
    assert shown[0].endswith("lqdsl run examples/phi4.lqt") and (ROOT / "examples" / "phi4.lqt").exists()
    assert shown[1].endswith(".venv/bin/python -m pytest")
    assert set(COMMANDS) == set(re.findall(r"lqdsl (check|explain|compile|fmt|info|run|resume|plot)", README)) | {
        word for word in ("train", "sample", "measure") if f"`{word}`" in README or f"lqdsl {word}" in README
    }


def test_readme_links_exist() -> None:
    prose = re.sub(r"```.*?```|`[^`]*`", "", README, flags=re.DOTALL)
    for link in re.findall(r"\[[^]]+\]\(([\w/.-]+)\)", prose):
        assert (ROOT / link).exists(), link


def test_readme_theories_compile() -> None:
    from lqdsl.diagnostics import SourceFile
    from lqdsl.driver import compile_text

    theories = re.findall(r"```\n(theory .+?)```", README, re.DOTALL)
    assert [compile_text(SourceFile("readme.lqt", text)).name for text in theories] == ["phi4", "u1"]


@pytest.mark.parametrize(
    "text", re.findall(r"```\n(theory .+?)```", GAUGE, re.DOTALL), ids=lambda text: text.split()[1]
)
def test_theories_of_the_gauge_page_compile(text: str) -> None:
    from lqdsl.diagnostics import SourceFile
    from lqdsl.driver import compile_text

    result = compile_text(SourceFile("gauge.lqt", text))
    assert result.compiled.theory.symmetries


def test_ci_runs_the_readme_command() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    pattern = re.search(r"grep -m 1 '(.+?)' README.md", script)
    assert pattern is not None
    found = subprocess.run(
        ["grep", "-m", "1", pattern[1], "README.md"], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert found.stdout.strip().endswith("pytest")


def test_readme_python_runs() -> None:
    code = re.search(r"```python\n(.+?)```", README, re.DOTALL)
    assert code is not None
    result = run_python(code[1], ROOT)
    assert result.returncode == 0, result.stderr
    assert float(result.stdout) != 0.0


def test_tutorial_runs() -> None:
    cells = re.findall(r"```\{code-cell\}\n(.+?)```", (ROOT / "docs" / "tutorial.md").read_text(), re.DOTALL)
    result = run_python("\n".join(cells), ROOT / "docs")
    assert result.returncode == 0, result.stderr
    for shown in ("error[E0401]", "proved: parity", "pull", "log Z"):
        assert shown in result.stdout, shown
    difference = re.search(r"against autodiff: (\S+)", result.stdout)
    assert difference is not None and float(difference[1]) < 1e-4


def run_python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=folder, env=environment()
    )
