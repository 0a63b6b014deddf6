"""Common rotations and reflections of spins: claims that are looked for without being asked for."""

from sympy import Symbol

from lqdsl.ir.kinds import Angle, Sphere
from lqdsl.ir.nodes import Shifted
from lqdsl.ir.theory import FieldMap, Symmetry, Theory

ROTATION, MIRROR = "spin rotations", "spin reflections"
_ALPHA = Symbol("_alpha", real=True)


def spin_claims(theory: Theory) -> dict[str, Symmetry]:
    """Kind of the proof to the claim, for theories of one field of angles or spheres."""
    if len(theory.fields) > 1:
        return {}
    field, span = theory.fields[0], theory.action_span
    here = Shifted(field.symbol, 0, (0,) * theory.lattice.ndim)
    if isinstance(field.kind, Angle):
        shift = Symmetry(ROTATION, "map", (FieldMap(field.name, (here + _ALPHA,)),), span, _ALPHA)
        return {ROTATION: shift, MIRROR: Symmetry(MIRROR, "map", (FieldMap(field.name, (-here,)),), span)}
    if isinstance(field.kind, Sphere):
        return {ROTATION: Symmetry(ROTATION, "internal", (), span, fields=(field.name,))}
    return {}
