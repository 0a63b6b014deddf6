"""Import of the generated module of a run directory."""

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from lqdsl.runtime.errors import RuntimeInputError


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
    except BaseException:
        del sys.modules[name]
        raise
    if not hasattr(module, "MODEL"):
        del sys.modules[name]
        raise RuntimeInputError(f"{file} defines no MODEL: not a module that lqdsl wrote")
    return module
