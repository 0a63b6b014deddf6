"""Actions that are polynomials of the fields, with numbers for their couplings."""

import math

import numpy as np
from sympy import Add, Expr, Float, Mul, Poly, PolynomialError, Symbol

from lqdsl.ir.nodes import DataEntry, DataShifted, Shifted, TableEntry
from lqdsl.ir.theory import Theory
from lqdsl.passes.normal import expand_deeply
from lqdsl.passes.rays import labels_of


def homogeneous_parts(density: Expr, theory: Theory) -> dict[int, Expr]:
    """Degree to part with numbers for couplings; empty if the density is no polynomial, or a constant."""
    values = {p.symbol: p.value for p in theory.run_time_parameters if not p.is_table}
    tables = {p.name: p.value for p in theory.run_time_parameters if p.is_table}
    entries = {entry: tables[entry.table.name][int(entry.index)] for entry in density.atoms(TableEntry)}  # type: ignore[index]
    density = _without_data(density, theory)
    atoms = sorted(density.atoms(Shifted), key=str)
    if not atoms:
        return {}
    generators = [Symbol(f"v{number}", real=True) for number in range(len(atoms))]
    numeric = density.xreplace(dict(zip(atoms, generators, strict=True))).xreplace(entries).subs(values)
    try:
        polynomial = Poly(numeric, *generators)
    except PolynomialError:
        return {}
    if polynomial.free_symbols_in_domain or numeric.has(DataShifted):
        return {}
    parts: dict[int, list[Expr]] = {}
    for powers, coefficient in polynomial.terms():
        if abs(float(coefficient)) > 0:
            monomial = Mul(*(atom**power for atom, power in zip(atoms, powers, strict=True)))
            parts.setdefault(sum(powers), []).append(coefficient * monomial)
    parts.pop(0, None)
    return {degree: Add(*terms) for degree, terms in parts.items()}


def _without_data(density: Expr, theory: Theory) -> Expr:
    """Entries of data at given coordinates as numbers. What holds data at every site is left out where it is of lower
    degree than the rest, which then decides; else it stays and makes the density no polynomial."""
    values = {data.name: data.values for data in theory.data}
    entries = {e: Float(values[e.data][tuple(map(int, e.coordinates))]) for e in density.atoms(DataEntry)}
    density = density.xreplace(entries)
    terms = Add.make_args(expand_deeply(density)) if density.has(DataShifted) else ()
    own = [term for term in terms if term.has(DataShifted)]
    rest = Add(*(term for term in terms if not term.has(DataShifted)))
    if not own or max(map(_degree, own)) >= max(map(_degree, Add.make_args(rest))):
        return density
    return rest


def _degree(term: Expr) -> float:
    """Degree of a monomial in the fields; infinite for what is none."""
    total = 0
    for factor in Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if factor.has(Shifted):
            if not (isinstance(base, Shifted) and exponent.is_Integer):
                return math.inf
            total += int(exponent)
    return total


def lowest_eigenvalue(part: Expr, theory: Theory) -> float:
    """Least eigenvalue over all lattice momenta of the symmetrised kernel K(p)_ab of sum_x part; NaN where its numbers
    are too large."""
    lattice = theory.lattice
    labels = labels_of(theory)
    momenta = [
        2 * np.pi * (np.arange(extent) + (0.5 if sign < 0 else 0.0)) / extent
        for extent, sign in zip(lattice.extents, lattice.boundary, strict=True)
    ]
    grid = np.stack(np.meshgrid(*momenta, indexing="ij"))
    kernel = np.zeros((*lattice.extents, len(labels), len(labels)), dtype=complex)
    for term in Add.make_args(part):
        coefficient, atoms = _pair(term)
        (first, second) = atoms
        step = np.array(second.offset) - np.array(first.offset)
        phase = np.exp(1j * np.tensordot(step, grid, axes=1))
        row, column = labels.index((first.field, first.component)), labels.index((second.field, second.component))
        if not math.isfinite(coefficient):
            return math.nan
        kernel[..., row, column] += 0.5 * coefficient * phase
        kernel[..., column, row] += 0.5 * coefficient * phase.conj()
    return float(np.linalg.eigvalsh(kernel).min())


def _pair(term: Expr) -> tuple[float, tuple[Shifted, Shifted]]:
    coefficient, atoms = 1.0, []
    for factor in Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if isinstance(base, Shifted):
            atoms += [base] * int(exponent)
        else:
            coefficient *= float(factor)
    return coefficient, (atoms[0], atoms[1])


def coefficient_of(term: Expr) -> float:
    """The number before the fields of a monomial."""
    return float(Mul(*(factor for factor in Mul.make_args(term) if not factor.has(Shifted))))
