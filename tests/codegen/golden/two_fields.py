"""two_fields on a periodic lattice of 16 sites, in the order of two_fields.lqt.

Written by lqdsl 0.1.0: change two_fields.lqt and compile it again.
Configurations are laid out [component, x0, x1, ..., batch]; real fields have no component axis. All functions take
any number of trailing batch axes. Parameters are run-time arguments, the lattice is fixed.
"""

from typing import NamedTuple

import jax

from lqdsl import runtime as rt

rt.require(abi=1, dtype="float32")


class Parameters(NamedTuple):
    """Couplings, in lattice units, with the values of the file."""

    m2: float = -0.5  # two_fields.lqt:7
    M2: float = 1.0  # two_fields.lqt:8
    lambda_: float = 1.0  # two_fields.lqt:9
    g: float = 0.8  # two_fields.lqt:10
    mu2: float = 0.6  # two_fields.lqt:11


# two_fields.lqt:13
LATTICE = rt.Lattice(extents=(16,), boundary=(1,))


class Fields(NamedTuple):
    """One configuration, or a batch of them."""

    phi: jax.Array  # two_fields.lqt:15  real [x0, ...]
    chi: jax.Array  # two_fields.lqt:16  real [x0, ...]


KINDS = Fields(phi=rt.Real(), chi=rt.Real())

# Proved: translations, reflections, Z2, rotations (found), sign flip (found).


# two_fields.lqt:18-23
def action_density(fields: Fields, parameters: Parameters) -> jax.Array:
    """a(x) with S = sum_x a(x).

    Shape: [x..., ...batch].
    """
    with jax.named_scope("action"):
        phi = fields.phi
        chi = fields.chi
        m2 = parameters.m2
        M2 = parameters.M2
        lambda_ = parameters.lambda_
        g = parameters.g
        mu2 = parameters.mu2
        chi_p0 = LATTICE.shift(chi, (1,))  # chi(x + e[0])
        phi_p0 = LATTICE.shift(phi, (1,))  # phi(x + e[0])
        return (
            lambda_ * chi**4
            + (2 + M2) * chi**2
            + g * chi**2 * phi**2
            - mu2 * chi * phi
            + lambda_ * phi**4
            + (2 + m2) * phi**2
            - 2 * chi * chi_p0
            - 2 * phi * phi_p0
        )


# two_fields.lqt:18-23
def action(fields: Fields, parameters: Parameters) -> jax.Array:
    """S[fields]; the weight is exp(-S).

    Shape: [...batch].
    """
    return LATTICE.sum(action_density(fields, parameters))


