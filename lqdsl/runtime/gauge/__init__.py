"""Paths of links, smearing, topological charge."""

from lqdsl.runtime.gauge.paths import path

__all__ = ["path"]
