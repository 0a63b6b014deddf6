"""`lqdsl.load`: the generated module, cached by content."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cli.command import ROOT, TINY, environment

import lqdsl
from lqdsl import loader
from lqdsl.diagnostics import DiagnosticError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache in memory and on disk."""
    monkeypatch.setenv("LQDSL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(loader, "_modules", {})
    return tmp_path / "cache"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.lqt"
    path.write_text(TINY)
    return path


def test_parameters_and_extents(tmp_path: Path) -> None:
    module = lqdsl.load(ROOT / "examples" / "phi4.lqt", L=10, lambda_=5.55)
    assert module.LATTICE.extents == (10, 10)
    assert module.Parameters().lambda_ == 5.55


def test_equal_content_is_one_module(tiny: Path, tmp_path: Path) -> None:
    first = lqdsl.load(tiny)
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "tiny.lqt"
    other.write_text(TINY)
    assert lqdsl.load(other) is first
    assert lqdsl.load(tiny, lambda_=0.2) is not first
    other.write_text(TINY.replace("0.1", "0.3"))
    assert lqdsl.load(other).Parameters().lambda_ == 0.3


def test_the_disk_saves_compiling(tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path(lqdsl.load(tiny).__file__ or "").read_text()
    assert [path.read_text() for path in cache.rglob("*.py")] == [text]
    monkeypatch.setattr(loader, "_modules", {})
    monkeypatch.setattr(loader, "compile", None)
    assert lqdsl.load(tiny).Parameters().m2 == 0.5


def test_another_compiler_compiles_again(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = lqdsl.load(tiny)
    monkeypatch.setattr(loader, "_compiler_digest", lambda: b"another")
    assert lqdsl.load(tiny) is not first


def test_no_cache_folder(tiny: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write_text("a file where the folder should be")
    module = lqdsl.load(tiny)
    assert module.Parameters().m2 == 0.5
    assert lqdsl.load(tiny) is module


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_cache_that_others_can_write_is_not_trusted(tiny: Path, cache: Path) -> None:
    cache.mkdir()
    cache.chmod(cache.stat().st_mode | stat.S_IWOTH)
    assert lqdsl.load(tiny).Parameters().m2 == 0.5
    assert not list(cache.rglob("*.py"))


def test_concurrent_processes(tiny: Path, cache: Path) -> None:
    code = f"import lqdsl; print(lqdsl.load({str(tiny)!r}).Parameters().m2)"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment())
        for _ in range(3)
    ]
    assert [process.communicate(timeout=120)[0].strip() for process in processes] == ["0.5"] * 3
    assert len(list(cache.rglob("*.py"))) == 1 and not list(cache.rglob("*.part"))


def test_errors(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError):
        lqdsl.load(tiny, nonsense=1)
    with pytest.raises(FileNotFoundError):
        lqdsl.load(tmp_path / "missing.lqt")


def test_compile_gives_every_stage(tiny: Path) -> None:
    result = lqdsl.compile(tiny, m2=0.75)
    assert result.name == "tiny" and "m2: float = 0.75" in result.module


def test_changed_data_are_compiled_anew(tmp_path: Path) -> None:
    path = tmp_path / "h.lqt"
    path.write_text(
        'lattice [4]\nfield phi : real\ndata h[x] from # the field\n  "h.npy"\naction = sum[x]( phi(x)^2 + h[x] * phi(x) )'
    )
    np.save(tmp_path / "h.npy", np.zeros(4))
    first = lqdsl.load(path)
    assert lqdsl.load(path) is first
    np.save(tmp_path / "h.npy", np.ones(4))
    second = lqdsl.load(path)
    assert second.DATA["h"].values.tolist() == [1.0] * 4
    assert first.DATA["h"].values.tolist() == [0.0] * 4
    (tmp_path / "h.npy").unlink()
    with pytest.raises(DiagnosticError, match="h.npy"):
        lqdsl.load(path)
