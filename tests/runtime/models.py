"""Models written by hand, [component, x..., ...batch], for the tests of samplers."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lqdsl.runtime.kinds import Complex, Real
from lqdsl.runtime.lattice import Lattice
from lqdsl.runtime.model import Model

jax.config.update("jax_enable_x64", True)


class Couplings(NamedTuple):
    m2: float
    lambda_: float


class OneField(NamedTuple):
    phi: Any


class TwoFields(NamedTuple):
    phi: Any
    chi: Any


def neighbours(lattice: Lattice, values: jax.Array) -> jax.Array:
    """Sum over the 2d nearest neighbours, [x..., batch]."""
    total = jnp.zeros_like(values)
    for axis in range(lattice.ndim):
        for step in (1, -1):
            total = total + lattice.shift(values, tuple(step * (axis == a) for a in range(lattice.ndim)))
    return total


def phi4(extents: tuple[int, ...], m2: float = -4.0, lam: float = 6.975, dtype: str = "float64") -> Model:
    """S = sum_x [ sum_mu (phi(x + mu) - phi(x))^2 + m2 phi^2 + lambda phi^4 ], real phi."""
    lattice = Lattice(extents)
    d = lattice.ndim if lattice.volume > 1 else 0

    def density(fields: OneField, p: Couplings) -> jax.Array:
        phi = fields.phi
        result = phi * phi * (p.m2 + p.lambda_ * phi * phi)
        for axis in range(d):
            hop = lattice.shift(phi, tuple(int(axis == a) for a in range(d))) - phi
            result = result + hop * hop
        return result

    def force(fields: OneField, p: Couplings) -> OneField:
        phi = fields.phi
        linear = neighbours(lattice, phi) if d else 0.0
        return OneField(2 * linear - phi * (4 * d + 2 * p.m2 + 4 * p.lambda_ * phi * phi))

    def site_action(phi: jax.Array, fields: OneField, p: Couplings) -> jax.Array:
        linear = neighbours(lattice, fields.phi) if d else 0.0
        return phi * (phi * (2 * d + p.m2 + p.lambda_ * phi * phi) - 2 * linear)

    def observables(fields: OneField, p: Couplings) -> dict[str, jax.Array]:
        phi = fields.phi
        hops = jnp.zeros(phi.shape[lattice.ndim :], phi.dtype)
        for axis in range(d):
            hop = lattice.shift(phi, tuple(int(axis == a) for a in range(d))) - phi
            hops = hops + lattice.sum(hop * hop) / lattice.volume
        return {
            "phi2": lattice.sum(phi**2) / lattice.volume,
            "phi4": lattice.sum(phi**4) / lattice.volume,
            "chi2": lattice.sum(phi) ** 2 / lattice.volume,
            "hop2": hops,
        }

    return Model(
        name="phi4",
        source="models.py",
        dtype=dtype,
        lattice=lattice,
        kinds=OneField(Real()),
        parameters=Couplings(m2, lam),
        parameter_names={"m2": "m2", "lambda": "lambda_"},
        action=lambda fields, p: lattice.sum(density(fields, p)),
        force=force,
        density=density,
        site_actions={"phi": site_action},
        observables=observables,
        observable_kinds={},
    )


def complex_and_real(extents: tuple[int, ...], dtype: str = "float64") -> Model:
    """Complex phi and real chi: S = sum_x [ sum_mu |d phi|^2 + |phi|^2 + lambda |phi|^4 + m2 chi^2 + chi^2 |phi|^2 ].

    The action is given without a density, and the force by differentiation.
    """
    lattice = Lattice(extents)

    def action(fields: TwoFields, p: Couplings) -> jax.Array:
        re, im = fields.phi[0], fields.phi[1]
        square = re * re + im * im
        density = square * (1 + p.lambda_ * square) + fields.chi**2 * (p.m2 + square)
        for part in (re, im):
            for axis in range(lattice.ndim):
                hop = lattice.shift(part, tuple(int(axis == a) for a in range(lattice.ndim))) - part
                density = density + hop * hop
        return lattice.sum(density)

    def force(fields: TwoFields, p: Couplings) -> TwoFields:
        gradient = jax.grad(lambda f: jnp.sum(action(f, p)))(fields)
        return jax.tree.map(jnp.negative, gradient)

    def site_phi(phi: jax.Array, fields: TwoFields, p: Couplings) -> jax.Array:
        square = phi[0] ** 2 + phi[1] ** 2
        onsite = square * (2 * lattice.ndim + 1 + p.lambda_ * square + fields.chi**2)
        return onsite - 2 * sum(phi[c] * neighbours(lattice, fields.phi[c]) for c in range(2))

    def site_chi(chi: jax.Array, fields: TwoFields, p: Couplings) -> jax.Array:
        return chi * chi * (p.m2 + fields.phi[0] ** 2 + fields.phi[1] ** 2)

    def observables(fields: TwoFields, p: Couplings) -> dict[str, jax.Array]:
        square = fields.phi[0] ** 2 + fields.phi[1] ** 2
        return {
            "phi2": lattice.sum(square) / lattice.volume,
            "chi2": lattice.sum(fields.chi**2) / lattice.volume,
            "mixed": lattice.sum(square * fields.chi**2) / lattice.volume,
        }

    return Model(
        name="complex_and_real",
        source="models.py",
        dtype=dtype,
        lattice=lattice,
        kinds=TwoFields(Complex(), Real()),
        parameters=Couplings(1.0, 0.5),
        parameter_names={"m2": "m2", "lambda": "lambda_"},
        action=action,
        force=force,
        site_actions={"phi": site_phi, "chi": site_chi},
        observables=observables,
        observable_kinds={},
    )


class NoLayers:
    """What a flow says of its layers to those who cut batches into pieces."""

    piece_sites = 1 << 30


class NormalFlow:
    """A flow without layers: every site of `phi` is normal(0, sigma)."""

    stack = NoLayers()

    def __init__(self, lattice: Lattice, sigma: float, dtype: str = "float64") -> None:
        self.lattice, self.sigma, self.dtype = lattice, sigma, dtype

    def sample(self, weights: Any, key: jax.Array, n: int) -> tuple[OneField, jax.Array]:
        z = jax.random.normal(key, (*self.lattice.extents, n), self.dtype)
        log_q = self.lattice.sum(-0.5 * z * z - jnp.log(self.sigma * jnp.sqrt(2 * jnp.pi)))
        return OneField(self.sigma * z), log_q
