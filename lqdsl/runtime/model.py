"""Everything the drivers of the runtime need to know of one theory; each generated module builds one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lqdsl.runtime.lattice import Lattice


@dataclass(frozen=True, eq=False)
class Pairs:
    """S = - sum_x sum_o J_o(x) s(x).s(x + o) - sum_b J_b s(y_b).s(z_b) + (what no reflection s - 2 (s.r) r of a single spin
    changes).

    offsets: o. strengths: (fields, parameters) to J_o, numbers or [x..., ...batch], and after them the J_b of each table of
    `bonds`, numbers or [bond, ...batch]. bonds: tables [bond, 2] of the numbers of y_b and z_b; more than one may join the
    same sites.
    """

    offsets: tuple[tuple[int, ...], ...]
    strengths: Callable[[Any, Any], tuple[Any, ...]]
    bonds: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True, eq=False)
class Model:
    """One compiled theory. Functions take configurations [component, x..., ...batch], see the generated module."""

    name: str
    source: str
    dtype: str
    lattice: Lattice
    kinds: Any
    """NamedTuple `Fields` of kinds."""
    parameters: Any
    """NamedTuple `Parameters` with the default couplings."""
    parameter_names: Mapping[str, str]
    """Name in the theory file to name in `Parameters`."""
    action: Callable[[Any, Any], Any]
    force: Callable[[Any, Any], Any]
    observables: Callable[[Any, Any], dict[str, Any]]
    observable_kinds: Mapping[str, Any]
    action_terms: Callable[[Any, Any], dict[str, Any]] | None = None
    """Place in the theory file to the part of the action [...batch] that stands there."""
    density: Callable[[Any, Any], Any] | None = None
    """Action per site [x..., ...batch], where the action is one sum over sites."""
    site_actions: Mapping[str, Callable[[Any, Any, Any], Any]] = field(default_factory=dict)
    staples: Mapping[str, tuple[Callable[[Any, Any], Any], ...]] = field(default_factory=dict)
    """Link field to one function of (fields, parameters) a direction: the Matrix V of S = Re tr(U V) + (not U)."""
    link_actions: Mapping[str, tuple[Callable[[Any, Any, Any], Any], ...]] = field(default_factory=dict)
    """Link field to one function a direction: the part [x..., batch] of S with U(x), were it the Element given first."""
    pairs: Mapping[str, Pairs] = field(default_factory=dict)
    """Field to its couplings, where the action has embedded Ising form and the file asks for clusters."""
    derived: Mapping[str, Callable[[Any, Any], Any]] = field(default_factory=dict)
    symmetries: tuple[str, ...] = ()
    """Names of the symmetries that were proved."""
    vanishing: tuple[str, ...] = ()
    """Observables whose expectation value is zero by symmetry."""
    reweighted: tuple[str, ...] = ()
    """Derived quantities that the flow estimates too, by importance weights."""
    flow: Any = None
    train: Any = None
    samplers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        return self.kinds._fields
