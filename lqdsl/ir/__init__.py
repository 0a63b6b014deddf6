"""The theory as SymPy expressions with lattice meaning."""

from lqdsl.ir.printing import notation
from lqdsl.ir.theory import Theory

__all__ = ["Theory", "notation"]
