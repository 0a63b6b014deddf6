"""phi4 on a periodic lattice of 6 x 6 sites, in the order of phi4.lqt.

Written by lqdsl 0.1.0: change phi4.lqt and compile it again.
Configurations are laid out [component, x0, x1, ..., batch]; real fields have no component axis. All functions take
any number of trailing batch axes. Parameters are run-time arguments, the lattice is fixed.
"""

from typing import NamedTuple

import jax

from lqdsl import runtime as rt

rt.require(abi=1, dtype="float32")


class Parameters(NamedTuple):
    """Couplings, in lattice units, with the values of the file."""

    m2: float = -4.0  # phi4.lqt:5
    lambda_: float = 6.975  # phi4.lqt:6


# phi4.lqt:8
LATTICE = rt.Lattice(extents=(6, 6), boundary=(1, 1))


class Fields(NamedTuple):
    """One configuration, or a batch of them."""

    phi: jax.Array  # phi4.lqt:10  real [x0, x1, ...]


KINDS = Fields(phi=rt.Real())

# Proved: translations, rotations, reflections, Z2, sign flip (found).


# phi4.lqt:13-15
def action_density(fields: Fields, parameters: Parameters) -> jax.Array:
    """a(x) with S = sum_x a(x).

    Shape: [x..., ...batch].
    """
    with jax.named_scope("action"):
        phi = fields.phi
        m2 = parameters.m2
        lambda_ = parameters.lambda_
        phi_p0 = LATTICE.shift(phi, (1, 0))  # phi(x + e[0])
        phi_p1 = LATTICE.shift(phi, (0, 1))  # phi(x + e[1])
        return lambda_ * phi**4 + (4 + m2) * phi**2 - 2 * (phi_p0 + phi_p1) * phi


# phi4.lqt:13-15
def action(fields: Fields, parameters: Parameters) -> jax.Array:
    """S[fields]; the weight is exp(-S).

    Shape: [...batch].
    """
    return LATTICE.sum(action_density(fields, parameters))


# phi4.lqt:13-15
def action_terms(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """The terms of S by line and column of the file.

    Shapes: [...batch].
    """
    phi = fields.phi
    m2 = parameters.m2
    lambda_ = parameters.lambda_
    phi_p0 = LATTICE.shift(phi, (1, 0))  # phi(x + e[0])
    phi_p1 = LATTICE.shift(phi, (0, 1))  # phi(x + e[1])
    phi_m0 = LATTICE.shift(phi, (-1, 0))  # phi(x - e[0])
    phi_m1 = LATTICE.shift(phi, (0, -1))  # phi(x - e[1])
    return {
        "phi4.lqt:13:5": LATTICE.sum((4 * phi - phi_p0 - phi_p1 - phi_m0 - phi_m1) * phi),
        "phi4.lqt:14:7": LATTICE.sum(m2 * phi**2),
        "phi4.lqt:15:7": LATTICE.sum(lambda_ * phi**4),
    }


# phi4.lqt:13-15
def force(fields: Fields, parameters: Parameters) -> Fields:
    """F = -dS/dfields, derived from the action.

    Shapes as in `Fields`.
    """
    with jax.named_scope("force"):
        phi = fields.phi
        m2 = parameters.m2
        lambda_ = parameters.lambda_
        phi_p0 = LATTICE.shift(phi, (1, 0))  # phi(x + e[0])
        phi_p1 = LATTICE.shift(phi, (0, 1))  # phi(x + e[1])
        phi_m0 = LATTICE.shift(phi, (-1, 0))  # phi(x - e[0])
        phi_m1 = LATTICE.shift(phi, (0, -1))  # phi(x - e[1])
        force_phi = (-8 - 2 * m2) * phi - 4 * lambda_ * phi**3 + 2 * (phi_p0 + phi_p1 + phi_m0 + phi_m1)
        return Fields(phi=force_phi)


# phi4.lqt:13-15
def site_action_phi(here: jax.Array, fields: Fields, parameters: Parameters) -> jax.Array:
    """The part of S that depends on phi(x), were it `here` and everything else as in `fields`.

    Shape: [x..., ...batch].
    """
    with jax.named_scope("site_action_phi"):
        phi = fields.phi
        m2 = parameters.m2
        lambda_ = parameters.lambda_
        phi_p0 = LATTICE.shift(phi, (1, 0))  # phi(x + e[0])
        phi_p1 = LATTICE.shift(phi, (0, 1))  # phi(x + e[1])
        phi_m0 = LATTICE.shift(phi, (-1, 0))  # phi(x - e[0])
        phi_m1 = LATTICE.shift(phi, (0, -1))  # phi(x - e[1])
        return lambda_ * here**4 + (4 + m2) * here**2 - 2 * (phi_p0 + phi_p1 + phi_m0 + phi_m1) * here


def observables(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """Observables of one configuration.

    Shapes: numbers [...batch], correlators [t, ...batch].
    """
    with jax.named_scope("observables"):
        phi = fields.phi
        # phi4.lqt:21
        phi2 = LATTICE.sum(phi**2) / 36
        # phi4.lqt:22
        chi2 = LATTICE.sum(phi) ** 2 / 36
        # phi4.lqt:23
        C = rt.correlator(LATTICE, phi, axis=0)
        return {
            "phi2": phi2,
            "chi2": chi2,
            "C": C,
        }


OBSERVABLES = {
    "phi2": rt.Scalar(),
    "chi2": rt.Scalar(),
    "C": rt.Correlator(axis=0, extent=6),
}


# phi4.lqt:24
def m_p(mean: rt.Mean, parameters: Parameters) -> rt.Number:
    """m_p, from expectation values: mean(name, power) is <name^power>."""
    return rt.pole_mass(mean("C"))


DERIVED = {
    "m_p": m_p,
}

# phi4.lqt:26
FLOW = rt.Flow(
    lattice=LATTICE,
    kinds=KINDS,
    prior=Fields(phi=rt.Normal(mean=0.0, sigma=1.0)),
    couplings=(
        rt.Coupling(
            field="phi",
            layers=12,
            mask=rt.LinearMask(form=(1, 1), modulus=2),
            kernel=rt.Affine(),
            net=rt.CNN(hidden=(16, 16), kernel=3, activation="tanh", odd=True, isotropic=True),
        ),
    ),
)

# phi4.lqt:35
TRAIN = rt.TrainOptions(
    loss="reverse_kl",
    batch=1024,
    steps=20000,
    optimizer=rt.Adam(rate=0.001),
    stop=(rt.Stop("acceptance", ">", 0.7),),
)

# phi4.lqt:43
SAMPLERS = {
    "flow_mh": rt.FlowMetropolis(chains=1, draws=100000),
    "hmc": rt.HMC(chains=64, draws=10000, trajectory=1.0, steps=10, integrator="omelyan", warmup=1000),
}

MODEL = rt.Model(
    name="phi4",
    source="phi4.lqt",
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
    symmetries=("translations", "rotations", "reflections", "Z2", "sign flip"),
    vanishing=(),
    flow=FLOW,
    train=TRAIN,
    samplers=SAMPLERS,
)
