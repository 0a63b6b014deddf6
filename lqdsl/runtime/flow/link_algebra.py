"""What coupling layers need of a gauge group, by group."""

from typing import Any

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.angles import Angles
from lqdsl.runtime.flow.matrices import Matrices
from lqdsl.runtime.groups import U1
from lqdsl.runtime.kernels import Spectral
from lqdsl.runtime.kernels.chain import steps

Algebra = Angles | Matrices


def link_algebra(group: Any) -> Algebra:
    """The algebra of `rt.U1()` or a matrix group."""
    return Angles() if isinstance(group, U1) else Matrices(group)


def loop_kernel(kernel: Any, algebra: Algebra) -> Any:
    """The kernel, or the chain, as it acts on loops of the group; raises RuntimeInputError where it does not."""
    if any(isinstance(algebra, Angles) == isinstance(part, Spectral) for part in steps(kernel)):
        raise RuntimeInputError(f"{kernel} does not act on loops of {getattr(algebra, 'group', 'U(1)')}")
    return kernel.of(algebra.group) if isinstance(algebra, Matrices) else kernel
