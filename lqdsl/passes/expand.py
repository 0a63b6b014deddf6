"""Finite sums written out and site sums separated: the form that every later pass reads.

Output holds `Shifted` and `Loop` inside `SiteSum`, functions of those, parameters and numbers. A sum over several sites
becomes products of single sums: sum[x, y](a(x) b(y)) = sum[x](a) sum[y](b).
"""

from collections.abc import Iterator
from itertools import product

from sympy import Add, Expr, Integer, Mul, Pow, S, Symbol, Tuple, expand_trig
from sympy import prod as sympy_product

from lqdsl.ir.nodes import (
    DataAt,
    DataEntry,
    DataShifted,
    FieldAt,
    Local,
    LoopAt,
    NamedTrace,
    Pin,
    Pinned,
    Placed,
    Reduction,
    Shifted,
    SiteSum,
    offset_of,
    trace,
    word_of,
)
from lqdsl.ir.rows import Rowed, RowIndex, Rows, row_sum
from lqdsl.ir.theory import Lattice
from lqdsl.passes.normal import expand_products
from lqdsl.passes.rows import others, row_binders, table_of
from lqdsl.passes.size import LARGEST_PRODUCT, largest_product

LARGEST_SUM = 100_000


class NotSeparable(Exception):
    """A double sum whose summand does not factorise over its sites."""


class TooLarge(Exception):
    """A finite sum with more terms than can be written out, or a product that has too many multiplied out."""


def expand(expression: Expr, lattice: Lattice) -> Expr:
    """Raises `NotSeparable`, `TooLarge`."""
    return _checked(_placed_pins(_expanded(expression, lattice), lattice))


def _checked(expression: Expr) -> Expr:
    if largest_product(expression) > LARGEST_PRODUCT:
        raise TooLarge(f"multiplied out, this product has more than {LARGEST_PRODUCT} terms")
    return expression


def _placed_pins(expression: Expr, lattice: Lattice) -> Expr:
    """Fields at sites that are known, also outside of sums over sites."""
    pins = (atom for atom in expression.atoms(FieldAt) if isinstance(atom.site, Pin))
    replaced = {atom: _placed(atom, lattice) for atom in pins}
    replaced |= {atom: _named(atom) for atom in expression.atoms(LoopAt) if _is_named(atom)}
    for atom in expression.atoms(DataAt):
        if not atom.sites or isinstance(atom.sites[0], Pin):
            replaced[atom] = data_at(atom, lattice)
    return expression.xreplace(replaced)


def _expanded(expression: Expr, lattice: Lattice, written_out: bool = False) -> Expr:
    if isinstance(expression, Reduction):
        return _written_out(expression, lattice) if written_out else _reduction(expression, lattice)
    if not expression.has(Reduction):
        return expression
    return expression.func(*(_expanded(argument, lattice, written_out) for argument in expression.args))


def shift_fields(expression: Expr, lattice: Lattice) -> Expr:
    """`FieldAt` and `LoopAt` at offsets from any one site to `Shifted` and `Loop`; offsets of fields are brought into
    (-L/2, L/2]."""
    replaced = {atom: _placed(atom, lattice) for atom in expression.atoms(FieldAt)}
    replaced |= {atom: data_at(atom, lattice) for atom in expression.atoms(DataAt)}
    for atom in expression.atoms(LoopAt):
        replaced[atom] = (
            _named(atom) if _is_named(atom) else trace(atom.part, atom.group, word_of(atom.links, lattice.ndim))
        )
    return expression.xreplace(replaced)


def _is_named(atom: LoopAt) -> bool:
    return any(isinstance(site, Pin) for site in atom.sites)


def _named(atom: LoopAt) -> Expr:
    """A trace of matrices at sites that are known."""
    factors = (Tuple(field, site, sign) for field, _, site, sign in atom.links)
    return NamedTrace(atom.args[0], atom.args[1], atom.args[2], Tuple(*factors))


def _placed(atom: FieldAt, lattice: Lattice) -> Expr:
    if isinstance(atom.site, Pin):
        index = next(iter(atom.site.atoms(RowIndex)), None)
        if index is not None:
            return Rowed(atom.field, atom.component, index, index - atom.site.args[0])
        return Pinned(atom.field, atom.component, (int(c) for c in atom.site.args))
    return shifted(atom, lattice)


def data_at(atom: DataAt, lattice: Lattice) -> Expr:
    """Numbers of a file at an offset from the running site, or one of them; periodic on every lattice."""
    if not atom.sites:
        return DataEntry(atom.data, atom.indices)
    if isinstance(atom.sites[0], Pin):
        return DataEntry(atom.data, Tuple(*atom.indices, *atom.sites[0].args))
    return DataShifted(atom.data, atom.indices, wrap(offset_of(atom.sites[0], lattice.ndim), lattice)[1])


def shifted(atom: FieldAt, lattice: Lattice) -> Expr:
    """One field at its offset, with the sign of the boundary where the offset winds around."""
    sign, reduced = wrap(offset_of(atom.site, lattice.ndim), lattice)
    return sign * Shifted(atom.field, atom.component, reduced)


