"""Known expectation values of the gauge theories among the examples, at the settings that their headers state."""

from functools import cache

from oracles.gauge import mixed_su2, su2_trace_moment, u1_charge2, wilson_torus
from oracles.gauge_small import cube_u1, higgs, rectangles_u1
from oracles.simulation import IMPROVED_SU3, SU3_4D

Numbers = dict[str, float]


@cache
def u1(extent: int = 16) -> Numbers:
    torus = wilson_torus(1, False, 2.0, extent**2)
    numbers = {"plaquette": torus.wilson(1), "Q2": u1_charge2(2.0, extent**2), "log Z": torus.log_z}
    return {**numbers, "W22": torus.wilson(4)} if extent == 16 else numbers


@cache
def su_n(n: int, beta: float) -> Numbers:
    torus = wilson_torus(n, True, beta, 64)
    numbers = {"plaquette": torus.wilson(1), "W12": torus.wilson(2)}
    return {**numbers, "log Z": torus.log_z} if n == 2 else numbers


@cache
def su2_mixed() -> Numbers:
    torus = mixed_su2(1.5, 0.8, 64)
    adjoint = su2_trace_moment(lambda step: mixed_su2(1.5, 0.8 + step, 64))
    return {"plaquette": torus.wilson(1), "adj_plaq": adjoint, "log Z": torus.log_z}


def symanzik_u1() -> Numbers:
    found = rectangles_u1(8, 2.0 * (1 + 8 / 12), -2.0 / 12, winding=1)
    return {"plaquette": found.plaquette, "rectangle": found.rectangle, "log Z": found.log_z}


def higgs_numbers() -> Numbers:
    found = higgs(2.0, 0.3, 0.5, points=6)
    return {"plaquette": found.plaquette, "phi2": found.phi2, "hop": found.hop}


EXAMPLES = {
    "u1": u1,
    "su2": lambda: su_n(2, 2.2),
    "su3": lambda: su_n(3, 6.0),
    "su2_mixed": su2_mixed,
    "symanzik_u1": symanzik_u1,
    "symanzik_su3": lambda: {name: mean for name, (mean, _) in IMPROVED_SU3.items()},
    "su3_4d": lambda: {name: mean for name, (mean, _) in SU3_4D.items()},
    "u1_anisotropic_3d": lambda: dict(zip(("spacelike", "timelike"), cube_u1(1.2, 0.8), strict=True)),
    "u1_rectangle_flow": lambda: u1(8),
    "higgs": higgs_numbers,
}
SETTINGS = {"u1_anisotropic_3d": (("L", 2),), "higgs": (("W", 2),), "su3_4d": (("L", 2),)}
"""What `--set` has to say where the header states numbers for a smaller lattice than that of the file."""
ERRORS = {
    name: {key: error for key, (_, error) in numbers.items()}
    for name, numbers in (("symanzik_su3", IMPROVED_SU3), ("su3_4d", SU3_4D))
}
"""Of those numbers that a simulation found."""
