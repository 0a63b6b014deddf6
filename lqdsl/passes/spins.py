"""Fields at sites as vectors of R^n: (cos, sin) of an angle, the quaternion of SU(2), the components of all others."""

from functools import reduce

from sympy import Expr, Tuple, cos, expand_trig, sin

from lqdsl.ir.kinds import Angle, Box, Group, Vector
from lqdsl.ir.nodes import Pinned, Shifted, Trace
from lqdsl.ir.rows import Rowed, RowIndex
from lqdsl.ir.theory import Field
from lqdsl.ir.words import Link

Parts = tuple[Expr, ...]
PLACED = (Shifted, Pinned, Rowed)
"""Components of a field that is no matrix, at all places where it may stand."""
LARGEST = 4
"""Spins in one trace or harmonic: more never add up to products of two."""


class NoVector(Exception):
    """Something that is not a polynomial in the components of vectors; `str()` says what."""


def vector_field(field: Field) -> Field:
    """What stands for the field in the result of `as_vectors`; raises NoVector for links and matrices without one."""
    kind = field.kind
    if isinstance(kind, Group):
        if kind.link:
            raise NoVector(f"`{field.name}` lives on links, which have no such reflections")
        if not (kind.abelian or kind.real_traces):
            raise NoVector(f"`{field.name}` is {kind}, whose matrices have no such reflections")
        return Field(field.name, Vector(2 if kind.abelian else 4), field.span)
    if isinstance(kind, Box):
        raise NoVector(f"`{field.name}` is a point of a box, which has no such reflections")
    if isinstance(kind, Angle):
        return Field(f"{field.name}'", Vector(2), field.span)
    return field


def as_vectors(density: Expr, field: Field) -> Expr:
    """The density in the components of `vector_field(field)`; raises NoVector."""
    spins = vector_field(field)
    if isinstance(field.kind, Angle):
        return _angles(density, field, spins)
    if isinstance(field.kind, Group):
        traces = (trace for trace in density.atoms(Trace) if field.name in trace.fields)
        return density.xreplace({trace: _trace(trace, field, spins) for trace in traces})
    return density


def component(atom: Expr, spins: Field, number: int) -> Expr:
    """A component of the vectors where an atom of the field stands."""
    return atom.func(spins.symbol, number, *atom.args[2:])


def _angles(density: Expr, field: Field, spins: Field) -> Expr:
    def own(node: Expr) -> list[Expr]:
        return [atom for atom in node.atoms(*PLACED) if atom.field == field.name]

    waves = sorted((node for node in density.atoms(cos, sin) if own(node)), key=str)
    for wave in waves:
        slopes = [wave.args[0].coeff(atom) for atom in own(wave)]
        if not all(slope.is_Integer for slope in slopes) or sum(map(abs, slopes)) > LARGEST:
            raise NoVector("it holds a harmonic that is no product of two spins")
    expanded = density.xreplace({wave: expand_trig(wave) for wave in waves})
    parts: dict[Expr, Expr] = {}
    for atom in own(expanded):
        parts |= {f(atom): component(atom, spins, c) for c, f in enumerate((cos, sin))}
    replaced = expanded.xreplace(parts)
    if own(replaced):
        raise NoVector("it holds an angle outside of cos and sin")
    return replaced


def _trace(trace: Trace, field: Field, spins: Field) -> Expr:
    """The trace of a word of elements at sites."""
    if trace.fields != {field.name} or trace.part == "arg" or len(trace.word) > LARGEST:
        raise NoVector("it holds a product of matrices that is no product of two spins")
    multiply = _complex_product if trace.group.abelian else _quaternion_product
    elements = []
    for link in trace.word:
        parts = tuple(_part(spins, c, link) for c in range(spins.kind.components))
        elements.append(parts if link.sign > 0 else (parts[0], *(-part for part in parts[1:])))
    product = reduce(multiply, elements)
    return (1 if trace.group.abelian else 2) * product[0] if trace.part == "re" else product[1]


def _part(spins: Field, number: int, link: Link) -> Expr:
    """A component of the vector that stands for a matrix, where that is."""
    if not link.is_named:
        return Shifted(spins.symbol, number, link.offset)
    index = next(iter(Tuple(*link.offset).atoms(RowIndex)), None)
    if index is None:
        return Pinned(spins.symbol, number, link.offset)
    return Rowed(spins.symbol, number, index, index - link.offset[0])


def _complex_product(a: Parts, b: Parts) -> Parts:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _quaternion_product(a: Parts, b: Parts) -> Parts:
    """Of U = a_0 + i a.sigma: a_0 b_0 - a.b, a_0 b + b_0 a - a x b."""
    return (
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] - a[2] * b[3] + a[3] * b[2],
        a[0] * b[2] + a[2] * b[0] - a[3] * b[1] + a[1] * b[3],
        a[0] * b[3] + a[3] * b[0] - a[1] * b[2] + a[2] * b[1],
    )
