"""box: fields over 16 values of an index, in the order of box.lqt.

Written by lqdsl 0.1.0: change box.lqt and compile it again.
Configurations are laid out [component, x0, x1, ..., batch]; real fields have no component axis. All functions take
any number of trailing batch axes. Parameters are run-time arguments, the lattice is fixed.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from lqdsl import runtime as rt

rt.require(abi=1, dtype="float32")


class Parameters(NamedTuple):
    """Couplings, in lattice units, with the values of the file."""

    h: float = 0.5  # box.lqt:5


# box.lqt:7
LATTICE = rt.Lattice(extents=(16,), boundary=(1,))

ROWS = (
    rt.Rows(extent=16, low=0, names=("p", "q"), ranges=((0, 15), (0, 15)), where=("p < q",)),
    rt.Rows(extent=16, low=0, names=("p",), ranges=((0, 15),), where=()),
)


class Fields(NamedTuple):
    """One configuration, or a batch of them."""

    r: jax.Array  # box.lqt:8  box(6, 4.5) [component, x0, ...]


KINDS = Fields(r=rt.Box(lengths=(6.0, 4.5)))

# Proved: permutations(r), reflections(r) (found).


# box.lqt:10
def action(fields: Fields, parameters: Parameters) -> jax.Array:
    """S[fields]; the weight is exp(-S).

    Shape: [...batch].
    """
    with jax.named_scope("action"):
        r_0 = fields.r[0]
        r_1 = fields.r[1]
        h = parameters.h
        rows_0 = ROWS[0]  # p < q
        r_0_p, r_0_q = rows_0.take(r_0)
        r_1_p, r_1_q = rows_0.take(r_1)
        rows_1 = ROWS[1]  # p
        (r_0_p_,) = rows_1.take(r_0)
        apart_0 = rt.minimum_image(r_0_p - r_0_q, 6)
        apart_1 = rt.minimum_image(r_1_p - r_1_q, 4.5)
        return h * jnp.sum(jnp.cos(jnp.pi * r_0_p_ / 3), axis=0) + jnp.sum(jnp.exp(-(apart_0**2) - apart_1**2), axis=0)


# box.lqt:10
def action_terms(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """The terms of S by line and column of the file.

    Shapes: [...batch].
    """
    r_0 = fields.r[0]
    r_1 = fields.r[1]
    h = parameters.h
    rows_0 = ROWS[0]  # p < q
    r_0_p, r_0_q = rows_0.take(r_0)
    r_1_p, r_1_q = rows_0.take(r_1)
    rows_1 = ROWS[1]  # p
    (r_0_p_,) = rows_1.take(r_0)
    apart_0 = rt.minimum_image(r_0_p - r_0_q, 6)
    apart_1 = rt.minimum_image(r_1_p - r_1_q, 4.5)
    return {
        "box.lqt:10:10": jnp.sum(jnp.exp(-(apart_0**2) - apart_1**2), axis=0),
        "box.lqt:10:48": h * jnp.sum(jnp.cos(jnp.pi * r_0_p_ / 3), axis=0),
    }


# box.lqt:10
def force(fields: Fields, parameters: Parameters) -> Fields:
    """F = -dS/dfields, derived from the action.

    Shapes as in `Fields`.
    """
    with jax.named_scope("force"):
        r_0 = fields.r[0]
        r_1 = fields.r[1]
        h = parameters.h
        rows_0 = ROWS[0]  # p < q
        r_0_p, r_0_q = rows_0.take(r_0)
        r_1_p, r_1_q = rows_0.take(r_1)
        rows_1 = ROWS[1]  # p
        (r_0_p_,) = rows_1.take(r_0)
        apart_0 = rt.minimum_image(r_0_p - r_0_q, 6)
        apart_1 = rt.minimum_image(r_1_p - r_1_q, 4.5)
        shared_0 = jnp.exp(-(apart_0**2) - apart_1**2)
        force_r_0_p = jnp.pi * h * jnp.sin(jnp.pi * r_0_p_ / 3) / 3
        force_r_0_p_ = 2 * shared_0 * apart_0
        force_r_0_q = -2 * shared_0 * apart_0
        force_r_0 = ROWS[1].collect(fields.r[0], force_r_0_p) + ROWS[0].collect(fields.r[0], force_r_0_p_, force_r_0_q)
        force_r_1_p = 2 * shared_0 * apart_1
        force_r_1_q = -2 * shared_0 * apart_1
        force_r_1 = ROWS[0].collect(fields.r[1], force_r_1_p, force_r_1_q)
        return Fields(r=jnp.stack([force_r_0, force_r_1]))


def observables(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """Observables of one configuration.

    Shapes: numbers [...batch], correlators [t, ...batch].
    """
    with jax.named_scope("observables"):
        r_0 = fields.r[0]
        r_1 = fields.r[1]
        rows_0 = ROWS[0]  # p < q
        r_0_p, r_0_q = rows_0.take(r_0)
        r_1_p, r_1_q = rows_0.take(r_1)
        apart_0 = rt.minimum_image(r_0_p - r_0_q, 6)
        apart_1 = rt.minimum_image(r_1_p - r_1_q, 4.5)
        # box.lqt:14
        virial = jnp.sum(jnp.exp(-(apart_0**2) - apart_1**2) * apart_0**2, axis=0) / 6
        return {
            "virial": virial,
        }


OBSERVABLES = {
    "virial": rt.Scalar(),
}

DERIVED = {}

# by default
FLOW = rt.Flow(
    lattice=LATTICE,
    kinds=KINDS,
    prior=Fields(r=rt.Uniform()),
    couplings=(
        rt.Coupling(
            field="r",
            layers=8,
            mask=rt.LinearMask(form=(1,), modulus=2),
            kernel=rt.CircularSpline(bins=8),
            net=rt.MLP(hidden=(32, 32), activation="silu"),
        ),
    ),
)

# by default
TRAIN = rt.TrainOptions(
    batch=256,
    steps=2000,
    optimizer=rt.Adam(rate=0.002, schedule="cosine", clip=20.0),
    stop=(rt.Stop("minutes", ">", 5.0),),
)

# by default
SAMPLERS = {
    "flow_mh": rt.FlowMetropolis(chains=1, draws=20000),
    "hmc": rt.HMC(chains=64, draws=2000, start="grid"),
}

MODEL = rt.Model(
    name="box",
    source="box.lqt",
    dtype="float32",
    lattice=LATTICE,
    kinds=KINDS,
    parameters=Parameters(),
    parameter_names={"h": "h"},
    action=action,
    action_terms=action_terms,
    force=force,
    density=None,
    site_actions={},
    observables=observables,
    observable_kinds=OBSERVABLES,
    derived=DERIVED,
    symmetries=("permutations(r)", "reflections(r)"),
    vanishing=(),
    flow=FLOW,
    train=TRAIN,
    samplers=SAMPLERS,
)
