"""Coarse-to-fine patterns on two axes: blocks of plaquettes are halved, one layer for each scale.

The lattice is tiled by blocks, and every block is cut into two halves. The link in the middle that begins the border of
both halves is active: it lies on the loop around its own half, and not on the loop around the whole block, which the
net may therefore see. Moving the link moves the loops of both halves and leaves their product. After the last scale the
halves are single plaquettes. In a theory whose weight is a product over plaquettes the distribution of a half given the
whole is what a layer has to learn, and nothing else; the links that never move only carry the gauge.
"""

from fractions import Fraction

from lqdsl.diagnostics import InternalError
from lqdsl.ir.compiled import LinkUpdate, LoopPattern
from lqdsl.passes.loop_paths import Offset, Path, link_offsets


def halvings(extents: tuple[int, ...]) -> int:
    """How often blocks can be halved on this lattice, from the whole of it down to plaquettes where extents allow."""
    count = 0
    for extent in extents:
        while extent % 2 == 0:
            extent //= 2
            count += 1
    return count


def scales(extents: tuple[int, ...], count: int, layers: int) -> tuple[LoopPattern, ...]:
    """The patterns of `count` scales, coarsest first, for extents on two axes that allow so many halvings.

    Each has `layers` layers, the last one twice as many; they move the same links, by the loops of both halves in turn:
    each layer is the mirror image of the one before.
    """
    size, wholes = [1, 1], []
    for _ in range(count):  # from plaquettes upwards, the shorter side first
        axis = min((a for a in (0, 1) if extents[a] % (2 * size[a]) == 0), key=lambda a: (size[a], -a))
        size[axis] *= 2
        wholes.append((axis, tuple(size)))
    last = len(wholes) - 1
    halved = enumerate(reversed(wholes))
    return tuple(_halving(axis, whole, extents, layers * (1 + (n == last))) for n, (axis, whole) in halved)


def _halving(axis: int, whole: Offset, extents: tuple[int, ...], layers: int) -> LoopPattern:
    """Blocks of extents `whole`, with a corner at the origin, cut in the middle of an axis."""
    other = 1 - axis
    along, across = axis + 1, other + 1
    half, width = whole[axis] // 2, whole[other]
    loops = [(across,) * width + (s * along,) * half + (-across,) * width + (-s * along,) * half for s in (1, -1)]
    whole_loop = (along,) * half + (across,) * width + (-along,) * (2 * half) + (-across,) * width + (along,) * half
    forms = ((1, 0), (0, 1))
    start = tuple(half if a == axis else 0 for a in (0, 1))
    frozen = _frozen(whole_loop, other, whole)
    update, image = (LinkUpdate(other, loop, forms, whole, frozen, start) for loop in loops)
    for one in (update, image):
        check(one, whole_loop, extents)
    return LoopPattern((update,), None, (whole_loop,), layers, axis if layers > 1 else None)


def _frozen(loop: Path, direction: int, moduli: Offset) -> Fraction:
    """Copies of a loop that hold no active link, of all."""
    used = {tuple(o % m for o, m in zip(offset, moduli, strict=True)) for offset in link_offsets(loop, direction, 2)}
    phases = moduli[0] * moduli[1]
    return Fraction(phases - len(used), phases)


def check(update: LinkUpdate, context: Path, extents: tuple[int, ...]) -> None:
    """The obligations of a layer, by distances from the active link on the torus: it is alone on its loop, and neither it
    nor another active link is on the context loop."""

    def active(path: Path) -> list[Offset]:
        offsets = link_offsets(path, update.direction, len(extents))
        around = (tuple(o % extent for o, extent in zip(offset, extents, strict=True)) for offset in offsets)
        return [offset for offset in around if not any(update.residues(offset))]

    if active(update.path) != [(0,) * len(extents)] or active(context):
        raise InternalError(f"{update} does not move single links that its net does not see")
