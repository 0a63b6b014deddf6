"""Updates of links, all links of one direction and one colour at once; they must not meet in the action."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

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

Update = Callable[[Array, Element, Array, Array, Any], tuple[Element, Array, Array]]
"""(words, links of a direction, direction [], sites [n] of a colour, fields) to new links of these sites, acceptance and
invalid, each [n, chain]."""


class Classes(NamedTuple):
    """Sites by colour, directions one after the other."""

    sites: Array
    """[colour, n] numbers of sites, the first one again where a colour has fewer."""
    place: Array
    """[colour, site] where a site stands among those of its colour."""
    active: Array
    """[colour, site, 1] whether it is of that colour."""
    direction: Array
    """[colour]."""


def classes(model: Model, masks: tuple[Mask, ...]) -> Classes:
    """Those of one partition a direction."""
    tables = np.concatenate([colour_table(model, mask).reshape(mask.cycle, -1) for mask in masks])
    listed = [np.flatnonzero(table) for table in tables]
    most = max(map(len, listed))
    sites = np.stack([np.pad(own, (0, most - len(own)), constant_values=own[0]) for own in listed])
    place = np.where(tables, np.cumsum(tables, axis=1) - 1, 0)
    direction = np.repeat(np.arange(len(masks)), [mask.cycle for mask in masks])
    return Classes(*map(jnp.asarray, (sites, place, tables[..., None], direction)))


def at_sites(values: Any, sites: Array) -> Any:
    """An element or a matrix [x..., chain] at the numbers of some sites, [n, chain]."""
    return values.on_sites(lambda leaf, leading: _by_number(leaf, leading).take(sites, axis=leading))


def _by_number(leaf: Array, leading: int) -> Array:
    return leaf.reshape(*leaf.shape[:leading], -1, leaf.shape[-1])


def sweep_links(
    model: Model, name: str, masks: tuple[Mask, ...], update: Update, words: Array, fields: Any
) -> tuple[Any, Info]:
    """One update of every link of a field, direction by direction and colour by colour; info as mean over links."""
    kind, lattice = getattr(model.kinds, name), model.lattice
    form, values = kind.group.form, getattr(fields, name)
    leading = values.ndim - lattice.ndim - 2
    colours = classes(model, masks)

    def of_colour(number: Array, carry: Any) -> Any:
        fields, acceptance, invalid = carry
        sites, place, active, mu = (table[number] for table in colours)
        values = getattr(fields, name)
        old = jax.lax.dynamic_index_in_dim(values, mu, keepdims=False)
        link = Element(kind.group, kept(lambda: form.from_field(old)))
        new, probability, nan = update(random.fold(words, number), link, mu, sites, fields)
        spread = form.to_field(kept(lambda: new.stored)).take(place, axis=leading)
        chosen = jnp.where(active, spread, _by_number(old, leading)).reshape(old.shape)
        fields = fields._replace(**{name: jax.lax.dynamic_update_index_in_dim(values, chosen, mu, 0)})
        counts = [chain_sum(jnp.where(active, numbers[place], 0)) for numbers in (probability, nan)]
        return fields, acceptance + counts[0], invalid + counts[1]

    zero = jnp.zeros(values.shape[-1:], values.dtype)
    fields, acceptance, invalid = jax.lax.fori_loop(0, len(colours.direction), of_colour, (fields, zero, zero))
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

    def update(words: Array, link: Element, mu: Array, sites: Array, fields: Any) -> tuple[Element, Array, Array]:
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
        numbers = (_by_number(each, 0)[sites] for each in (acceptance, invalid))
        return at_sites(link, sites), *numbers

    return sweep_links(model, name, masks, update, words, fields)
