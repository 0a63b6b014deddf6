"""`data h[x] from "field.npy"`: numbers from a file in the folder of the theory, checked and never unpickled."""

import hashlib
import io
from pathlib import Path
from tokenize import TokenError  # numpy repairs old headers with it

import numpy as np

from lqdsl.diagnostics import SourceFile, suggest
from lqdsl.diagnostics.inside import obstacle, read_inside
from lqdsl.ir.theory import Data, DataAxis, Lattice
from lqdsl.semantics.errors import fail
from lqdsl.semantics.scope import DIRECTION_NAMES, SITE_NAMES, IndexRange
from lqdsl.syntax import ast

LARGEST_DATA = 2**22
"""Numbers of one file, which become part of the generated module."""
_MAGIC = b"\x93NUMPY"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def data(node: ast.DataDecl, source: SourceFile, lattice: Lattice, indices: dict[str, IndexRange]) -> Data:
    """The declared numbers. Errors E0201, E0202, E0804."""
    axes = _axes(node, lattice, indices)
    shape = tuple(extent for axis in axes for extent in axis.extents)
    if int(np.prod(shape, dtype=object)) > LARGEST_DATA:
        fail("E0804", f"`{node.name.name}` has more than {LARGEST_DATA} numbers", node.span)
    content = _content(node, source)
    values = _in_order(_array(node, content, shape), axes, lattice)
    return Data(node.name.name, axes, values.shape, values.tobytes(), hashlib.sha256(content).hexdigest(), node.span)


def _axes(node: ast.DataDecl, lattice: Lattice, indices: dict[str, IndexRange]) -> tuple[DataAxis, ...]:
    axes: list[DataAxis] = []
    for name in node.indices:
        if SITE_NAMES.fullmatch(name.name) and not lattice.is_index:
            if any(axis.kind == "site" for axis in axes):
                fail("E0804", "data have one site at the most", name.span)
            axes.append(DataAxis("site", 0, lattice.extents))
        elif DIRECTION_NAMES.fullmatch(name.name) and not lattice.is_index:
            axes.append(DataAxis("direction", 0, (lattice.ndim,)))
        elif name.name in indices:
            declared = indices[name.name]
            axes.append(DataAxis("index", declared.low, (declared.high - declared.low + 1,)))
        else:
            close = suggest(name.name, tuple(indices))
            helps = (f"did you mean `{close}`?",) if close else (f"declare it: `index {name.name} = 0..5`",)
            fail("E0201", f"unknown index `{name.name}`", name.span, helps=helps)
    return tuple(axes)


def _content(node: ast.DataDecl, source: SourceFile) -> bytes:
    name, span = node.path.text, node.path.span
    if source.folder is None:
        fail("E0804", "data are read from the folder of the theory, and this text has none", span)
    reason = obstacle(Path(source.folder), name)
    content = None if reason else read_inside(Path(source.folder), name)
    if content is None:
        fail("E0804", f"`{name}` cannot be used", span, notes=(reason or "it cannot be read",))
    return content


def _array(node: ast.DataDecl, content: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The array of the file, with everything checked before its numbers are touched."""
    name, span = node.path.text, node.path.span
    stream = io.BytesIO(content)
    try:
        if not content.startswith(_MAGIC):
            raise ValueError
        found, fortran, dtype = _HEADERS[np.lib.format.read_magic(stream)](stream)
    except (ValueError, KeyError, SyntaxError, TypeError, RecursionError, MemoryError, TokenError):
        helps = ("write it with `numpy.save`",)
        fail("E0804", f"`{name}` is not a .npy file of format 1.0 or 2.0", span, helps=helps)
    if dtype.kind not in "iuf" or dtype.hasobject:
        shown = "objects" if dtype.hasobject else str(dtype)
        fail("E0804", f"`{name}` must hold real numbers, it holds {shown}", span)
    if found != shape:
        notes = (f"`{node.name.name}[{', '.join(n.name for n in node.indices)}]` needs the shape {list(shape)}",)
        fail("E0804", f"`{name}` has the shape {list(found)}", span, notes=notes)
    count = int(np.prod(shape, dtype=np.int64))
    rest = content[stream.tell() :]
    if len(rest) != count * dtype.itemsize:
        fail("E0804", f"`{name}` is cut off or too long", span)
    values = np.frombuffer(rest, dtype, count).reshape(shape, order="F" if fortran else "C").astype("<f8")
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        place = f" at {[int(i) for i in wrong[0]]}" if shape else ""
        fail("E0804", f"`{name}` holds a number that is not finite{place}", span)
    return values


def _in_order(values: np.ndarray, axes: tuple[DataAxis, ...], lattice: Lattice) -> np.ndarray:
    """[index..., x...], whatever the order in the file."""
    starts = np.cumsum([0, *(len(axis.extents) for axis in axes)])
    site = next((int(start) for axis, start in zip(axes, starts, strict=False) if axis.kind == "site"), None)
    if site is not None:
        moved = range(site, site + lattice.ndim)
        values = np.moveaxis(values, moved, range(values.ndim - lattice.ndim, values.ndim))
    return np.ascontiguousarray(values)
