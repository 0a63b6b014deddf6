"""clusters on a periodic lattice of 6 x 4 sites, in the order of clusters.lqt.

Written by lqdsl 0.1.0: change clusters.lqt and compile it again.
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

    beta: float = 0.8  # clusters.lqt:5
    g: float = 0.4  # clusters.lqt:6


# clusters.lqt:3
LATTICE = rt.Lattice(extents=(6, 4), boundary=(1, 1))


class Fields(NamedTuple):
    """One configuration, or a batch of them."""

    s: jax.Array  # clusters.lqt:8  sphere(3) [component, x0, x1, ...]


KINDS = Fields(s=rt.Sphere(3))

# Proved: sign flip (found), spin rotations(s) (found).


# clusters.lqt:10-11
def action(fields: Fields, parameters: Parameters) -> jax.Array:
    """S[fields]; the weight is exp(-S).

    Shape: [...batch].
    """
    with jax.named_scope("action"):
        s_0 = fields.s[0]
        s_1 = fields.s[1]
        s_2 = fields.s[2]
        beta = parameters.beta
        g = parameters.g
        s_0_p0 = LATTICE.shift(s_0, (1, 0))  # s(x + e[0])[0]
        s_0_p1 = LATTICE.shift(s_0, (0, 1))  # s(x + e[1])[0]
        s_1_p0 = LATTICE.shift(s_1, (1, 0))  # s(x + e[0])[1]
        s_1_p1 = LATTICE.shift(s_1, (0, 1))  # s(x + e[1])[1]
        s_2_p0 = LATTICE.shift(s_2, (1, 0))  # s(x + e[0])[2]
        s_2_p1 = LATTICE.shift(s_2, (0, 1))  # s(x + e[1])[2]
        return (
            0.5 * s_0[0, 0] * s_0[3, 2]
            + 0.5 * s_1[0, 0] * s_1[3, 2]
            + 0.5 * s_2[0, 0] * s_2[3, 2]
            - g * (LATTICE.sum(s_0) ** 2 + LATTICE.sum(s_1) ** 2 + LATTICE.sum(s_2) ** 2) / 24
            - beta * LATTICE.sum((s_0_p0 + s_0_p1) * s_0 + (s_1_p0 + s_1_p1) * s_1 + (s_2_p0 + s_2_p1) * s_2)
        )


# clusters.lqt:10-11
def action_terms(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """The terms of S by line and column of the file.

    Shapes: [...batch].
    """
    s_0 = fields.s[0]
    s_1 = fields.s[1]
    s_2 = fields.s[2]
    beta = parameters.beta
    g = parameters.g
    s_0_p0 = LATTICE.shift(s_0, (1, 0))  # s(x + e[0])[0]
    s_0_p1 = LATTICE.shift(s_0, (0, 1))  # s(x + e[1])[0]
    s_1_p0 = LATTICE.shift(s_1, (1, 0))  # s(x + e[0])[1]
    s_1_p1 = LATTICE.shift(s_1, (0, 1))  # s(x + e[1])[1]
    s_2_p0 = LATTICE.shift(s_2, (1, 0))  # s(x + e[0])[2]
    s_2_p1 = LATTICE.shift(s_2, (0, 1))  # s(x + e[1])[2]
    return {
        "clusters.lqt:10:10": (
            -beta * LATTICE.sum((s_0_p0 + s_0_p1) * s_0 + (s_1_p0 + s_1_p1) * s_1 + (s_2_p0 + s_2_p1) * s_2)
        ),
        "clusters.lqt:11:7": -g * (LATTICE.sum(s_0) ** 2 + LATTICE.sum(s_1) ** 2 + LATTICE.sum(s_2) ** 2) / 24,
        "clusters.lqt:11:51": 0.5 * s_0[0, 0] * s_0[3, 2] + 0.5 * s_1[0, 0] * s_1[3, 2] + 0.5 * s_2[0, 0] * s_2[3, 2],
    }


# clusters.lqt:10-11
def force(fields: Fields, parameters: Parameters) -> Fields:
    """F = -dS/dfields, derived from the action.

    Shapes as in `Fields`.
    """
    with jax.named_scope("force"):
        s_0 = fields.s[0]
        s_1 = fields.s[1]
        s_2 = fields.s[2]
        beta = parameters.beta
        g = parameters.g
        s_0_p0 = LATTICE.shift(s_0, (1, 0))  # s(x + e[0])[0]
        s_0_p1 = LATTICE.shift(s_0, (0, 1))  # s(x + e[1])[0]
        s_0_m0 = LATTICE.shift(s_0, (-1, 0))  # s(x - e[0])[0]
        s_0_m1 = LATTICE.shift(s_0, (0, -1))  # s(x - e[1])[0]
        s_1_p0 = LATTICE.shift(s_1, (1, 0))  # s(x + e[0])[1]
        s_1_p1 = LATTICE.shift(s_1, (0, 1))  # s(x + e[1])[1]
        s_1_m0 = LATTICE.shift(s_1, (-1, 0))  # s(x - e[0])[1]
        s_1_m1 = LATTICE.shift(s_1, (0, -1))  # s(x - e[1])[1]
        s_2_p0 = LATTICE.shift(s_2, (1, 0))  # s(x + e[0])[2]
        s_2_p1 = LATTICE.shift(s_2, (0, 1))  # s(x + e[1])[2]
        s_2_m0 = LATTICE.shift(s_2, (-1, 0))  # s(x - e[0])[2]
        s_2_m1 = LATTICE.shift(s_2, (0, -1))  # s(x - e[1])[2]
        total_0 = LATTICE.sum(s_0)
        total_1 = LATTICE.sum(s_1)
        total_2 = LATTICE.sum(s_2)
        force_s_0 = g * total_0 / 12 + beta * (s_0_p0 + s_0_p1 + s_0_m0 + s_0_m1)
        force_s_0 = force_s_0.at[0, 0].add(-0.5 * s_0[3, 2])
        force_s_0 = force_s_0.at[3, 2].add(-0.5 * s_0[0, 0])
        force_s_1 = g * total_1 / 12 + beta * (s_1_p0 + s_1_p1 + s_1_m0 + s_1_m1)
        force_s_1 = force_s_1.at[0, 0].add(-0.5 * s_1[3, 2])
        force_s_1 = force_s_1.at[3, 2].add(-0.5 * s_1[0, 0])
        force_s_2 = g * total_2 / 12 + beta * (s_2_p0 + s_2_p1 + s_2_m0 + s_2_m1)
        force_s_2 = force_s_2.at[0, 0].add(-0.5 * s_2[3, 2])
        force_s_2 = force_s_2.at[3, 2].add(-0.5 * s_2[0, 0])
        return Fields(s=jnp.stack([force_s_0, force_s_1, force_s_2]))


# clusters.lqt:10-11
def pairs_s(fields: Fields, parameters: Parameters) -> tuple[jax.Array | float, ...]:
    """J with S = -sum_x sum_o J_o(x) s(x).s(x + o) - sum_b J_b s(y_b).s(z_b) + (what no reflection of one spin changes).

    s = s. For the offsets o in `MODEL.pairs` numbers, or shape [x..., ...batch], then for the bonds b there
    numbers, or shape [bond, ...batch].
    """
    with jax.named_scope("pairs_s"):
        beta = parameters.beta
        g = parameters.g
        j_p0 = beta
        j_p1 = beta
        j_0_0_3_2 = -0.5
        j_all = g / 12
        return (j_p0, j_p1, j_0_0_3_2, j_all)


def observables(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """Observables of one configuration.

    Shapes: numbers [...batch], correlators [t, ...batch].
    """
    with jax.named_scope("observables"):
        s_0 = fields.s[0]
        s_1 = fields.s[1]
        s_2 = fields.s[2]
        # clusters.lqt:8
        chi_s = LATTICE.sum(s_0) ** 2 / 24 + LATTICE.sum(s_1) ** 2 / 24 + LATTICE.sum(s_2) ** 2 / 24
        # clusters.lqt:8
        C_s = (
            rt.correlator(LATTICE, s_0, axis=0)
            + rt.correlator(LATTICE, s_1, axis=0)
            + rt.correlator(LATTICE, s_2, axis=0)
        )
        return {
            "chi_s": chi_s,
            "C_s": C_s,
        }


OBSERVABLES = {
    "chi_s": rt.Scalar(),
    "C_s": rt.Correlator(axis=0, extent=6),
}


# clusters.lqt:8
def m_s(mean: rt.Mean, parameters: Parameters) -> rt.Number:
    """m_s, from expectation values: mean(name, power) is <name^power>."""
    return rt.pole_mass(mean("C_s"))


DERIVED = {
    "m_s": m_s,
}

# by default
FLOW = rt.Flow(
    lattice=LATTICE,
    kinds=KINDS,
    prior=Fields(s=rt.Uniform()),
    couplings=(
        rt.Coupling(
            field="s",
            layers=8,
            mask=rt.LinearMask(form=(1, 1), modulus=2),
            kernel=rt.Axial(bins=8),
            net=rt.CNN(hidden=(32, 32), kernel=(1, 1, 1)),
            frame=rt.Frame(vectors=8, kernel=5, mirror=True),
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

# clusters.lqt:13
SAMPLERS = {
    "wolff": rt.Wolff(chains=64, draws=1000, clusters=2),
}

MODEL = rt.Model(
    name="clusters",
    source="clusters.lqt",
    dtype="float32",
    lattice=LATTICE,
    kinds=KINDS,
    parameters=Parameters(),
    parameter_names={"beta": "beta", "g": "g"},
    action=action,
    action_terms=action_terms,
    force=force,
    density=None,
    site_actions={},
    pairs={
        "s": rt.Pairs(
            offsets=((1, 0), (0, 1)),
            strengths=pairs_s,
            bonds=(rt.site_pairs(LATTICE, ((0, 0), (3, 2))), rt.all_pairs(LATTICE)),
        ),
    },
    observables=observables,
    observable_kinds=OBSERVABLES,
    derived=DERIVED,
    symmetries=("sign flip", "spin rotations(s)"),
    vanishing=(),
    flow=FLOW,
    train=TRAIN,
    samplers=SAMPLERS,
)
