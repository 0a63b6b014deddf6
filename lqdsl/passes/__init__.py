"""Theory to theory: expansion, proofs, forces, conditionals, masks."""

from lqdsl.passes.pipeline import run_passes

__all__ = ["run_passes"]
