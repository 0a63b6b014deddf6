"""The tables of sums over rows, in the order in which the module needs them."""

from sympy import Expr

from lqdsl.codegen.calls import call, literal
from lqdsl.ir.compiled import Compiled
from lqdsl.ir.rows import Rows, RowSum
from lqdsl.ir.theory import Lattice

COLUMNS = 120


def tables(compiled: Compiled) -> tuple[Rows, ...]:
    """All of them, each once."""
    return tuple(sorted({node.rows for e in _expressions(compiled) for node in e.atoms(RowSum)}, key=str))


def row_tables(rows: tuple[Rows, ...], lattice: Lattice, compiled: Compiled) -> tuple[str, ...]:
    """`ROWS = (...)`, nothing for a theory without them."""
    if not rows:
        return ()
    lines = [line for table in rows for line in _table(table, lattice)]
    short = f"ROWS = ({lines[0].strip()})"
    if len(lines) == 1 and len(short) <= COLUMNS:
        return (short,)
    return ("ROWS = (", *lines, ")")


def _table(rows: Rows, lattice: Lattice) -> list[str]:
    arguments = {
        "extent": str(lattice.volume),
        "low": str(lattice.first),
        "names": literal(rows.names),
        "ranges": literal(rows.ranges),
        "where": literal(tuple(f"{left} {op} {right}" for left, op, right in rows.where)),
    }
    return ("    " + call("rt.Rows", arguments, 4, 1) + ",").split("\n")


def _expressions(compiled: Compiled) -> list[Expr]:
    bodies = [o.body for o in compiled.observables if isinstance(o.body, Expr)]
    return [
        compiled.action.total,
        compiled.action.formula,
        *(term.expression for term in compiled.action.terms),
        *bodies,
    ]
