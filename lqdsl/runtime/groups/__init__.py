"""Gauge groups at the sites of a lattice: products, exponentials, Haar measure, forces."""

from lqdsl.runtime.groups.borders import borders, borders_by, computed_once, kept
from lqdsl.runtime.groups.element import Element, Matrix, link_force, link_forces
from lqdsl.runtime.groups.group import SU, U1, Group, U

__all__ = [
    "SU",
    "U1",
    "Element",
    "Group",
    "Matrix",
    "U",
    "borders",
    "borders_by",
    "computed_once",
    "kept",
    "link_force",
    "link_forces",
]