def wrap(offset: tuple[int, ...], lattice: Lattice) -> tuple[int, tuple[int, ...]]:
    """The representative of an offset nearest to zero, and the sign that the boundary gives on the way."""
    sign, reduced = 1, []
    for steps, extent, boundary in zip(offset, lattice.extents, lattice.boundary, strict=True):
        short = (steps + (extent - 1) // 2) % extent - (extent - 1) // 2
        windings = (steps - short) // extent
        if windings % 2:
            sign *= boundary
        reduced.append(short)
    return sign, tuple(reduced)


def _assignments(reduction: Reduction) -> Iterator[dict[Expr, Expr]]:
    finite = [binder for binder in reduction.binders if binder[1].name != "site"]
    ranges = [range(int(binder[2]), int(binder[3]) + 1) for binder in finite]
    size = 1
    for bounds in ranges:
        size *= len(bounds)
    if size > LARGEST_SUM:
        raise TooLarge("this sum has too many terms to write out")
    for values in product(*ranges):
        assignment = {binder[0]: Integer(value) for binder, value in zip(finite, values, strict=True)}
        if all(condition.xreplace(assignment) == S.true for condition in reduction.conditions):
            yield assignment


def _reduction(node: Reduction, lattice: Lattice) -> Expr:
    rows = table_of(node, lattice)
    if rows is not None:
        body = _placed_pins(_expanded(others(node, rows), lattice, written_out=True), lattice)
        return row_sum(body, rows) / (_count(node, rows) if node.operation == "mean" else 1)
    return _written_out(node, lattice)


def _count(node: Reduction, rows: Rows) -> int:
    return len(rows) * sum(1 for _ in _assignments(others(node, rows)))


def _written_out(node: Reduction, lattice: Lattice) -> Expr:
    if node.body.has(Reduction):  # bound variables get their values before the sums inside are written out
        written = lattice.is_index and bool(row_binders(node))
        terms = [_expanded(node.body.xreplace(assignment), lattice, written) for assignment in _assignments(node)]
    else:
        terms = [node.body.xreplace(assignment) for assignment in _assignments(node)]
    if node.operation == "prod":
        return sympy_product(terms)
    total = Add(*terms)
    sites = [binder[0] for binder in node.binders if binder[1].name == "site"]
    for site in reversed(sites):
        total = _site_sum(total, site, lattice)
    if node.operation == "mean" and terms:
        total = total / (len(terms) * lattice.volume ** len(sites))
    return total


def _sites(expression: Expr) -> set[Symbol]:
    """Site variables of the fields in an expression."""
    placed = (site for atom in expression.atoms(Placed) for site in atom.sites)
    return {symbol for site in placed for symbol in site.free_symbols if site.coeff(symbol) == 1}


def _site_sum(body: Expr, site: Symbol, lattice: Lattice) -> Expr:
    if _sites(body) <= {site} and not body.has(SiteSum):
        density = shift_fields(body, lattice)
        return lattice.volume * density if not density.has(Local) else SiteSum(density)
    total = S.Zero
    for term in Add.make_args(expand_products(_checked(body))):
        outside, inside = _split(term, site)
        if inside.has(SiteSum) or len(_sites(inside)) > 1:
            outside, inside = S.One, expand_products(expand_trig(_split_phases(term)))
            if isinstance(inside, Add):
                total += _site_sum(inside, site, lattice)
                continue
            raise NotSeparable
        density = shift_fields(inside, lattice)
        total += outside * (SiteSum(density) if density.has(Local) else lattice.volume * density)
    return total


def _split_phases(term: Expr) -> Expr:
    """Traces of U(1) matrices at several sites, by those of the matrices at each of them: Re(a b) = Re a Re b - Im a Im b."""
    replaced: dict[Expr, Expr] = {}
    for atom in term.atoms(LoopAt):
        by_site: dict[tuple[Symbol, ...], list[Tuple]] = {}
        for link in atom.links:
            by_site.setdefault(tuple(sorted(link[2].free_symbols, key=str)), []).append(link)
        if atom.group.abelian and atom.part != "arg" and len(by_site) > 1:
            re, im = S.One, S.Zero
            for links in by_site.values():
                real, imaginary = (
                    LoopAt(Symbol(part), atom.args[1], atom.args[2], Tuple(*links)) for part in ("re", "im")
                )
                re, im = re * real - im * imaginary, re * imaginary + im * real
            replaced[atom] = re if atom.part == "re" else im
    return term.xreplace(replaced)


def _split(term: Expr, site: Symbol) -> tuple[Expr, Expr]:
    """Factors that do not and that do depend on a field at `site`."""
    inside: list[Expr] = []
    outside: list[Expr] = []
    for factor in Mul.make_args(term):
        if isinstance(factor, Pow) and isinstance(factor.exp, Integer) and isinstance(factor.base, Mul):
            parts = [base**factor.exp for base in factor.base.args]
        else:
            parts = [factor]
        for part in parts:
            (inside if site in _sites(part) else outside).append(part)
    return Mul(*outside), Mul(*inside)
