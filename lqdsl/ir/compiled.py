"""What the passes add to a theory: the expanded action, proofs, forces, masks. Frozen data, read by codegen."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from sympy import Add, Expr

from lqdsl.ir.bonds import Bonds
from lqdsl.ir.masks import Colours, Mask
from lqdsl.ir.rows import Rows
from lqdsl.ir.theory import Couple, Observable, Term, Theory
from lqdsl.ir.words import Link, Offset, Word


@dataclass(frozen=True)
class Action:
    """The action after expansion."""

    terms: tuple[Term, ...]
    """Summands as typed, expanded."""
    total: Expr
    """Normal form of the whole."""
    density: Expr | None
    """a(x) with S = sum_x a(x), or None where the action is no single sum over sites."""
    formula: Expr
    """The whole in the form in which it is evaluated: one sum over sites, and what does not fit into it."""

    @property
    def typed(self) -> Expr:
        """The whole as it was typed: differences are not multiplied out, so that they can be small."""
        return Add(*(term.expression for term in self.terms))

    def guilty(self, changes: Callable[[Expr], bool]) -> list[Term]:
        """The terms that change, by those of their parts that do."""
        return [part for term in self.terms if changes(term.expression) for part in term.narrowed(changes)]


@dataclass(frozen=True)
class RowForce:
    """What one component of a field at the value in one slot feels in each row."""

    component: int
    rows: Rows
    slot: int
    slope: Expr


@dataclass(frozen=True)
class Proof:
    """A symmetry that holds for the action; `declared` if the file claims it, else it was found."""

    name: str
    kind: str
    declared: bool
    fields: tuple[str, ...] = ()
    """Those that rotate together, of rotations and reflections of spins."""


@dataclass(frozen=True)
class Spins:
    """Fields whose common rotations were proved, `mirror` if their common reflections were too."""

    fields: tuple[str, ...]
    mirror: bool

    def without(self, field: str) -> tuple[str, ...]:
        """What rotates with this field."""
        return tuple(name for name in self.fields if name != field)


@dataclass(frozen=True)
class StapleTerm:
    """(real + i imaginary) times the product of a word of links."""

    real: Expr
    imaginary: Expr
    word: Word


@dataclass(frozen=True)
class Staple:
    """V with S = Re tr(U V) to first order in one link U of a field."""

    field: str
    terms: tuple[StapleTerm, ...]
    here: Link | None = None
    """The link itself, where it stands at a given site or at a value that a row names."""


@dataclass(frozen=True)
class RowStaple:
    """V of the matrix at the value in one slot, in each row."""

    rows: Rows
    slot: int
    staple: Staple


@dataclass(frozen=True)
class LinkActions:
    """How the action depends on the links of one field, by direction."""

    staples: tuple[Staple, ...]
    linear: bool
    """Whether S = Re tr(U V) + rest exactly, so that heatbath and overrelaxation are known."""
    local: tuple[Expr, ...]
    """The part of S that holds U_axis(x), written with a link `here`; empty where the action is not one sum over sites."""
    colours: tuple[Colours, ...]
    """Patterns whose classes hold no two links of the direction that interact; empty where none was found."""
    at: tuple[tuple[Offset, Staple], ...] = ()
    """V of matrices at given sites, from terms that name them."""
    rows: tuple[RowStaple, ...] = ()
    """V of matrices in sums over rows."""

    @property
    def all_staples(self) -> tuple[Staple, ...]:
        return (*self.staples, *(staple for _, staple in self.at), *(part.staple for part in self.rows))


@dataclass(frozen=True)
class Pairs:
    """S = - sum_x sum_o J_o(x) s(x).s(x + o) - sum_b J_b s(y_b).s(z_b) + (what reflections of single spins leave invariant),
    s of R^n."""

    couplings: tuple[tuple[tuple[int, ...], Expr], ...]
    """(o, J_o at the running site)."""
    words: str
    bonds: tuple[Bonds, ...] = ()
    """Those that are no offsets on the lattice."""


@dataclass(frozen=True)
class LinkUpdate:
    """Updates U_direction(x) by the loop that leaves from it: in phase k where forms[i].x = digit i of k modulo moduli[i].

    One form is the rule; products of several are for small lattices. Digits of k are in mixed radix, the last one fastest.
    """

    direction: int
    path: tuple[int, ...]
    forms: tuple[tuple[int, ...], ...]
    moduli: tuple[int, ...]
    frozen: Fraction
    """Context loops that hold no active link, of all."""
    start: tuple[int, ...] = ()
    """Residues in phase 0; empty: all zero."""

    @property
    def phases(self) -> int:
        """Layers of this update until all links of its direction were active."""
        return prod(self.moduli)

    @property
    def active(self) -> Fraction:
        """Active links, of all links."""
        return Fraction(1, self.phases * len(self.forms[0]))

    @property
    def passive(self) -> Fraction:
        """Links on the loops of active links that do not move themselves, of all links."""
        ndim, met = len(self.forms[0]), set()
        here = [0] * ndim
        for step in self.path:
            axis = abs(step) - 1
            here[axis] -= step < 0
            met.add((axis, self.residues(tuple(here))))
            here[axis] += step > 0
        met.discard((self.direction, (0,) * len(self.moduli)))
        return Fraction(len(met), self.phases * ndim)

    def residues(self, offset: tuple[int, ...]) -> tuple[int, ...]:
        """The classes of a link at that offset."""
        pairs = zip(self.forms, self.moduli, strict=True)
        return tuple(sum(a * b for a, b in zip(form, offset, strict=True)) % m for form, m in pairs)

    @property
    def phase(self) -> int:
        """The phase whose residues are those of `start`."""
        number = 0
        for digit, radix in zip(self.start, self.moduli, strict=False):
            number = number * radix + digit
        return number


@dataclass(frozen=True)
class LoopPattern:
    """Updates of one repetition in order, how the next repetition follows, and what the nets may see."""

    updates: tuple[LinkUpdate, ...]
    translation: tuple[int, ...] | None
    """Lattice vector v: in repetition r links with form.(x - r v) = 0 are active. None: those of phase r."""
    context: tuple[tuple[int, ...], ...]
    cycle: int
    """Layers until every link was updated, of those directions that are."""
    mirror: int | None = None
    """Axis along which every other repetition is the mirror image of the first."""
    directions: tuple[int, ...] = ()
    """Those of the links that are updated, where other blocks update the rest."""

    @property
    def words(self) -> str:
        """The pattern in a line."""
        shapes = sorted({(u.forms, u.moduli) for u in self.updates})
        shown = ", ".join(
            " and ".join(f"{form} mod {m}" for form, m in zip(forms, moduli, strict=True) if m > 1)
            for forms, moduli in shapes
        )
        number = len(self.updates)
        active, passive, frozen = (
            f"{float(sum(fractions) / number):.3g}"
            for fractions in zip(*((u.active, u.passive, u.frozen) for u in self.updates), strict=True)
        )
        only = f" of direction {' and '.join(map(str, self.directions))} only" if self.directions else ""
        return (
            f"links{only} with {shown}; on average {active} of the links are active, {passive} passive on their loops, "
            f"{frozen} of the context loops frozen; a cycle has {self.cycle} {'layer' if self.cycle == 1 else 'layers'}"
            f"{'' if self.mirror is None else ', mirror images in turn'}"
        )


@dataclass(frozen=True)
class FieldCoupling:
    """The coupling block of a field, its mask, and the symmetries that its net keeps; for links, their pattern."""

    couple: Couple
    layers: int
    mask: Mask | None
    odd: bool
    isotropic: bool
    pattern: LoopPattern | None = None
    frame: Spins | None = None
    """The field and those that rotate with it, where the layers commute with these rotations."""
    views: tuple[Spins, ...] = ()
    """Other fields that rotate together, of which the nets see invariants."""
    matrices: str = ""
    """For matrices at sites: "chiral" layers commute with U -> L U R^+, "conjugation" with U -> G U G^+."""


@dataclass(frozen=True)
class Compiled:
    """A theory with its proofs, forces, masks and colours."""

    theory: Theory
    action: Action
    proofs: tuple[Proof, ...]
    forces: dict[str, tuple[Expr, ...]]
    """Field to -dS/dphi_c(x) for each component c; links of U(1): -dS/dtheta_mu(x) for each direction."""
    pinned_forces: dict[str, dict[tuple[int, tuple[int, ...]], Expr]]
    """Field to what (component, site) feels besides, where the action names sites."""
    row_forces: dict[str, tuple[RowForce, ...]]
    """Field to what its values feel in sums over rows."""
    site_actions: dict[str, Expr]
    """Field to V(phi(x); neighbours); empty where the action is not one sum over sites."""
    links: dict[str, LinkActions]
    """Link field to what is known of its local dependence."""
    colours: dict[str, Colours]
    """Field to a pattern whose classes hold no two sites that interact."""
    observables: tuple[Observable, ...]
    """Expanded."""
    vanishing: tuple[str, ...]
    """Observables whose expectation value is zero by symmetry."""
    vacuum: dict[str, tuple[Expr, ...]]
    """Correlator to those of its operators whose expectation value need not vanish."""
    couplings: tuple[FieldCoupling, ...]
    pairs: dict[str, Pairs]
    """Field to its couplings, where the action has embedded Ising form."""
    reach: int
    """Largest distance along an axis between two fields of one term."""
