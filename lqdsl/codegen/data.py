"""Numbers of data files as text: few as they are, many packed."""

import base64
from collections.abc import Callable

from lqdsl.codegen.calls import literal
from lqdsl.diagnostics import Span
from lqdsl.ir.theory import Data, Theory

FEW = 64
COLUMNS = 100


def data_tables(theory: Theory, place: Callable[[Span], str]) -> tuple[str, ...]:
    """`DATA = {...}`, nothing for a theory without data."""
    if not theory.data:
        return ()
    rows = [line for data in theory.data for line in (f"    # {place(data.span)}", *_table(data))]
    return ("DATA = {", *rows, "}")


def _table(data: Data) -> tuple[str, ...]:
    head = f'    "{data.name}": rt.Data'
    comment = f"    # SHA-256 of the file: {data.digest}"
    numbers = data.values.reshape(-1).tolist()
    if len(numbers) <= FEW:
        rows = [numbers[n : n + 4] for n in range(0, len(numbers), 4)]
        lines = [f'        "{" ".join(map(repr, row))} "' for row in rows]
        lines[-1] = lines[-1][:-2] + '",'
        return (comment, f"{head}.of(", f"        {literal(data.shape)},", *lines, "    ),")
    text = base64.b64encode(data.content).decode("ascii")
    lines = [f'        "{text[n : n + COLUMNS]}"' for n in range(0, len(text), COLUMNS)]
    lines[-1] += ","
    return (comment, f"{head}.packed(", f"        {literal(data.shape)},", *lines, "    ),")
