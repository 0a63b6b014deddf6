"""on_model on a periodic lattice of 16 sites, in the order of on_model.lqt.

Written by lqdsl 0.1.0: change on_model.lqt and compile it again.
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

    m2: float = -1.0  # on_model.lqt:7
    lambda_: float = 1.0  # on_model.lqt:8


# on_model.lqt:10
LATTICE = rt.Lattice(extents=(16,), boundary=(1,))


class Fields(NamedTuple):
    """One configuration, or a batch of them."""

    phi: jax.Array  # on_model.lqt:12  vector(3) [component, x0, ...]


KINDS = Fields(phi=rt.Vector(3))

# Proved: translations, reflections, O(phi), flip, rotations (found), sign flip (found).


# on_model.lqt:15-17
def action_density(fields: Fields, parameters: Parameters) -> jax.Array:
    """a(x) with S = sum_x a(x).

    Shape: [x..., ...batch].
    """
    with jax.named_scope("action"):
        phi_0 = fields.phi[0]
        phi_1 = fields.phi[1]
        phi_2 = fields.phi[2]
        m2 = parameters.m2
        lambda_ = parameters.lambda_
        phi_0_p0 = LATTICE.shift(phi_0, (1,))  # phi(x + e[0])[0]
        phi_1_p0 = LATTICE.shift(phi_1, (1,))  # phi(x + e[0])[1]
        phi_2_p0 = LATTICE.shift(phi_2, (1,))  # phi(x + e[0])[2]
        return (
            (2 + m2) * phi_0**2
            + lambda_ * (phi_0**2 + phi_1**2 + phi_2**2) ** 2
            + (2 + m2) * phi_1**2
            + (2 + m2) * phi_2**2
            - 2 * phi_0 * phi_0_p0
            - 2 * phi_1 * phi_1_p0
            - 2 * phi_2 * phi_2_p0
        )


# on_model.lqt:15-17
def action(fields: Fields, parameters: Parameters) -> jax.Array:
    """S[fields]; the weight is exp(-S).

    Shape: [...batch].
    """
    return LATTICE.sum(action_density(fields, parameters))


# on_model.lqt:15-17
def action_terms(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """The terms of S by line and column of the file.

    Shapes: [...batch].
    """
    phi_0 = fields.phi[0]
    phi_1 = fields.phi[1]
    phi_2 = fields.phi[2]
    m2 = parameters.m2
    lambda_ = parameters.lambda_
    phi_0_p0 = LATTICE.shift(phi_0, (1,))  # phi(x + e[0])[0]
    phi_1_p0 = LATTICE.shift(phi_1, (1,))  # phi(x + e[0])[1]
    phi_2_p0 = LATTICE.shift(phi_2, (1,))  # phi(x + e[0])[2]
    shared_0 = phi_0**2 + phi_1**2 + phi_2**2
    return {
        "on_model.lqt:15:14": LATTICE.sum(2 * phi_0**2 + 2 * phi_1**2 + 2 * phi_2**2),
        "on_model.lqt:15:38": LATTICE.sum(-2 * phi_0 * phi_0_p0 - 2 * phi_1 * phi_1_p0 - 2 * phi_2 * phi_2_p0),
        "on_model.lqt:16:7": LATTICE.sum(m2 * shared_0),
        "on_model.lqt:17:7": LATTICE.sum(lambda_ * shared_0**2),
    }


# on_model.lqt:15-17
def force(fields: Fields, parameters: Parameters) -> Fields:
    """F = -dS/dfields, derived from the action.

    Shapes as in `Fields`.
    """
    with jax.named_scope("force"):
        phi_0 = fields.phi[0]
        phi_1 = fields.phi[1]
        phi_2 = fields.phi[2]
        m2 = parameters.m2
        lambda_ = parameters.lambda_
        phi_0_p0 = LATTICE.shift(phi_0, (1,))  # phi(x + e[0])[0]
        phi_0_m0 = LATTICE.shift(phi_0, (-1,))  # phi(x - e[0])[0]
        phi_1_p0 = LATTICE.shift(phi_1, (1,))  # phi(x + e[0])[1]
        phi_1_m0 = LATTICE.shift(phi_1, (-1,))  # phi(x - e[0])[1]
        phi_2_p0 = LATTICE.shift(phi_2, (1,))  # phi(x + e[0])[2]
        phi_2_m0 = LATTICE.shift(phi_2, (-1,))  # phi(x - e[0])[2]
        shared_0 = phi_0**2 + phi_1**2 + phi_2**2
        force_phi_0 = (-4 - 2 * m2) * phi_0 - 4 * lambda_ * shared_0 * phi_0 + 2 * (phi_0_p0 + phi_0_m0)
        force_phi_1 = (-4 - 2 * m2) * phi_1 - 4 * lambda_ * shared_0 * phi_1 + 2 * (phi_1_p0 + phi_1_m0)
        force_phi_2 = (-4 - 2 * m2) * phi_2 - 4 * lambda_ * shared_0 * phi_2 + 2 * (phi_2_p0 + phi_2_m0)
        return Fields(phi=jnp.stack([force_phi_0, force_phi_1, force_phi_2]))


# on_model.lqt:15-17
def site_action_phi(here: jax.Array, fields: Fields, parameters: Parameters) -> jax.Array:
    """The part of S that depends on phi(x), were it `here` and everything else as in `fields`.

    Shape: [x..., ...batch].
    """
    with jax.named_scope("site_action_phi"):
        phi_0 = fields.phi[0]
        phi_1 = fields.phi[1]
        phi_2 = fields.phi[2]
        m2 = parameters.m2
        lambda_ = parameters.lambda_
        phi_0_p0 = LATTICE.shift(phi_0, (1,))  # phi(x + e[0])[0]
        phi_0_m0 = LATTICE.shift(phi_0, (-1,))  # phi(x - e[0])[0]
        phi_1_p0 = LATTICE.shift(phi_1, (1,))  # phi(x + e[0])[1]
        phi_1_m0 = LATTICE.shift(phi_1, (-1,))  # phi(x - e[0])[1]
        phi_2_p0 = LATTICE.shift(phi_2, (1,))  # phi(x + e[0])[2]
        phi_2_m0 = LATTICE.shift(phi_2, (-1,))  # phi(x - e[0])[2]
        return (
            (2 + m2) * here[0] ** 2
            + lambda_ * (here[0] ** 2 + here[1] ** 2 + here[2] ** 2) ** 2
            + (2 + m2) * here[1] ** 2
            + (2 + m2) * here[2] ** 2
            - 2 * (phi_0_p0 + phi_0_m0) * here[0]
            - 2 * (phi_1_p0 + phi_1_m0) * here[1]
            - 2 * (phi_2_p0 + phi_2_m0) * here[2]
        )


def observables(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """Observables of one configuration.

    Shapes: numbers [...batch], correlators [t, ...batch].
    """
    with jax.named_scope("observables"):
        phi_0 = fields.phi[0]
        phi_1 = fields.phi[1]
        phi_2 = fields.phi[2]
        phi_0_p0 = LATTICE.shift(phi_0, (1,))  # phi(x + e[0])[0]
        phi_1_p0 = LATTICE.shift(phi_1, (1,))  # phi(x + e[0])[1]
        phi_2_p0 = LATTICE.shift(phi_2, (1,))  # phi(x + e[0])[2]
        shared_0 = phi_0**2 + phi_1**2 + phi_2**2
        # on_model.lqt:24
        phi2 = LATTICE.sum(shared_0) / 16
        # on_model.lqt:25
        phi4 = LATTICE.sum(shared_0**2) / 16
        # on_model.lqt:26
        nn = LATTICE.sum(phi_0 * phi_0_p0 + phi_1 * phi_1_p0 + phi_2 * phi_2_p0) / 16
        # on_model.lqt:27
        chi = LATTICE.sum(phi_0) ** 2 / 16 + LATTICE.sum(phi_1) ** 2 / 16 + LATTICE.sum(phi_2) ** 2 / 16
        # on_model.lqt:28
        C = (
            rt.correlator(LATTICE, phi_0, axis=0)
            + rt.correlator(LATTICE, phi_1, axis=0)
            + rt.correlator(LATTICE, phi_2, axis=0)
        )
        return {
            "phi2": phi2,
            "phi4": phi4,
            "nn": nn,
            "chi": chi,
            "C": C,
        }


OBSERVABLES = {
    "phi2": rt.Scalar(),
    "phi4": rt.Scalar(),
    "nn": rt.Scalar(),
    "chi": rt.Scalar(),
    "C": rt.Correlator(axis=0, extent=16),
}


# on_model.lqt:29
def gap(mean: rt.Mean, parameters: Parameters) -> rt.Number:
    """gap, from expectation values: mean(name, power) is <name^power>."""
    return rt.pole_mass(mean("C"))


DERIVED = {
    "gap": gap,
}

# on_model.lqt:31
FLOW = rt.Flow(
    lattice=LATTICE,
    kinds=KINDS,
    prior=Fields(phi=rt.Normal(mean=0.0, sigma=0.6)),
    couplings=(
        rt.Coupling(
            field="phi",
            layers=8,
            mask=rt.LinearMask(form=(1,), modulus=2),
            kernel=rt.Affine(),
            net=rt.MLP(hidden=(64,), odd=True),
        ),
    ),
)

# on_model.lqt:40
TRAIN = rt.TrainOptions(batch=256, steps=300, optimizer=rt.Adam(rate=0.002))

# on_model.lqt:46
SAMPLERS = {
    "flow_mh": rt.FlowMetropolis(chains=1, draws=10000),
    "hmc": rt.HMC(chains=64, draws=1000, warmup=200, trajectory=1.5, steps=8),
}

MODEL = rt.Model(
    name="on_model",
    source="on_model.lqt",
    dtype="float32",
    lattice=LATTICE,
    kinds=KINDS,
    parameters=Parameters(),
    parameter_names={"m2": "m2", "lambda": "lambda_"},
    action=action,
    action_terms=action_terms,
    force=force,
    density=action_density,
    site_actions={"phi": site_action_phi},
    observables=observables,
    observable_kinds=OBSERVABLES,
    derived=DERIVED,
    symmetries=("translations", "reflections", "O(phi)", "flip", "rotations", "sign flip"),
    vanishing=(),
    flow=FLOW,
    train=TRAIN,
    samplers=SAMPLERS,
)
