"""Normalising flows built from coupling layers."""

from lqdsl.runtime.flow.coupling import Coupling
from lqdsl.runtime.flow.flow import Flow, PathSample
from lqdsl.runtime.flow.loops import LinkUpdate, LoopCoupling

__all__ = ["Coupling", "Flow", "LinkUpdate", "LoopCoupling", "PathSample"]
