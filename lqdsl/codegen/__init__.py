"""From proofs to text: one readable JAX module a theory."""

from lqdsl.codegen.module import ABI, generate

__all__ = ["ABI", "generate"]
