"""Normalising flows built from coupling layers."""

from lqdsl.runtime.flow.coupling import Coupling
from lqdsl.runtime.flow.flow import Flow, PathSample

__all__ = ["Coupling", "Flow", "PathSample"]
