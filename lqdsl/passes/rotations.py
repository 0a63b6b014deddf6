"""Common rotations and reflections of spins: claims that are looked for without being asked for."""

from collections.abc import Callable, Iterator
from itertools import combinations

from sympy import Symbol

from lqdsl.ir.compiled import Proof, Spins
from lqdsl.ir.kinds import Angle, Group, Kind, Sphere
from lqdsl.ir.nodes import Shifted
from lqdsl.ir.theory import Field, FieldMap, Symmetry, Theory

ROTATION, MIRROR = "spin rotations", "spin reflections"
_ALPHA = Symbol("_alpha", real=True)
Fields = tuple[Field, ...]


def spin_proofs(theory: Theory, holds: Callable[[Symmetry], bool]) -> Iterator[Proof]:
    """Proofs of the rotations and reflections of spins: of one field alone where the others can stay, of two or of all that
    are left of a kind together else."""
    left: dict[Kind, list[Field]] = {}
    for field in theory.fields:
        if _is_spin(field.kind):
            left.setdefault(field.kind, []).append(field)
    for fields in left.values():
        for size in (1, 2, 0):
            for chosen in combinations(tuple(fields), size) if size else (tuple(fields),):
                if chosen and all(field in fields for field in chosen) and holds(_rotation(chosen, theory)):
                    yield _proof(chosen, ROTATION)
                    if not chosen[0].kind.unit and holds(_reflection(chosen, theory)):
                        yield _proof(chosen, MIRROR)
                    fields[:] = [field for field in fields if field not in chosen]


def proved_spins(proofs: tuple[Proof, ...], theory: Theory) -> tuple[Spins, ...]:
    """Fields that rotate together, each in one of them at most. Rotations of unit vectors were proved with reflections."""
    mirrored = {proof.fields for proof in proofs if proof.kind == MIRROR}
    found = (proof.fields for proof in proofs if proof.kind == ROTATION)
    return tuple(Spins(names, names in mirrored or theory.field(names[0]).kind.unit) for names in found)


def _is_spin(kind: Kind) -> bool:
    return isinstance(kind, Angle | Sphere) or (isinstance(kind, Group) and kind.circle)


def _proof(fields: Fields, kind: str) -> Proof:
    names = tuple(field.name for field in fields)
    return Proof(f"{kind}({', '.join(names)})", kind, False, names)


def _rotation(fields: Fields, theory: Theory) -> Symmetry:
    """A shift of angles, a phase of elements of U(1), O(n) of unit vectors."""
    names, span = tuple(field.name for field in fields), theory.action_span
    if isinstance(fields[0].kind, Angle):
        maps = tuple(FieldMap(field.name, (_here(field, theory) + _ALPHA,)) for field in fields)
        return Symmetry(ROTATION, "map", maps, span, _ALPHA)
    return Symmetry(ROTATION, "internal" if fields[0].kind.unit else "left", (), span, fields=names)


def _reflection(fields: Fields, theory: Theory) -> Symmetry:
    """All angles or phases change their sign."""
    if isinstance(fields[0].kind, Group):
        maps = tuple(FieldMap(field.name, conjugated=True) for field in fields)
    else:
        maps = tuple(FieldMap(field.name, (-_here(field, theory),)) for field in fields)
    return Symmetry(MIRROR, "map", maps, theory.action_span)


def _here(field: Field, theory: Theory) -> Shifted:
    return Shifted(field.symbol, 0, (0,) * theory.lattice.ndim)
