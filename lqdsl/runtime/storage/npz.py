"""Named arrays and a JSON header as `.npz`: the same content gives the same bytes, nothing is ever unpickled."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage.atomic import write_bytes

HEADER = "header"
EPOCH = (1980, 1, 1, 0, 0, 0)


def encode(arrays: Mapping[str, np.ndarray], header: Mapping[str, Any]) -> bytes:
    """The bytes of the file; `header` holds anything JSON can say. Raises RuntimeInputError but for numbers."""
    text = json.dumps(dict(header), sort_keys=True).encode()
    entries = {HEADER: np.frombuffer(text, np.uint8), **{name: np.asarray(array) for name, array in arrays.items()}}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in entries.items():
            if array.dtype.kind not in "biufc":
                raise RuntimeInputError(f"only arrays of numbers are stored, {name} is {array.dtype}")
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), content.getvalue())
    return buffer.getvalue()


def write_npz(path: Path, arrays: Mapping[str, np.ndarray], header: Mapping[str, Any]) -> None:
    """Write atomically; raises RuntimeInputError where that fails, a full disk included."""
    write_bytes(path, encode(arrays, header))


def read_npz(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """(arrays, header), every checksum verified; raises RuntimeInputError for missing, cut or damaged files."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return arrays, json.loads(arrays.pop(HEADER).tobytes())
    except FileNotFoundError as error:
        raise RuntimeInputError(f"there is no file {path}") from error
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise RuntimeInputError(f"{path} is damaged or was not written by this program: {error}") from error
