"""Commands that compile, explain and lay out: output, streams and exit codes."""

import ast
import io
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from cli.command import BROKEN, ROOT, TINY

from lqdsl.cli.main import COMMANDS, main

PHI4 = str(ROOT / "examples" / "phi4.lqt")


class Call:
    """The command in this process; gives (exit code, standard output, standard error)."""

    def __init__(self, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capture, self.monkeypatch = capture, monkeypatch

    def __call__(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        self.capture.readouterr()
        code = main(arguments)
        return code, *self.capture.readouterr()


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    return Call(capsys, monkeypatch)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    path = tmp_path / "broken.lqt"
    path.write_text(BROKEN)
    return str(path)


def test_check(call: Call) -> None:
    code, out, err = call("check", PHI4)
    assert (code, err) == (0, "")
    assert "phi4 is correct" in out


def test_diagnostics_go_to_standard_error(call: Call, broken: str) -> None:
    code, out, err = call("check", broken)
    assert (code, out) == (1, "")
    assert "error[E0201]" in err and f"{broken}:4:18" in err and "^^" in err
    assert "\x1b" not in err


def test_diagnostics_as_json(call: Call, broken: str) -> None:
    code, out, err = call("check", broken, "--output-format", "json")
    found = json.loads(out)["diagnostics"]
    assert (code, err) == (1, "")
    assert [(d["code"], d["span"]["line"]) for d in found] == [("E0201", 4)]


def test_all_files_are_checked(call: Call, broken: str) -> None:
    code, out, err = call("check", broken, PHI4)
    assert code == 1 and "phi4 is correct" in out and "error[E0201]" in err


def test_standard_input(call: Call) -> None:
    code, out, _ = call("compile", "-", "--set", "lambda=0.25", "--dtype", "float64", stdin=TINY)
    assert code == 0
    ast.parse(out)
    assert "lambda_: float = 0.25" in out and 'dtype="float64"' in out


@pytest.mark.parametrize("stage", ["ast", "ir", "passes", "module"])
def test_emit(call: Call, stage: str) -> None:
    code, out, _ = call("compile", PHI4, "--emit", stage)
    assert code == 0 and len(out.splitlines()) > 5


def test_stages_differ(call: Call) -> None:
    texts = [call("compile", PHI4, "--emit", stage)[1] for stage in ("ast", "ir", "passes", "module")]
    assert len(set(texts)) == 4


def test_output_is_written_whole(call: Call, tmp_path: Path) -> None:
    target = tmp_path / "phi4.py"
    code, out, _ = call("compile", PHI4, "-o", str(target))
    assert (code, out) == (0, "")
    assert target.read_text() == call("compile", PHI4)[1]
    assert [path.name for path in tmp_path.iterdir()] == ["phi4.py"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "no/such/file.lqt"),
        ("check", str(ROOT)),
        ("compile", PHI4, "--set", "lambda"),
        ("compile", PHI4, "--set", "lambda=many"),
        ("compile", PHI4, "--set", "lambda=nan"),
        ("compile", PHI4, "--set", "lambda=1", "--set", "lambda=2"),
        ("compile", PHI4, "--dtype", "float16"),
        ("compile", PHI4, "--standalone", "--emit", "ir"),
        ("compile", PHI4, "-o", "no/such/folder/phi4.py"),
        ("explain", "E9999"),
        ("fmt",),
        ("nonsense",),
        ("resume", str(ROOT)),
        ("info", str(ROOT)),
        ("plot", str(ROOT)),
        ("plot", "no/such/folder"),
        ("run", PHI4, "--minutes", "0"),
        ("run", PHI4, "--seed", "-1"),
    ],
)
def test_wrong_usage(call: Call, arguments: tuple[str, ...]) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, ""), err
    assert err.strip() and "Traceback" not in err


def test_unknown_parameter_is_an_error_of_the_theory(call: Call) -> None:
    code, _, err = call("check", PHI4, "--set", "lamda=1")
    assert code == 1 and "lamda" in err and "lambda" in err


def test_did_you_mean(call: Call) -> None:
    assert "did you mean 'check'" in call("chekc", PHI4)[2]
    assert "did you mean" not in call("xyzzy")[2]
    assert "did you mean" not in call("explain", "E9999")[2]


