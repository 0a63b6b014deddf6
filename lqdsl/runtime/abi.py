"""The handshake between a generated module and the runtime that it imports."""

import jax

from lqdsl.runtime import ABI
from lqdsl.runtime.errors import AbiError


def require(abi: int, dtype: str) -> None:
    """Raise AbiError if the module was written for another runtime; switch double precision on if it needs it."""
    if abi != ABI:
        raise AbiError(
            f"this module was generated for runtime ABI {abi}, the installed one has {ABI}: compile the theory again"
        )
    if dtype == "float64":
        jax.config.update("jax_enable_x64", True)
