"""Paths of links, smearing, topological charge."""

from lqdsl.runtime.gauge.charge import topological_charge, whole_turns
from lqdsl.runtime.gauge.paths import path
from lqdsl.runtime.gauge.smearing import Stout, WilsonFlow

__all__ = ["Stout", "WilsonFlow", "path", "topological_charge", "whole_turns"]
