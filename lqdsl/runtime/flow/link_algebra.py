"""What coupling layers need of a gauge group, by group."""

from typing import Any

from lqdsl.runtime.flow.angles import Angles
from lqdsl.runtime.groups import U1


def link_algebra(group: Any) -> Any:
    """The algebra of `rt.U1()` or a matrix group."""
    if isinstance(group, U1):
        return Angles()
    raise NotImplementedError(group)
