"""Symmetries of the hypercubic lattice as they act on local expressions: sites move, and links turn with them."""

from dataclasses import dataclass

from sympy import Expr

from lqdsl.ir.nodes import Local, Loop, Shifted, trace
from lqdsl.ir.words import AT_SITE, Link, Offset, step


@dataclass(frozen=True)
class Move:
    """Axis a goes to axis `axes[a]`, with its direction turned around where `signs[a]` is -1."""

    axes: tuple[int, ...]
    signs: tuple[int, ...]

    def site(self, offset: Offset) -> Offset:
        """Where an offset goes."""
        moved = [0] * len(offset)
        for steps, axis, sign in zip(offset, self.axes, self.signs, strict=True):
            moved[axis] = sign * steps
        return tuple(moved)

    def link(self, link: Link) -> Link:
        """Where a link goes: one that is turned around becomes the adjoint of the link that ends where it began."""
        if link.axis == AT_SITE:
            return link._replace(offset=self.site(link.offset))
        axis, sign, start = self.axes[link.axis], self.signs[link.axis], self.site(link.offset)
        return Link(link.field, axis, start if sign > 0 else step(start, axis, -1), sign * link.sign)

    def __call__(self, expression: Expr) -> Expr:
        """The expression after the move."""
        return expression.xreplace({atom: self._local(atom) for atom in expression.atoms(Local)})

    def _local(self, atom: Local) -> Expr:
        if isinstance(atom, Shifted):
            return atom.at(self.site(atom.offset))
        assert isinstance(atom, Loop)
        return trace(atom.part, atom.group, tuple(self.link(link) for link in atom.word))


def reflection(ndim: int, axis: int) -> Move:
    """x_axis to -x_axis."""
    return Move(tuple(range(ndim)), tuple(-1 if a == axis else 1 for a in range(ndim)))


def exchange(ndim: int, first: int, second: int) -> Move:
    """Two axes change places."""
    axes = list(range(ndim))
    axes[first], axes[second] = second, first
    return Move(tuple(axes), (1,) * ndim)


def rotation(ndim: int, first: int, second: int) -> Move:
    """A quarter turn of the first axis into the second, of the second into minus the first."""
    return Move(exchange(ndim, first, second).axes, tuple(-1 if a == second else 1 for a in range(ndim)))
