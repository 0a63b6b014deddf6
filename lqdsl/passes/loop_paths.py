"""Closed paths of signed steps on the lattice: +1 forward along axis 0, -1 backward, 2 and -2 along axis 1, ..."""

from collections.abc import Iterable

Path = tuple[int, ...]
Offset = tuple[int, ...]


def walk(path: Path, ndim: int) -> list[Offset]:
    """Every site of the path, from the origin; the last one is where it ends."""
    sites = [(0,) * ndim]
    for step in path:
        here = list(sites[-1])
        here[abs(step) - 1] += 1 if step > 0 else -1
        sites.append(tuple(here))
    return sites


def closed(path: Path, extents: tuple[int, ...]) -> bool:
    """Whether the path ends where it began, on the torus."""
    end = walk(path, len(extents))[-1]
    return not any(a % extent for a, extent in zip(end, extents, strict=True))


def link_offsets(path: Path, direction: int, ndim: int) -> tuple[Offset, ...]:
    """Where the path uses a link of that direction, either way, in the order of the path."""
    sites = walk(path, ndim)
    return tuple(sites[n if s > 0 else n + 1] for n, s in enumerate(path) if abs(s) - 1 == direction)


def inverse(path: Path) -> Path:
    """The path walked backwards."""
    return tuple(-step for step in reversed(path))


def rotations(path: Path) -> list[Path]:
    """The same loop from each of its sites."""
    return [path[n:] + path[:n] for n in range(len(path))]


def canonical(path: Path) -> Path:
    """One of all rotations of a loop and of its inverse: loops that are equal but for where and which way they run."""
    return min(rotations(path) + rotations(inverse(path)), key=order)


def order(path: Path) -> tuple[tuple[int, bool], ...]:
    """Sorting key: lower axes first, forward before backward."""
    return tuple((abs(step), step < 0) for step in path)


def different(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The loops that differ in more than where and which way they run, each as it comes first."""
    seen: dict[Path, Path] = {}
    for path in paths:
        seen.setdefault(canonical(path), path)
    return tuple(seen.values())


def carriers(path: Path, direction: int) -> list[Path]:
    """The loop as it leaves from each of its links of a direction, walked so that this first step goes forward."""
    forms = rotations(path) + rotations(inverse(path))
    return sorted({form for form in forms if form[0] == direction + 1}, key=order)


class Frame:
    """Axes renamed, and turned round, so that a path meets them in ascending order and forward first."""

    def __init__(self, path: Path, ndim: int) -> None:
        met = dict.fromkeys(abs(step) - 1 for step in path)
        self.axes = [*met, *(axis for axis in range(ndim) if axis not in met)]
        """Old axis of each new one."""
        backward = {abs(step) - 1: step < 0 for step in reversed(path)}
        self._signs = [-1 if backward.get(axis) else 1 for axis in self.axes]

    def path(self, path: Path) -> Path:
        """The path in the new axes."""
        new = {old: (n + 1) * sign for n, (old, sign) in enumerate(zip(self.axes, self._signs, strict=True))}
        return tuple(new[abs(step) - 1] * (1 if step > 0 else -1) for step in path)

    def offset(self, offset: Offset, signed: bool = True) -> Offset:
        """Coordinates, or numbers that belong to the axes, in the new axes."""
        return tuple(offset[old] * (sign if signed else 1) for old, sign in zip(self.axes, self._signs, strict=True))

    def undo(self, offset: Offset) -> Offset:
        """Coordinates in the old axes."""
        old = dict(zip(self.axes, (c * sign for c, sign in zip(offset, self._signs, strict=True)), strict=True))
        return tuple(old[axis] for axis in range(len(offset)))
