"""What the passes add to a theory: the expanded action, proofs, forces, masks. Frozen data, read by codegen."""

from dataclasses import dataclass
from itertools import product

from sympy import Expr

from lqdsl.ir.theory import Couple, Lattice, Observable, Term, Theory
from lqdsl.ir.words import Word


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


@dataclass(frozen=True)
class Proof:
    """A symmetry that holds for the action; `declared` if the file claims it, else it was found."""

    name: str
    kind: str
    declared: bool


@dataclass(frozen=True)
class StapleTerm:
    """(real + i imaginary) times the product of a word of links."""

    real: Expr
    imaginary: Expr
    word: Word


@dataclass(frozen=True)
class Staple:
    """V with S = Re tr(U V) to first order in one link U."""

    terms: tuple[StapleTerm, ...]


@dataclass(frozen=True)
class LinkActions:
    """How the action depends on the links of one field, by direction."""

    staples: tuple[Staple, ...]
    linear: bool
    """Whether S = Re tr(U V) + rest exactly, so that heatbath and overrelaxation are known."""
    local: tuple[Expr, ...]
    """The part of S that holds U_axis(x), written with a link `here`; empty where the action is not one sum over sites."""
    colours: "tuple[LinearMask, ...]"
    """Patterns whose classes hold no two links of the direction that interact; empty where none was found."""


@dataclass(frozen=True)
class LinearMask:
    """Class of site x: form.x modulo `modulus`."""

    form: tuple[int, ...]
    modulus: int
    words: str

    @property
    def constructor(self) -> str:
        """The same pattern in generated code."""
        form = f"({self.form[0]},)" if len(self.form) == 1 else str(self.form)
        return f"rt.LinearMask(form={form}, modulus={self.modulus})"

    @property
    def cycle(self) -> int:
        """Layers until every site was updated once."""
        return self.modulus

    def classes(self, lattice: Lattice) -> list[int]:
        """Class of each site in row-major order."""
        sites = product(*(range(extent) for extent in lattice.extents))
        return [sum(a * b for a, b in zip(self.form, site, strict=True)) % self.modulus for site in sites]


@dataclass(frozen=True)
class TableMask:
    """Two classes drawn at compile time: bits in row-major order, first site in the highest bit, set bits come first."""

    bits: str
    words: str

    @property
    def constructor(self) -> str:
        """The same pattern in generated code."""
        return f'rt.TableMask(bits="{self.bits}")'

    @property
    def cycle(self) -> int:
        """Layers until every site was updated once."""
        return 2

    def classes(self, lattice: Lattice) -> list[int]:
        """Class of each site in row-major order."""
        number, volume = int(self.bits, 16), lattice.volume
        return [1 - (number >> (volume - 1 - site)) & 1 for site in range(volume)]


Mask = LinearMask | TableMask


@dataclass(frozen=True)
class FieldCoupling:
    """The coupling block of a field, its mask, and the symmetries that its net keeps."""

    couple: Couple
    layers: int
    mask: Mask
    odd: bool
    isotropic: bool


@dataclass(frozen=True)
class Compiled:
    """A theory with its proofs, forces, masks and colours."""

    theory: Theory
    action: Action
    proofs: tuple[Proof, ...]
    forces: dict[str, tuple[Expr, ...]]
    """Field to -dS/dphi_c(x) for each component c; links of U(1): -dS/dtheta_mu(x) for each direction."""
    site_actions: dict[str, Expr]
    """Field to V(phi(x); neighbours); empty where the action is not one sum over sites."""
    links: dict[str, LinkActions]
    """Link field to what is known of its local dependence."""
    colours: dict[str, LinearMask]
    """Field to a pattern whose classes hold no two sites that interact."""
    observables: tuple[Observable, ...]
    """Expanded."""
    vanishing: tuple[str, ...]
    """Observables whose expectation value is zero by symmetry."""
    vacuum: dict[str, tuple[Expr, ...]]
    """Correlator to those of its operators whose expectation value need not vanish."""
    couplings: tuple[FieldCoupling, ...]
    reach: int
    """Largest distance along an axis between two fields of one term."""