# two_fields.lqt:18-23
def action_terms(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """The terms of S by line and column of the file.

    Shapes: [...batch].
    """
    phi = fields.phi
    chi = fields.chi
    m2 = parameters.m2
    M2 = parameters.M2
    lambda_ = parameters.lambda_
    g = parameters.g
    mu2 = parameters.mu2
    chi_p0 = LATTICE.shift(chi, (1,))  # chi(x + e[0])
    phi_p0 = LATTICE.shift(phi, (1,))  # phi(x + e[0])
    return {
        "two_fields.lqt:18:22": LATTICE.sum((phi_p0 - phi) ** 2),
        "two_fields.lqt:18:49": LATTICE.sum((chi_p0 - chi) ** 2),
        "two_fields.lqt:20:9": LATTICE.sum(m2 * phi**2),
        "two_fields.lqt:20:25": LATTICE.sum(M2 * chi**2),
        "two_fields.lqt:21:11": LATTICE.sum(lambda_ * (chi**4 + phi**4)),
        "two_fields.lqt:22:11": LATTICE.sum(g * chi**2 * phi**2),
        "two_fields.lqt:23:11": LATTICE.sum(-mu2 * chi * phi),
    }


# two_fields.lqt:18-23
def force(fields: Fields, parameters: Parameters) -> Fields:
    """F = -dS/dfields, derived from the action.

    Shapes as in `Fields`.
    """
    with jax.named_scope("force"):
        phi = fields.phi
        chi = fields.chi
        m2 = parameters.m2
        M2 = parameters.M2
        lambda_ = parameters.lambda_
        g = parameters.g
        mu2 = parameters.mu2
        chi_p0 = LATTICE.shift(chi, (1,))  # chi(x + e[0])
        chi_m0 = LATTICE.shift(chi, (-1,))  # chi(x - e[0])
        phi_p0 = LATTICE.shift(phi, (1,))  # phi(x + e[0])
        phi_m0 = LATTICE.shift(phi, (-1,))  # phi(x - e[0])
        force_phi = (
            mu2 * chi - 2 * g * chi**2 * phi - 4 * lambda_ * phi**3 + (-4 - 2 * m2) * phi + 2 * (phi_p0 + phi_m0)
        )
        force_chi = (
            (-4 - 2 * M2) * chi - 4 * lambda_ * chi**3 - 2 * g * chi * phi**2 + mu2 * phi + 2 * (chi_p0 + chi_m0)
        )
        return Fields(phi=force_phi, chi=force_chi)


# two_fields.lqt:18-23
def site_action_phi(here: jax.Array, fields: Fields, parameters: Parameters) -> jax.Array:
    """The part of S that depends on phi(x), were it `here` and everything else as in `fields`.

    Shape: [x..., ...batch].
    """
    with jax.named_scope("site_action_phi"):
        phi = fields.phi
        chi = fields.chi
        m2 = parameters.m2
        lambda_ = parameters.lambda_
        g = parameters.g
        mu2 = parameters.mu2
        phi_p0 = LATTICE.shift(phi, (1,))  # phi(x + e[0])
        phi_m0 = LATTICE.shift(phi, (-1,))  # phi(x - e[0])
        return (
            g * chi**2 * here**2
            - mu2 * chi * here
            + lambda_ * here**4
            + (2 + m2) * here**2
            - 2 * (phi_p0 + phi_m0) * here
        )


# two_fields.lqt:18-23
def site_action_chi(here: jax.Array, fields: Fields, parameters: Parameters) -> jax.Array:
    """The part of S that depends on chi(x), were it `here` and everything else as in `fields`.

    Shape: [x..., ...batch].
    """
    with jax.named_scope("site_action_chi"):
        phi = fields.phi
        chi = fields.chi
        M2 = parameters.M2
        lambda_ = parameters.lambda_
        g = parameters.g
        mu2 = parameters.mu2
        chi_p0 = LATTICE.shift(chi, (1,))  # chi(x + e[0])
        chi_m0 = LATTICE.shift(chi, (-1,))  # chi(x - e[0])
        return (
            lambda_ * here**4
            + (2 + M2) * here**2
            + g * here**2 * phi**2
            - mu2 * here * phi
            - 2 * (chi_p0 + chi_m0) * here
        )


def observables(fields: Fields, parameters: Parameters) -> dict[str, jax.Array]:
    """Observables of one configuration.

    Shapes: numbers [...batch], correlators [t, ...batch].
    """
    with jax.named_scope("observables"):
        phi = fields.phi
        chi = fields.chi
        # two_fields.lqt:29
        phi2 = LATTICE.sum(phi**2) / 16
        # two_fields.lqt:30
        chi2 = LATTICE.sum(chi**2) / 16
        # two_fields.lqt:31
        mixing = LATTICE.sum(chi * phi) / 16
        # two_fields.lqt:32
        portal = LATTICE.sum(chi**2 * phi**2) / 16
        # two_fields.lqt:33
        C_phi = rt.correlator(LATTICE, phi, axis=0)
        # two_fields.lqt:34
        C_chi = rt.correlator(LATTICE, chi, axis=0)
        return {
            "phi2": phi2,
            "chi2": chi2,
            "mixing": mixing,
            "portal": portal,
            "C_phi": C_phi,
            "C_chi": C_chi,
        }


OBSERVABLES = {
    "phi2": rt.Scalar(),
    "chi2": rt.Scalar(),
    "mixing": rt.Scalar(),
    "portal": rt.Scalar(),
    "C_phi": rt.Correlator(axis=0, extent=16),
    "C_chi": rt.Correlator(axis=0, extent=16),
}


# two_fields.lqt:35
def m_phi(mean: rt.Mean, parameters: Parameters) -> rt.Number:
    """m_phi, from expectation values: mean(name, power) is <name^power>."""
    return rt.pole_mass(mean("C_phi"))


DERIVED = {
    "m_phi": m_phi,
}

# two_fields.lqt:37
FLOW = rt.Flow(
    lattice=LATTICE,
    kinds=KINDS,
    prior=Fields(phi=rt.Normal(mean=0.0, sigma=0.7), chi=rt.Normal(mean=0.0, sigma=0.7)),
    couplings=(
        rt.Coupling(
            field="phi",
            layers=8,
            mask=rt.LinearMask(form=(1,), modulus=2),
            kernel=rt.Affine(),
            net=rt.MLP(hidden=(64,), odd=True),
        ),
        rt.Coupling(
            field="chi",
            layers=8,
            mask=rt.LinearMask(form=(1,), modulus=2),
            kernel=rt.Affine(),
            net=rt.MLP(hidden=(64,), odd=True),
        ),
    ),
)

# two_fields.lqt:51
TRAIN = rt.TrainOptions(batch=256, steps=300, optimizer=rt.Adam(rate=0.002))

# two_fields.lqt:57
SAMPLERS = {
    "flow_mh": rt.FlowMetropolis(chains=1, draws=10000),
    "hmc": rt.HMC(chains=64, draws=1000, warmup=200, trajectory=1.5, steps=8),
}

MODEL = rt.Model(
    name="two_fields",
    source="two_fields.lqt",
    dtype="float32",
    lattice=LATTICE,
    kinds=KINDS,
    parameters=Parameters(),
    parameter_names={"m2": "m2", "M2": "M2", "lambda": "lambda_", "g": "g", "mu2": "mu2"},
    action=action,
    action_terms=action_terms,
    force=force,
    density=action_density,
    site_actions={"phi": site_action_phi, "chi": site_action_chi},
    observables=observables,
    observable_kinds=OBSERVABLES,
    derived=DERIVED,
    symmetries=("translations", "reflections", "Z2", "rotations", "sign flip"),
    vanishing=(),
    flow=FLOW,
    train=TRAIN,
    samplers=SAMPLERS,
)
