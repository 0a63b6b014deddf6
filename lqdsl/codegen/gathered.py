"""Names of what stands in sums over rows: fields gathered at the rows, entries of lists and data, numbers of the index."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sympy import Expr, Tuple

from lqdsl.codegen.names import Glossary
from lqdsl.ir.nodes import DataEntry, NamedTrace, TableEntry
from lqdsl.ir.rows import Rowed, RowIndex, Rows
from lqdsl.ir.words import Word


@dataclass
class RowNames:
    """Adds the lines of one function that gather; `bases` are the arrays of its fields, `atoms` what has a name."""

    glossary: Glossary
    lines: list[str]
    local: Callable[[str], str]
    bases: dict[tuple[str, int], str]
    atoms: dict[Expr, str]
    tables: dict[Rows, str] = field(default_factory=dict)
    """Those that are used, by their variables."""

    def bind(self, expressions: list[Expr], words: Iterable[Word], rowed: set[Rowed], like: str) -> None:
        """Fields, lists and data at the values that the rows of each sum name, and these values as numbers."""
        tables = {node.rows for expression in expressions for node in expression.atoms(RowIndex)}
        tables |= {
            index.rows
            for word in words
            for link in word
            if link.is_named
            for index in Tuple(*link.offset).atoms(RowIndex)
        }
        for number, rows in enumerate(self.glossary.rows):
            if rows in tables:
                self.tables[rows] = table = self.local(f"rows_{number}")
                self.lines.append(f"{table} = ROWS[{number}]  # {rows.words}")
                self._take_fields(rows, table, rowed)
                self._take_entries(rows, table, expressions, like)

    def _take_fields(self, rows: Rows, table: str, rowed: set[Rowed]) -> None:
        own = sorted({(a.field, a.component, a.low) for a in rowed if a.index.rows == rows})
        for name, component, low in own:
            base, symbol = self.bases[name, component], self.glossary.theory.field(name).symbol
            atoms = [Rowed(symbol, component, RowIndex(rows, slot), low) for slot in range(len(rows.names))]
            names = [self.local(f"{base}_{slot.index.name}") if slot in rowed else "_" for slot in atoms]
            self.lines.append(f"{unpacked(names)} = {table}.take({base})")
            self.atoms.update({atom: own for atom, own in zip(atoms, names, strict=True) if atom in rowed})

    def _take_entries(self, rows: Rows, table: str, expressions: list[Expr], like: str) -> None:
        nodes = {n for e in expressions for n in e.atoms(TableEntry, DataEntry) if n.has(RowIndex)}
        numbers = {index for e in expressions for index in _bare_indices(e)}
        for node in sorted((n for n in nodes if _rows_of(n) == {rows}), key=str):
            places = node.coordinates if isinstance(node, DataEntry) else (node.index,)
            values = f'DATA["{node.data}"].values' if isinstance(node, DataEntry) else self.atoms[node.table]
            printed = ", ".join(f"{table}.numbers({_slot(p)})" if p.has(RowIndex) else str(p) for p in places)
            name = node.data if isinstance(node, DataEntry) else node.table.name
            local = self.local("_".join([name, *(i.name for i in sorted(node.atoms(RowIndex), key=str))]))
            self.lines.append(f"{local} = {table}.entries({values}, {like}, {printed})")
            self.atoms[node] = local
        for index in sorted((i for i in numbers if i.rows == rows), key=str):
            local = self.local(index.name)
            self.lines.append(f"{local} = {table}.column({index.slot}, {like})")
            self.atoms[index] = local


def unpacked(names: list[str]) -> str:
    """What a tuple of these is assigned to."""
    return ", ".join(names) if len(names) > 1 else f"({names[0]},)"


def _rows_of(node: Expr) -> set[Rows]:
    return {index.rows for index in node.atoms(RowIndex)}


def _slot(place: Expr) -> str:
    """Arguments that name a slot, and what is subtracted from its numbers."""
    (index,) = place.atoms(RowIndex)
    return f"{index.slot}" + (f", {index - place}" if place != index else "")


def _bare_indices(expression: Expr) -> set[RowIndex]:
    """Indices that stand in a formula as numbers."""
    if isinstance(expression, RowIndex):
        return {expression}
    if isinstance(expression, Rowed | NamedTrace | TableEntry | DataEntry):
        return set()
    return {index for argument in expression.args for index in _bare_indices(argument)}
