"""Data files: only regular `.npy` files of numbers inside the folder of the theory, and never a pickle."""

import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from lqdsl.diagnostics import DiagnosticError, SourceFile
from lqdsl.driver import check_text

TEXT = 'lattice [2, 3]\nfield phi : real\ndata h[x] from "{}"\naction = sum[x]( phi(x)^2 + h[x] * phi(x) )\n'


def read(folder: Path | None, name: str = "h.npy") -> np.ndarray:
    source = SourceFile("t.lqt", TEXT.format(name), None if folder is None else str(folder))
    return check_text(source).theory.data[0].values


def refused(folder: Path | None, name: str = "h.npy") -> str:
    with pytest.raises(DiagnosticError) as error:
        read(folder, name)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E0804"
    return " ".join((diagnostic.message, *diagnostic.notes))


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "f4", "f2", "i8", "u1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_real_numbers_of_any_kind(tmp_path: Path, dtype: str, order: str) -> None:
    values = np.arange(6).reshape(2, 3).astype(dtype, order=order)  # type: ignore[call-overload]
    np.save(tmp_path / "h.npy", values)
    assert read(tmp_path).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_folder_inside_and_a_link_inside(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    np.save(tmp_path / "sub" / "h.npy", np.ones((2, 3)))
    (tmp_path / "link.npy").symlink_to("sub/h.npy")
    assert read(tmp_path, "sub/h.npy").sum() == 6
    assert read(tmp_path, "./link.npy").sum() == 6


def test_what_lies_outside_is_refused(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    np.save(tmp_path / "h.npy", np.ones((2, 3)))
    (project / "h.npy").symlink_to(tmp_path / "h.npy")
    (project / "up").symlink_to(tmp_path)
    for name in ("h.npy", "up/h.npy"):
        assert "out of the folder" in refused(project, name)
    for name in ("../h.npy", "up/../../h.npy", str(tmp_path / "h.npy"), "C:h.npy", "..\\h.npy", ""):
        assert refused(project, name)
    assert "has none" in refused(None)


def test_no_other_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npy")
    assert "not a file" in refused(tmp_path, "pipe.npy")
    assert "not a file" in refused(tmp_path, ".")
    np.savez(tmp_path / "h.npz", h=np.ones((2, 3)))
    assert "not a .npy file" in refused(tmp_path, "h.npz")
    (tmp_path / "loop.npy").symlink_to("loop.npy")
    assert refused(tmp_path, "loop.npy")


def test_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "objects.npy", np.array([[None] * 3] * 2, dtype=object), allow_pickle=True)
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(np.ones((2, 3))))

    def never(*_: object, **__: object) -> None:
        raise AssertionError("unpickled")

    monkeypatch.setattr(pickle, "load", never)
    monkeypatch.setattr(pickle, "loads", never)
    assert "objects" in refused(tmp_path, "objects.npy")
    assert "not a .npy file" in refused(tmp_path, "pickle.npy")


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 3), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, -3), }",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2, 3), }",
        "__import__('os').system('true')",
        "(" * 3000,
        "{}",
    ],
)
def test_broken_files(tmp_path: Path, header: str) -> None:
    text = header.encode() + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(8)
    (tmp_path / "h.npy").write_bytes(content)
    assert refused(tmp_path)


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, np.ones((2, 3)))
    for length in (0, 5, 9, 11, 60, len(stream.getvalue()) - 1):
        (tmp_path / "h.npy").write_bytes(stream.getvalue()[:length])
        assert refused(tmp_path)
    (tmp_path / "h.npy").write_bytes(stream.getvalue() + b"x")
    assert refused(tmp_path)
