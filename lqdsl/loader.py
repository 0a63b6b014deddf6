"""Compile a theory file and import the result, cached by content in memory and on disk."""

import hashlib
import importlib.abc
import importlib.util
import json
import keyword
import os
import re
import stat
import sys
import tempfile
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING

from lqdsl.diagnostics.inside import read_inside
from lqdsl.resources import resource_dir
from lqdsl.version import __version__

if TYPE_CHECKING:
    from lqdsl.driver import CompileResult

Value = float | tuple[float, ...]
_COMPILER = ("diagnostics", "syntax", "ir", "semantics", "passes", "codegen")
_modules: dict[str, ModuleType] = {}
_lock = RLock()
_DATA = re.compile(r'from\s*(?:#[^\n]*\s*)*"([^"\n]*)"')


def compile(path: str | os.PathLike[str], /, *, dtype: str = "float32", **parameters: Value) -> "CompileResult":
    """Compile a `.lqt` file; nothing of it is executed, and jax is not imported.

    `parameters` replace values of the file; one whose name is a Python keyword is given with an underscore behind it
    (`lambda_=5.5`). Raises DiagnosticError for errors of the theory, OSError for a file that cannot be read.
    """
    from lqdsl.driver import CompileOptions, SourceFile, compile_text

    source = SourceFile.decode(Path(path).name, Path(path).read_bytes(), str(Path(path).parent))
    return compile_text(source, CompileOptions(_overrides(parameters), dtype))


def load(path: str | os.PathLike[str], /, *, dtype: str = "float32", **parameters: Value) -> ModuleType:
    """The generated module of a `.lqt` file, imported.

    Arguments and errors as for `compile`. Equal text, parameters and dtype give the same module object within a process,
    and the text of the module is kept in the cache folder ($LQDSL_CACHE_DIR, else $XDG_CACHE_HOME/lqdsl, else
    ~/.cache/lqdsl); where that cannot be written, in memory.
    """
    text = Path(path).read_bytes()
    key = _key(Path(path).name, text + _data_digest(text, Path(path).parent), _overrides(parameters), dtype)
    with _lock:
        if key not in _modules:
            folder = _cache_folder(key)
            file = _cached(folder) if folder else None
            if file is None:
                result = compile(path, dtype=dtype, **parameters)
                file = _store(folder, f"{result.name}.py", result.module) if folder else None
                _modules[key] = _from_file(key, file) if file else _from_text(key, result.name, result.module)
            else:
                _modules[key] = _from_file(key, file)
        return _modules[key]


def _overrides(parameters: Mapping[str, Value]) -> dict[str, Value]:
    """Names as in the file; sequences as tuples."""
    result: dict[str, Value] = {}
    for name, value in parameters.items():
        name = name[:-1] if name.endswith("_") and keyword.iskeyword(name[:-1]) else name
        result[name] = tuple(value) if isinstance(value, tuple | list) else value
    return result


def _key(name: str, data: bytes, overrides: Mapping[str, Value], dtype: str) -> str:
    """Digest of all that decides the text of the module, the compiler included."""
    described = json.dumps([name, sorted(overrides.items()), dtype, __version__])
    return hashlib.sha256(_compiler_digest() + described.encode() + b"\0" + data).hexdigest()[:32]


def _data_digest(text: bytes, folder: Path) -> bytes:
    """Digest of the data files that a theory names, so that a changed file is compiled anew; what stands in comments
    counts too, which does no harm."""
    digest = hashlib.sha256()
    for name in _DATA.findall(text.decode("utf-8", errors="replace")):
        content = read_inside(folder, name)
        digest.update(b"missing" if content is None else hashlib.sha256(content).digest())
    return digest.digest()


def _compiler_digest() -> bytes:
    digest = hashlib.sha256()
    package = Path(__file__).parent
    folders = [*(package / room for room in _COMPILER), resource_dir("grammars"), resource_dir("templates")]
    for folder in folders:
        for file in sorted(folder.rglob("*.*")):
            if file.suffix in (".py", ".lark", ".j2"):
                digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.digest()


def _cache_folder(key: str) -> Path | None:
    """A folder for this key that only this user can write, or None."""
    base = os.environ.get("LQDSL_CACHE_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "lqdsl"
    )
    folder = Path(base)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
        if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
            return None
        (folder / key).mkdir(mode=0o700, exist_ok=True)
        return folder / key if os.access(folder / key, os.W_OK) else None
    except OSError:
        return None


def _cached(folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob("*.py"))), None)


def _store(folder: Path, name: str, text: str) -> Path | None:
    """Written whole under another name and renamed, so that no other process sees a part of it."""
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            os.replace(temporary, folder / name)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError:
        return None
    return folder / name


class _TextLoader(importlib.abc.SourceLoader):
    """Imports a module whose text is not in a file."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_filename(self, fullname: str) -> str:
        return f"<{fullname}>"

    def get_data(self, path: str | bytes) -> bytes:
        return self._text.encode()


def _imported(name: str, spec: ModuleSpec | None) -> ModuleType:
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _from_file(key: str, file: Path) -> ModuleType:
    name = _module_name(key, file.stem)
    return _imported(name, importlib.util.spec_from_file_location(name, file))


def _from_text(key: str, theory: str, text: str) -> ModuleType:
    name = _module_name(key, theory)
    return _imported(name, importlib.util.spec_from_loader(name, _TextLoader(text)))


def _module_name(key: str, theory: str) -> str:
    return f"lqdsl_theory_{theory}_{key[:12]}"
