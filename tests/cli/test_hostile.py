"""Compiling executes nothing of what it reads, and opens nothing but its source."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli.command import ROOT, environment

WATCH = """
import json, sys
seen = []
def hook(event, arguments):
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect", "socket.bind", "import_",
                 "shutil.rmtree", "os.remove", "os.rename", "os.mkdir", "ctypes.dlopen", "pty.spawn", "os.fork"):
        seen.append([event, str(arguments)[:200]])
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append([event, str(arguments)[:200]])
    if event == "open" and armed and "evil" in str(arguments[0]):
        seen.append([event, str(arguments)[:200]])
    if event == "exec" and "<string>" in str(getattr(arguments[0], "co_filename", "")):
        seen.append([event, str(arguments)[:200]])
armed = False
from lqdsl.driver import CompileOptions, compile_text
from lqdsl.diagnostics import DiagnosticError, SourceFile
warm = SourceFile("warm.lqt", open("examples/phi4.lqt").read())
compile_text(warm)
armed = True
sys.addaudithook(hook)
for text in json.load(sys.stdin):
    try:
        compile_text(SourceFile("hostile.lqt", text))
    except DiagnosticError:
        pass
armed = False
print(json.dumps(seen))
"""
FRAME = "theory t\n{}lattice [4]\nfield phi : real\naction = sum[x]( {} )\n"
CALL = "__import__('os').system('touch evil')"
HOSTILE = [
    FRAME.format("", CALL),
    FRAME.format("", "exec(phi(x))"),
    FRAME.format("", "phi(x)^2 * open(1)"),
    FRAME.format(f"param a : real = {CALL}\n", "a * phi(x)^2"),
    FRAME.format("param __class__ : real = 1\n", "__class__ * phi(x)^2"),
    FRAME.format("param lambda_ : real = 1\nparam lambda : real = 2\n", "(lambda + lambda_) * phi(x)^2"),
    FRAME.format("param rt : real = 1\nparam jax : real = 2\n", "(rt + jax) * phi(x)^2"),
    f'# """\n# {CALL}\n' + FRAME.format("", 'phi(x)^2 # """ {{ 7*7 }}'),
    'theory t """\nlattice [4]\nfield phi : real\naction = sum[x]( phi(x)^2 )\n',
    "theory t\nlattice [4]\nfield phi : real\naction = sum[x]( phi(x)^2 )\nobservable exec = mean[x]( phi(x) )\n",
    'theory t\nlattice [4]\nfield phi : real\naction = sum[x]( phi(x)^2 )\ndata h[x] from "/evil"\n',
    "theory {{cycler}}\nlattice [4]\nfield phi : real\naction = sum[x]( phi(x)^2 )\n",
    FRAME.format("", "phi(x)^(10^10^10)"),
    FRAME.format("", "phi(x)^2 + 9^9^9^9"),
    "theory t\nlattice [99999999, 99999999]\nfield phi : real\naction = sum[x]( phi(x)^2 )\n",
    FRAME.format("", "(" * 3000 + "phi(x)" + ")" * 3000),
]


@pytest.fixture(scope="module")
def seen() -> list[list[str]]:
    result = subprocess.run(
        [sys.executable, "-c", WATCH],
        check=False,
        input=json.dumps(HOSTILE),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(PYTHONDONTWRITEBYTECODE="1"),
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    found: list[list[str]] = json.loads(result.stdout)
    return found


def test_compiling_executes_and_writes_nothing(seen: list[list[str]]) -> None:
    assert seen == []


def test_the_watch_sees(tmp_path: Path) -> None:
    code = WATCH.replace("armed = False\nprint", "exec('1'); open('watched', 'w'); open('evil-' + 'x', 'w')\nprint")
    result = subprocess.run(
        [sys.executable, "-c", code.replace('"examples/phi4.lqt"', repr(str(ROOT / "examples" / "phi4.lqt")))],
        check=False,
        input="[]",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1"),
        timeout=120,
    )
    events = [event for event, _ in json.loads(result.stdout)]
    assert "exec" in events and "open" in events, result.stderr
