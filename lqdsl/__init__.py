"""lqdsl: from the action of a lattice field theory to an exact sampler.

`load` compiles a theory file and imports the module; `compile` gives the text and everything before it. Importing this
package only sets flags of XLA, which must happen before JAX is used.
"""

from typing import TYPE_CHECKING, Any

import lqdsl.runtime  # noqa: F401 sets them
from lqdsl.version import __version__

if TYPE_CHECKING:
    from lqdsl.loader import compile, load

__all__ = ["__version__", "compile", "load"]


def __getattr__(name: str) -> Any:
    if name in ("compile", "load"):
        from lqdsl import loader

        return getattr(loader, name)
    raise AttributeError(f"module 'lqdsl' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
