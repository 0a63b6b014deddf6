"""Did you mean ...?"""

from collections.abc import Iterable

_LONGEST = 64


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` most likely stands for, or None when none is close.

    Close is: equal but for case, the same words in another order (`kl_reverse`), at most one slip (a letter lost,
    added or changed, two swapped) per three letters, or a beginning of at least four letters that only one has.
    """
    if not name or len(name) > _LONGEST:
        return None
    known = sorted({c for c in candidates if c != name and len(c) <= _LONGEST})
    for same in (str.lower, _words):
        for candidate in known:
            if same(candidate) == same(name) and len(name) > 1:
                return candidate
    allowed = len(name) // 3
    distance, best = min(((_slips(name.lower(), c.lower()), c) for c in known), default=(allowed + 1, ""))
    if distance <= allowed:
        return best
    begun = [c for c in known if len(name) >= 4 and c.lower().startswith(name.lower())]
    return begun[0] if len(begun) == 1 else None


def _words(name: str) -> str:
    return "_".join(sorted(name.lower().replace("-", "_").split("_")))


def _slips(a: str, b: str) -> int:
    """Optimal-string-alignment distance."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
