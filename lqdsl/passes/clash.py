"""Terms of an action that are gauge invariant one by one, each with charges that the others do not allow."""

from collections.abc import Sequence
from dataclasses import dataclass

from lqdsl.diagnostics import Label, Span

Charges = dict[str, int]


@dataclass(frozen=True)
class Demand:
    """The charges of its own fields with which a term is invariant."""

    span: Span
    allowed: tuple[Charges, ...]


def clash(demands: Sequence[Demand]) -> tuple[tuple[Label, ...], str]:
    """Labels at the fewest terms that cannot hold together, and the field whose charge they disagree on ("" where it is
    no single one). The charges that follow from one term are put into the next."""
    known: Charges = {}
    labels: list[Label] = []
    for demand in sorted(_smallest(demands), key=lambda d: (len(d.allowed), d.span.start)):
        left = [charges for charges in demand.allowed if _agree(charges, known)]
        if not left:
            field, text = _contradiction(demand, known)
            return (*labels, Label(demand.span, text)), field
        labels.append(Label(demand.span, _needs(left, known)))
        if len(left) == 1:
            known = known | left[0]
    return tuple(labels), ""


def _smallest(demands: Sequence[Demand]) -> list[Demand]:
    """Demands that cannot be met together, while all but any one of them can."""
    kept = list(demands)
    for demand in demands:
        others = [other for other in kept if other is not demand]
        if not _joint(others):
            kept = others
    return kept


def _joint(demands: Sequence[Demand]) -> list[Charges]:
    """All charges with which every one of these terms is invariant."""
    found: list[Charges] = [{}]
    for demand in demands:
        found = [one | other for one in found for other in demand.allowed if _agree(one, other)]
    return found


def _agree(one: Charges, other: Charges) -> bool:
    return all(other.get(name, charge) == charge for name, charge in one.items())


def _needs(allowed: Sequence[Charges], known: Charges) -> str:
    free = [name for name in allowed[0] if name not in known]
    if len(allowed) == 1 and free:
        return "needs " + _words({name: allowed[0][name] for name in free}) + _given(allowed[0], known)
    return "ties the charges of " + " and ".join(f"`{name}`" for name in allowed[0]) + " to each other"


def _contradiction(demand: Demand, known: Charges) -> tuple[str, str]:
    """The field whose charge a term wants otherwise than the terms before it, and the words for it."""
    for name in known:
        others = {other: charge for other, charge in known.items() if other != name}
        values = {charges[name] for charges in demand.allowed if name in charges and _agree(charges, others)}
        if values:
            wanted = " or ".join(str(value) for value in sorted(values))
            return name, f"needs charge {wanted} of `{name}`" + _given(demand.allowed[0], others)
    return "", "allows none of these charges"


def _given(charges: Charges, known: Charges) -> str:
    given = {name: known[name] for name in charges if name in known}
    return f", with {_words(given)}" if given else ""


def _words(charges: Charges) -> str:
    return " and ".join(f"charge {charge} of `{name}`" for name, charge in charges.items())
