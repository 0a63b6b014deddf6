"""What XLA must be told before it starts, for right numbers.

jaxlib 0.10.2 and 0.11 hand sums on CPUs to a library (YNNPACK) that leaves terms out, reads beyond arrays or crashes,
depending on their shapes: https://github.com/jax-ml/jax/issues/39103, 39257 and 40412. It can only be switched off before
the first use of a device.
"""

import os
import sys
import warnings
from importlib import metadata

FLAG = "--xla_cpu_experimental_ynn_fusion_type"
FIRST, LAST = (0, 10, 2), (0, 11, 999)
"""Releases of jaxlib that need the flag; others may not know it, and XLA ends the process at flags it does not know."""


def set_flags() -> None:
    """Add the flag to XLA_FLAGS where it is needed and not there; RuntimeWarning if it comes too late."""
    flags = os.environ.get("XLA_FLAGS", "")
    if FLAG in flags or not FIRST <= _release() <= LAST:
        return
    bridge = sys.modules.get("jax._src.xla_bridge")
    if bridge is not None and getattr(bridge, "backends_are_initialized", bool)():
        warnings.warn(
            f"JAX was used before lqdsl was imported, and this release of it can be wrong in sums on CPUs; "
            f"import lqdsl first, or set XLA_FLAGS={FLAG}=",
            RuntimeWarning,
            stacklevel=3,
        )
        return
    os.environ["XLA_FLAGS"] = f"{flags} {FLAG}=".strip()


def _release() -> tuple[int, ...]:
    """Release of jaxlib, (0,) where there is none."""
    try:
        numbers = metadata.version("jaxlib").split(".")[:3]
    except metadata.PackageNotFoundError:
        return (0,)
    return tuple(int("".join(filter(str.isdigit, number)) or 0) for number in numbers)
