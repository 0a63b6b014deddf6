"""Exact expectation values of the spin models among the examples, at the settings that their headers state."""

from functools import cache

from oracles.chiral import ChiralRing
from oracles.spins import SpinRing, TorusXY

Numbers = dict[str, float]
Settings = tuple[tuple[str, float], ...]


@cache
def xy() -> Numbers:
    torus = TorusXY(1.0, 4, 4)
    return {"energy": torus.energy, "log Z": torus.log_z}


@cache
def o3() -> Numbers:
    ring = SpinRing(3, 1.0, 16)
    return {"nn": ring.energy, "chi": ring.susceptibility}


@cache
def chiral_su2() -> Numbers:
    ring = SpinRing(4, 1.0, 16)
    return {"nn": ring.energy, "log Z": ring.log_z}


@cache
def chiral_su3() -> Numbers:
    ring = ChiralRing(3, True, 4.0, 8)
    return {"nn": ring.energy, "log Z": ring.log_z}


EXAMPLES = {"xy": xy, "xy_flow": xy, "o3": o3, "chiral_su2": chiral_su2, "chiral_su3": chiral_su3}
_SMALL: Settings = (("L", 4), ("beta", 1.0))
SETTINGS: dict[str, Settings] = {"xy": _SMALL, "xy_flow": _SMALL, "o3": (("W", 1), ("beta", 1.0))}
"""What `--set` has to say where the header states numbers for other parameters than those of the file."""
