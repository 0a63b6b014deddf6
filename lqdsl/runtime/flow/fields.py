"""From the public layout of fields to the one that the layers use, for site fields and links."""

from typing import Any

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.composition import Stack
from lqdsl.runtime.flow.coupling import Coupling
from lqdsl.runtime.flow.link_algebra import link_algebra
from lqdsl.runtime.flow.link_stack import LinkStack
from lqdsl.runtime.flow.loops import LoopCoupling
from lqdsl.runtime.flow.spaces import space_of
from lqdsl.runtime.flow.stack import Stack as SiteStack
from lqdsl.runtime.lattice import Lattice


def is_links(kind: Any) -> bool:
    return hasattr(kind, "group")


def make_stack(lattice: Lattice, kinds: Any, couplings: tuple[Any, ...]) -> Stack:
    """The stack for site fields, or for a single field of links; raises RuntimeInputError for a mixture."""
    at_sites = bool(couplings) and all(isinstance(coupling, Coupling) for coupling in couplings)
    if at_sites or not (couplings or any(map(is_links, kinds))):
        spaces = tuple((name, space_of(getattr(kinds, name))) for name in kinds._fields)
        return SiteStack(lattice, spaces, couplings)
    if len(kinds) != 1 or not is_links(kinds[0]) or not all(isinstance(c, LoopCoupling) for c in couplings):
        raise RuntimeInputError(
            f"a flow serves site fields with couplings, or one field of links with loop couplings; got {kinds}"
        )
    return LinkStack(lattice, kinds._fields[0], link_algebra(kinds[0].group), couplings)


def split_field(kind: Any, values: jax.Array) -> jax.Array:
    """A field to [c, x..., b], group elements to [c, row, b] with rows mu V + x, at sites x."""
    if not is_links(kind):
        return kind.split(values)
    components = link_algebra(kind.group).components
    parts = values.reshape(values.shape[0], components, -1, values.shape[-1])
    return jnp.swapaxes(parts, 0, 1).reshape(components, -1, values.shape[-1])


def join_field(kind: Any, values: jax.Array, lattice: Lattice) -> jax.Array:
    """Inverse of `split_field`."""
    if not is_links(kind):
        return kind.join(values)
    algebra, batch = link_algebra(kind.group), values.shape[-1]
    parts = values.reshape(algebra.components, -1, lattice.volume, batch)
    return jnp.swapaxes(parts, 0, 1).reshape(*kind.shape(lattice), batch)
