"""SymPy classes with lattice meaning.

Before expansion an expression holds `FieldAt` and `LoopAt` (a field at a symbolic site, a trace of links along a path)
inside `Reduction` (sums and means over sites, directions and indices). After it, `Shifted` and `Loop` (the same at
fixed offsets from the running site) inside `SiteSum`, the sum of a density over the lattice. All of them stand for
real numbers.
"""

from lqdsl.ir.base import LatticeExpr
from lqdsl.ir.local import (
    DataEntry,
    DataShifted,
    Local,
    Loop,
    Pinned,
    Shifted,
    SiteSum,
    Trace,
    derivative,
    trace,
    translate,
)
from lqdsl.ir.measured import SMEARINGS, Analysis, Moment, TopologicalCharge
from lqdsl.ir.named import NamedTrace
from lqdsl.ir.symbolic import DataAt, FieldAt, Hat, LoopAt, Pin, Placed, Reduction, TableEntry, offset_of, word_of

__all__ = [
    "SMEARINGS",
    "Analysis",
    "DataAt",
    "DataEntry",
    "DataShifted",
    "FieldAt",
    "Hat",
    "LatticeExpr",
    "Local",
    "Loop",
    "LoopAt",
    "Moment",
    "NamedTrace",
    "Pin",
    "Pinned",
    "Placed",
    "Reduction",
    "Shifted",
    "SiteSum",
    "TableEntry",
    "TopologicalCharge",
    "Trace",
    "derivative",
    "offset_of",
    "trace",
    "translate",
    "word_of",
]
