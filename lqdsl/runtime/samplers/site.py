"""Updates of single sites, all sites of a colour at once; sites of one colour must not meet in the action."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.groups import kept
from lqdsl.runtime.kinds import Links
from lqdsl.runtime.masks import Mask
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.base import Info
from lqdsl.runtime.samplers.chains import chain_sum, metropolis

Propose = Callable[[Array, Any], Array]
"""(values [component, x..., chain], fields) to proposed values; an involution or a symmetric random move of each site."""


Colours = Mask | tuple[Mask, ...]
"""Partition of the sites; for links one of each direction."""


def require_colours(
    model: Model, colours: Mapping[str, Colours], of_links: Mapping[str, Any] | None = None, needed: str = ""
) -> None:
    """Raise RuntimeInputError where a field has no local update or no colours, or some site is of no colour.

    Site fields need a site action; link fields an entry in `of_links`, called `needed` in the message.
    """
    for name, kind in zip(model.fields, model.kinds, strict=True):
        is_link = isinstance(kind, Links)
        known, wanted = (
            (of_links or {}, needed or "another sampler") if is_link else (model.site_actions, "a site action")
        )
        if name not in known or name not in colours:
            raise RuntimeInputError(f"field {name} of {model.name} has no local update: it needs {wanted} and colours")
        found = colours[name]
        masks = found if isinstance(found, tuple) else (found,)
        if len(masks) != (kind.directions if is_link else 1):
            raise RuntimeInputError(f"field {name} needs one partition for each direction of its links, got {found}")
        if not all(np.all(np.sum(colour_table(model, mask), axis=0) == 1) for mask in masks):
            raise RuntimeInputError(f"the colours {found} of field {name} do not hold every site exactly once")


def colour_table(model: Model, mask: Mask) -> np.ndarray:
    """bool[colour, x0, ..., x_{d-1}]."""
    return np.stack([mask.active(model.lattice, colour) for colour in range(mask.cycle)])


def sweep(
    model: Model, name: str, mask: Mask, propose: Propose, words: Array, fields: Any, parameters: Any
) -> tuple[Any, Info]:
    """One Metropolis test at every site of one field, colour by colour; info as mean over sites, [chain]."""
    lattice, site_action = model.lattice, model.site_actions[name]
    table = jnp.asarray(colour_table(model, mask))[..., None]
    start = getattr(fields, name)
    shape = (*lattice.extents, start.shape[-1])
    uniforms = random.uniform(words, shape, start.dtype)

    def update(colour: Array, carry: tuple[Any, Array, Array]) -> tuple[Any, Array, Array]:
        fields, acceptance, invalid = carry
        values = getattr(fields, name)
        proposed = propose(values, fields)
        delta = site_action(proposed, fields, parameters) - site_action(values, fields, parameters)
        accepted, probability = metropolis(uniforms, delta)
        active = table[colour]
        fields = fields._replace(**{name: jnp.where(accepted & active, proposed, values)})
        acceptance = acceptance + chain_sum(jnp.where(active, probability, 0))
        return fields, acceptance, invalid + chain_sum((active & jnp.isnan(delta)).astype(start.dtype))

    zero = jnp.zeros(shape[-1:], start.dtype)
    # A loop of a single turn is no border: each field would be computed again in all that are moved after it.
    fields, acceptance, invalid = kept(lambda: jax.lax.fori_loop(0, mask.cycle, update, (fields, zero, zero)))
    return fields, {"acceptance": acceptance / lattice.volume, "invalid": invalid / lattice.volume}