def test_explain(call: Call) -> None:
    code, out, _ = call("explain", "e0401")
    assert code == 0 and out.startswith("E0401: ")
    code, out, _ = call("explain")
    assert code == 0 and len(out.splitlines()) > 20
    listed = json.loads(call("explain", "--output-format", "json")[1])
    assert {"code", "title", "explanation"} == set(listed[0])


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("missing/phi4.py", "the folder {folder}/missing does not exist; make it first"),
        (".", "this is a folder; name a file in it"),
        ("file/phi4.py", "{folder}/file is no folder"),
    ],
)
def test_output_that_cannot_be_written(call: Call, tmp_path: Path, target: str, said: str) -> None:
    (tmp_path / "file").touch()
    place = f"{tmp_path}/{target}"
    code, out, err = call("compile", PHI4, "-o", place)
    assert (code, out) == (2, "")
    assert err.startswith(f"lqdsl: {place}: {said.format(folder=tmp_path)}") and len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_folders_that_cannot_be_made(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, err = call("compile", PHI4, "--standalone", "-o", str(tmp_path / "file" / "out"))
    assert code == 2
    assert err.startswith(f"lqdsl: {tmp_path}/file/out") and "cannot be made" in err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_output_to_a_full_disk(call: Call) -> None:
    """There is nothing to resume; the module can be written elsewhere."""
    code, out, err = call("compile", PHI4, "-o", "/dev/full")
    assert (code, out) == (3, "")
    assert err.startswith("lqdsl: /dev/full: ") and "free some space" in err
    assert "resume" not in err and "Errno" not in err


def test_output_to_what_is_no_file(call: Call, tmp_path: Path) -> None:
    """A device or a pipe is written to, and not replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert call("compile", PHI4, "--emit", "ir", "-o", str(pipe))[0] == 0
        assert os.read(reader, 1 << 16).decode() == call("compile", PHI4, "--emit", "ir")[1]
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_fmt_in_place(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "a.lqt"
    path.write_text(TINY.replace("param m2     : real", "param   m2:real"))
    code, out, err = call("fmt", "--check", "--diff", str(path))
    assert code == 1 and "-param   m2:real" in out and "would change" in err
    before = path.read_text()
    assert "m2:real" in before
    assert call("fmt", str(path))[0] == 0
    assert "m2     : real" in path.read_text()
    assert call("fmt", "--check", str(path)) == (0, "", "")


def test_fmt_looks_at_all_files(call: Call, tmp_path: Path, broken: str) -> None:
    good = tmp_path / "good.lqt"
    good.write_text(TINY)
    syntax = tmp_path / "syntax.lqt"
    syntax.write_text("theory t\naction = = 1\n")
    code, _, err = call("fmt", str(syntax), str(good))
    assert code == 1 and "error[E01" in err
    assert call("fmt", "--check", str(good))[0] == 0


def test_fmt_standard_input(call: Call) -> None:
    code, out, _ = call(
        "fmt", "-", stdin="theory t # a comment\nlattice [ 4 ]\nfield phi:real\naction=sum[x](phi(x)^2)\n"
    )
    assert code == 0 and "# a comment" in out and "lattice [4]" in out


def test_info_of_a_theory(call: Call) -> None:
    code, out, _ = call("info", PHI4, "--output-format", "json")
    facts = json.loads(out)
    assert code == 0
    assert facts["lattice"].startswith("6 x 6")
    assert {"translations", "rotations", "reflections", "Z2"} <= set(facts["symmetries"])
    assert facts["weights"] > 100
    assert facts["samplers"] == ["flow_mh", "hmc"]


def test_info_of_a_theory_without_a_lattice(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "matrices.lqt"
    file.write_text("index k = 2..4\nfield G[k] : SU(2)\naction = -retr(G[2] * adj(G[3]) + G[4])\n")
    code, out, _ = call("info", str(file), "--output-format", "json")
    facts = json.loads(out)
    assert code == 0 and facts["index"] == "2..4 (3 values)" and not {"lattice", "boundary", "range"} & set(facts)
    assert facts["links"] == {"G": "none one by one"}


def test_info_of_the_installation(call: Call) -> None:
    code, out, _ = call("info")
    assert code == 0 and "jax" in out and "cpu" in out


def test_help_of_every_command(call: Call) -> None:
    for name in COMMANDS:
        code, out, _ = call(name, "--help")
        assert code == 0 and out.startswith("Usage:"), name


def test_bugs_are_reported_without_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> None:
        raise KeyError("a bug")

    monkeypatch.delenv("LQDSL_TRACEBACK", raising=False)
    monkeypatch.setattr("lqdsl.cli.compiling.read_source", fail)
    assert main(["check", PHI4]) == 70
    err = capsys.readouterr().err
    assert "bug in lqdsl" in err and "Traceback" not in err
    monkeypatch.setenv("LQDSL_TRACEBACK", "1")
    assert main(["check", PHI4]) == 70
    assert "Traceback" in capsys.readouterr().err
