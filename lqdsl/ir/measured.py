"""Nodes that only observables and derived quantities have."""

from typing import Self

from sympy import Expr, Integer, Symbol, Tuple

from lqdsl.ir.base import LatticeExpr


class TopologicalCharge(LatticeExpr):
    """The charge of one configuration of links on four axes, by clover field strengths after smearing.

    `smearing` is empty or one of `SMEARINGS`, `settings` are its numbers in their order.
    """

    def __new__(cls, field: Symbol, smearing: Symbol, settings: Tuple) -> Self:
        return Expr.__new__(cls, field, smearing, settings)

    @property
    def field(self) -> str:
        return self.args[0].name

    @property
    def smearing(self) -> str:
        return self.args[1].name

    @property
    def settings(self) -> tuple[Expr, ...]:
        return tuple(self.args[2])


SMEARINGS: dict[str, tuple[str, ...]] = {"stout": ("rho", "steps"), "wilson_flow": ("time", "step")}
"""Names of the smearings and of their settings."""


class Moment(LatticeExpr):
    """<observable^power>, in derived quantities."""

    def __new__(cls, observable: Symbol, power: int = 1) -> Self:
        return Expr.__new__(cls, observable, Integer(power))

    @property
    def observable(self) -> str:
        return self.args[0].name

    @property
    def power(self) -> int:
        return int(self.args[1])


class Analysis(LatticeExpr):
    """A named estimator of the analysis room applied to an observable, `pole_mass(C)`."""

    def __new__(cls, function: Symbol, observable: Symbol) -> Self:
        return Expr.__new__(cls, function, observable)

    @property
    def function(self) -> str:
        return self.args[0].name

    @property
    def observable(self) -> str:
        return self.args[1].name
