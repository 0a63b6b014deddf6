"""A normalising flow: prior and coupling layers, exact sampling and exact log-densities."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.flow.composition import Stack, run, run_inverse
from lqdsl.runtime.flow.coupling import Coupling
from lqdsl.runtime.flow.fields import join_field, make_stack, split_field
from lqdsl.runtime.flow.frame import Frame
from lqdsl.runtime.flow.loops import LoopCoupling
from lqdsl.runtime.flow.segment import Carry
from lqdsl.runtime.lattice import Lattice

Fields = Any
Weights = dict[str, Any]


class PathSample(NamedTuple):
    """Samples that are differentiable in the weights, log q [b], and d log q / d fields with weights held fixed."""

    fields: Fields
    log_q: jax.Array
    score: Fields


@dataclass(frozen=True, eq=False)
class Flow:
    """`prior` and `kinds` are `Fields` of priors and kinds; the couplings take turns, layer by layer.

    `composition`: "unrolled", "scan" or "auto" (unrolled while there are few layers). `backward`: "store" keeps what
    the gradient of `forward` needs, "invert" recomputes it from the result and keeps nothing, "auto" inverts where
    layers of site fields are scanned, which is faster there. The gradient of `inverse` and `log_prob` always stores.
    Weights are {"prior": {field: ...}, "couplings": (...)}; those of a coupling have a leading axis of layers.
    Configurations are `Fields` of [component, x0, ..., x_{d-1}, batch], without component axis for real fields; links
    have the direction as first axis. Couplings of links run one after the other, those of site fields take turns.
    """

    lattice: Lattice
    kinds: Any
    prior: Any
    couplings: tuple[Coupling | LoopCoupling, ...]
    composition: str = "auto"
    backward: str = "auto"

    def __post_init__(self) -> None:
        if self.composition not in ("auto", "scan", "unrolled") or self.backward not in ("auto", "store", "invert"):
            raise RuntimeInputError(f"unknown composition {self.composition!r} or backward {self.backward!r}")
        for coupling in self.couplings:
            if coupling.field not in self.kinds._fields:
                raise RuntimeInputError(f"coupling of {coupling.field!r}, but the fields are {self.kinds._fields}")
            rotating = [name for frame in _frames(coupling) for name in frame.fields]
            if {*rotating} - {*self.kinds._fields} or len({coupling.field, *rotating}) <= len(rotating):
                raise RuntimeInputError(
                    f"frames of {rotating} in a coupling of {coupling.field!r}: other fields, each once"
                )

    @cached_property
    def stack(self) -> Stack:
        return make_stack(self.lattice, self.kinds, self.couplings)

    def init(self, key: jax.Array, dtype: Any = jnp.float32) -> Weights:
        """Weights at which all couplings are the identity."""
        couplings = []
        for number, coupling in enumerate(self.couplings):
            keys = jax.random.split(jax.random.fold_in(key, number), coupling.layers)
            layer: Any = self.stack.layer(number, 0)
            couplings.append(jax.vmap(lambda key, layer=layer: layer.init(key, dtype))(keys))
        prior = {name: getattr(self.prior, name).init(dtype) for name in self.kinds._fields}
        return {"prior": prior, "couplings": tuple(couplings)}

    def forward(self, weights: Weights, z: Fields) -> tuple[Fields, jax.Array]:
        """Prior sample z to x and log|det dx/dz| [b]."""
        result = self._run(weights, self._split(z), None)
        return self._join(self.stack.leave(result.fields)), result.log_det

    def inverse(self, weights: Weights, x: Fields) -> tuple[Fields, jax.Array]:
        """x to z and log|det dz/dx| [b]."""
        fields = self._split(x)
        carry = Carry(self.stack.enter(fields), _zeros(fields), None)
        result = run_inverse(self.stack, weights["couplings"], carry, self.composition)
        return self._join(self.stack.leave(result.fields)), result.log_det

    def sample(self, weights: Weights, key: jax.Array, n: int) -> tuple[Fields, jax.Array]:
        """n samples and their log q [n], normalised."""
        z = self._prior_sample(weights, key, n)
        result = self._run(weights, z, None)
        log_q = self._prior_log_prob(weights, z) - result.log_det
        return self._join(self.stack.leave(result.fields)), log_q

    def sample_with_score(self, weights: Weights, key: jax.Array, n: int, given: Fields | None = None) -> PathSample:
        """`sample`, with the score carried along the layers; log q and score are constants to autodiff.

        Configurations `given` [..., m] follow the n samples, as images of their own points of the prior: the noise that
        leads to them is held fixed while the weights vary. n may be 0 then.
        """
        z = self._prior_sample(weights, key, n)
        if given is not None:
            z = jax.tree.map(lambda *parts: jnp.concatenate(parts, axis=-1), z, self._origin(weights, given))
        fixed, fixed_z = jax.lax.stop_gradient((weights, z))
        score, log_q = self._prior_score(fixed, fixed_z)
        result = self._run(weights, z, score)
        assert result.score is not None
        fields = self._join(self.stack.leave(result.fields))
        score = self._join(self.stack.leave(result.score, is_tangent=True))
        return PathSample(fields, jax.lax.stop_gradient(log_q - result.log_det), jax.lax.stop_gradient(score))

    def log_prob(self, weights: Weights, fields: Fields) -> jax.Array:
        """log q [b] of given configurations, normalised."""
        z, log_det = self.inverse(weights, fields)
        return self._prior_log_prob(weights, self._split(z)) + log_det

    def _run(self, weights: Weights, fields: dict[str, jax.Array], score: dict[str, jax.Array] | None) -> Carry:
        cut_score = None if score is None else self.stack.enter(score)
        carry = Carry(self.stack.enter(fields), _zeros(fields), cut_score)
        if not self.couplings:
            return carry
        return run(self.stack, weights["couplings"], carry, self.composition, self.backward)

    def _prior_sample(self, weights: Weights, key: jax.Array, n: int) -> dict[str, jax.Array]:
        dtype = next((leaf.dtype for leaf in jax.tree.leaves(weights)), None)
        result = {}
        for number, (name, kind) in enumerate(zip(self.kinds._fields, self.kinds, strict=True)):
            own = jax.random.fold_in(key, number)
            prior, weight = getattr(self.prior, name), weights["prior"][name]
            result[name] = prior.draw(weight, own, kind, self.lattice, n, dtype or jnp.result_type(float))
        return result

    def _origin(self, weights: Weights, fields: Fields) -> dict[str, jax.Array]:
        """Points of the prior that lead to given configurations, as functions of the weights of the prior alone."""
        fixed, fixed_fields = jax.lax.stop_gradient((weights, fields))
        found = self._split(self.inverse(fixed, fixed_fields)[0])
        return {
            name: getattr(self.prior, name).redrawn(weights["prior"][name], values, self.lattice)
            for name, values in found.items()
        }

    def _prior_log_prob(self, weights: Weights, fields: dict[str, jax.Array]) -> jax.Array:
        return sum(
            getattr(self.prior, name).log_prob(weights["prior"][name], values, self.lattice)
            for name, values in fields.items()
        )

    def _prior_score(self, weights: Weights, fields: dict[str, jax.Array]) -> tuple[dict[str, jax.Array], jax.Array]:
        log_q, pull = jax.vjp(lambda values: self._prior_log_prob(weights, values), fields)
        return pull(jnp.ones_like(log_q))[0], log_q

    def _split(self, fields: Fields) -> dict[str, jax.Array]:
        """`Fields` to [c, x..., b] (links: [c, row, b]) by name; raises RuntimeInputError for shapes that do not fit the lattice."""
        result = {}
        for name, kind, values in zip(self.kinds._fields, self.kinds, fields, strict=True):
            if values.shape[:-1] != kind.shape(self.lattice):
                raise RuntimeInputError(
                    f"field {name!r} must be [{', '.join(map(str, kind.shape(self.lattice)))}, batch], got {values.shape}"
                )
            result[name] = split_field(kind, values)
        return result

    def _join(self, fields: dict[str, jax.Array]) -> Fields:
        return type(self.kinds)(
            *(
                join_field(kind, fields[name], self.lattice)
                for name, kind in zip(self.kinds._fields, self.kinds, strict=True)
            )
        )


def _frames(coupling: Coupling | LoopCoupling) -> tuple[Frame, ...]:
    """Those that combine spins of several fields or of other ones."""
    if not isinstance(coupling, Coupling):
        return ()
    return coupling.views + ((coupling.frame,) if isinstance(coupling.frame, Frame) else ())


def _zeros(fields: dict[str, jax.Array]) -> jax.Array:
    values = next(iter(fields.values()))
    return jnp.zeros(values.shape[-1], values.dtype)
