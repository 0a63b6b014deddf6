"""What is loaded when, and the import contracts between the rooms."""

import json
import subprocess
import sys

import pytest
from cli.command import ROOT, environment

LIST = "import sys, json; sys.stderr.write(json.dumps(sorted(sys.modules)))"


def loaded_after(code: str, stdin: str = "") -> set[str]:
    """Top-level modules and rooms that a fresh interpreter holds after `code`."""
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LIST}"],
        check=False,
        capture_output=True,
        text=True,
        env=environment(),
        input=stdin,
        cwd=ROOT,
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stderr.splitlines()[-1]))


HEAVY = {"jax", "sympy", "numpy", "lark", "jinja2", "optax", "rich", "matplotlib"}
MAIN = "from lqdsl.cli.main import main; assert main({}) == 0"


def test_importing_the_package_loads_nothing() -> None:
    assert not loaded_after("import lqdsl; lqdsl.__version__") & (HEAVY | {"click", "lqdsl.loader"})


@pytest.mark.parametrize("command", [[], ["run"], ["compile"], ["info"], ["fmt"], ["resume"], ["plot"]])
def test_help_loads_no_compiler_and_no_runtime(command: list[str]) -> None:
    assert not loaded_after(MAIN.format([*command, "--help"])) & HEAVY


def test_compiling_loads_no_jax() -> None:
    assert not loaded_after(MAIN.format(["check", "examples/phi4.lqt"])) & {"jax", "optax", "lqdsl.runtime.model"}


def test_explaining_and_formatting_load_no_sympy() -> None:
    assert not loaded_after(MAIN.format(["explain", "E0401"])) & {"jax", "sympy"}
    assert not loaded_after(MAIN.format(["fmt", "--diff", "examples/phi4.lqt"])) & {"jax", "sympy"}


def test_running_loads_no_compiler() -> None:
    modules = loaded_after("import lqdsl.runtime.campaign")
    assert "jax" in modules
    assert not modules & {"sympy", "lark", "jinja2", "click", "rich", "matplotlib", "lqdsl.driver", "lqdsl.diagnostics"}


def test_import_contracts() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout
