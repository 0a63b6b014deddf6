"""Named arrays as `.npz`: the same content gives the same bytes, nothing is ever unpickled."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage.atomic import write_bytes

EPOCH = (1980, 1, 1, 0, 0, 0)


def encode(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of the file; raises RuntimeInputError for arrays of anything but numbers."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, values in arrays.items():
            array = np.asarray(values)
            if array.dtype.kind not in "biufc":
                raise RuntimeInputError(f"only arrays of numbers are stored, {name} is {array.dtype}")
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), content.getvalue())
    return buffer.getvalue()


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write atomically; raises RuntimeInputError where that fails, a full disk included."""
    write_bytes(path, encode(arrays))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays, every checksum verified; raises RuntimeInputError for missing, cut or damaged files."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise RuntimeInputError(f"there is no file {path}") from error
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise RuntimeInputError(f"{path} is damaged or of another kind: {error}") from error
