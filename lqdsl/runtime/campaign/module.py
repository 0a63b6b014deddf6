"""Import of the generated module of a run directory."""

import hashlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from lqdsl.runtime.errors import AbiError, RuntimeInputError


def load_module(file: Path) -> ModuleType:
    """The generated module in `file`, under a name of its own for each place and content.

    Raises RuntimeInputError if it is not a generated module, AbiError if it was written for another runtime.
    """
    digest = hashlib.sha256(str(file.resolve()).encode() + b"\0" + file.read_bytes()).hexdigest()
    name = f"lqdsl_theory_{file.stem}_{digest[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise RuntimeInputError(f"{file} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        del sys.modules[name]
        raise RuntimeInputError(f"{file} is damaged: {error.msg} in line {error.lineno}") from error
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, AbiError | RuntimeInputError) or not isinstance(error, Exception):
            raise
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename).resolve() == file.resolve()]
        where = f" in line {lines[-1]}" if lines else ""
        raise RuntimeInputError(f"{file} stops with {type(error).__name__}{where}: {error}") from error
    if not hasattr(module, "MODEL"):
        del sys.modules[name]
        raise RuntimeInputError(f"{file} defines no MODEL: not a module that lqdsl wrote")
    return module
