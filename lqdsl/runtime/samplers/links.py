"""Updates of links, all links of one direction and one colour at once; they must not meet in the action."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from lqdsl.runtime import random
from lqdsl.runtime.groups import Element, kept
from lqdsl.runtime.masks import Mask
from lqdsl.runtime.model import Model
from lqdsl.runtime.samplers.base import Info
from lqdsl.runtime.samplers.chains import chain_sum, metropolis
from lqdsl.runtime.samplers.site import colour_table

Update = Callable[[Array, Element, Array, Any], tuple[Element, Array, Array]]
"""(words, links of a direction, direction [], fields) to new links, acceptance and invalid, each [x..., chain]."""


def sweep_links(
    model: Model, name: str, masks: tuple[Mask, ...], update: Update, words: Array, fields: Any
) -> tuple[Any, Info]:
    """One update of every link of a field, direction by direction and colour by colour; info as mean over links."""
    kind, lattice = getattr(model.kinds, name), model.lattice
    form, values = kind.group.form, getattr(fields, name)
    tables = jnp.asarray(np.concatenate([colour_table(model, mask) for mask in masks]))[..., None]
    directions = jnp.asarray(np.repeat(np.arange(len(masks)), [mask.cycle for mask in masks]))

    def of_colour(number: Array, carry: Any) -> Any:
        fields, acceptance, invalid = carry
        values, active, mu = getattr(fields, name), tables[number], directions[number]
        old = jax.lax.dynamic_index_in_dim(values, mu, keepdims=False)
        link = Element(kind.group, kept(lambda: form.from_field(old)))
        new, probability, nan = update(random.fold(words, number), link, mu, fields)
        chosen = jnp.where(active, form.to_field(kept(lambda: new.stored)), old)
        fields = fields._replace(**{name: jax.lax.dynamic_update_index_in_dim(values, chosen, mu, 0)})
        counts = [chain_sum(jnp.where(active, numbers, 0)) for numbers in (probability, nan)]
        return fields, acceptance + counts[0], invalid + counts[1]

    zero = jnp.zeros(values.shape[-1:], values.dtype)
    fields, acceptance, invalid = jax.lax.fori_loop(0, len(tables), of_colour, (fields, zero, zero))
    links = lattice.volume * kind.directions
    return fields, {"acceptance": acceptance / links, "invalid": invalid / links}


def of_direction(mu: Array, functions: Sequence[Callable[..., Any]], *arguments: Any) -> Any:
    """functions[mu](*arguments). Each call makes branches of its own: what a branch takes from around it, such as the
    borders in use, must not be found again in a cache of another program."""
    return jax.lax.switch(mu, [partial(function, *arguments) for function in functions])


def metropolis_links(
    model: Model,
    name: str,
    masks: tuple[Mask, ...],
    hits: int,
    width: Array,
    words: Array,
    fields: Any,
    parameters: Any,
) -> tuple[Any, Info]:
    """One sweep of `hits` Metropolis tests of exp(r_a T_a) U for each link, r uniform in (-width, width)."""
    kind, actions = getattr(model.kinds, name), model.link_actions[name]

    def update(words: Array, link: Element, mu: Array, fields: Any) -> tuple[Element, Array, Array]:
        shape = link.parts[0].shape
        algebra = shape if kind.is_angle else (kind.group.dimension, *shape)

        def action(here: Element) -> Array:
            return of_direction(mu, actions, here, fields, parameters)

        def hit(number: Array, carry: Any) -> Any:
            link, old, acceptance, invalid = carry
            stream = random.fold(words, number)
            move = width * (2 * random.uniform(random.fold(stream, 0), algebra, old.dtype) - 1)
            proposed = kind.group.exponential(move) @ link
            new = action(proposed)
            accepted, probability = metropolis(random.uniform(random.fold(stream, 1), shape, old.dtype), new - old)
            link = jax.tree.map(lambda a, b: jnp.where(accepted, a, b), proposed, link)
            old = jnp.where(accepted, new, old)
            return link, old, acceptance + probability / hits, invalid + jnp.isnan(new) / hits

        zero = jnp.zeros(shape, link.parts[0].dtype)
        link, _, acceptance, invalid = jax.lax.fori_loop(0, hits, hit, (link, action(link), zero, zero))
        return link, acceptance, invalid

    return sweep_links(model, name, masks, update, words, fields)
