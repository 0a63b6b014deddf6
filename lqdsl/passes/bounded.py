"""Whether the weight exp(-S) can be normalised, where that can be decided.

For a polynomial action the highest homogeneous part decides. A quadratic action is diagonal in momentum space; for higher
degrees a configuration on which the highest part is negative is a certificate that S has no lower bound.
"""

from itertools import product

import numpy as np
from sympy import Add, Expr, Mul, Poly, PolynomialError, Symbol

from lqdsl.diagnostics import Sink
from lqdsl.ir.evaluate import evaluate
from lqdsl.ir.nodes import Shifted, SiteSum
from lqdsl.ir.theory import Theory

_TOLERANCE = 1e-10
_DRAWS = 48
_SMALL = 4


def check_bounded(theory: Theory, density: Expr | None, sink: Sink) -> None:
    """E0602 if the action is certainly unbounded below, or has a flat direction, at the given parameters."""
    if density is None or not all(field.kind.flat for field in theory.fields):
        return
    parts = _homogeneous_parts(density, theory)
    if not parts:
        return
    degree = max(parts)
    values = ", ".join(f"{p.name} = {p.value}" for p in theory.run_time_parameters)
    at = f"at {values}" if values else "for this action"
    if degree % 2:
        note = f"the highest power of the fields, {degree}, is odd"
        sink.error("E0602", "the action is not bounded below", theory.action_span, notes=(note, at))
    elif degree == 2:
        _check_quadratic(parts[2], theory, at, sink)
    elif _lowest_sampled(parts[degree], theory) < -_TOLERANCE:
        note = f"its part of degree {degree} is negative on some configurations, {at}"
        help_ = "a stable action needs a positive highest coupling"
        sink.error("E0602", "the action is not bounded below", theory.action_span, notes=(note,), helps=(help_,))


def _homogeneous_parts(density: Expr, theory: Theory) -> dict[int, Expr]:
    """Degree to part with numbers for couplings; empty if the density is no polynomial."""
    from lqdsl.ir.nodes import TableEntry

    values = {p.symbol: p.value for p in theory.run_time_parameters if not p.is_table}
    tables = {p.name: p.value for p in theory.run_time_parameters if p.is_table}
    entries = {entry: tables[entry.table.name][int(entry.index)] for entry in density.atoms(TableEntry)}  # type: ignore[index]
    atoms = sorted(density.atoms(Shifted), key=str)
    generators = [Symbol(f"v{number}", real=True) for number in range(len(atoms))]
    numeric = density.xreplace(dict(zip(atoms, generators, strict=True))).xreplace(entries).subs(values)
    try:
        polynomial = Poly(numeric, *generators)
    except PolynomialError:
        return {}
    if polynomial.free_symbols_in_domain:
        return {}
    parts: dict[int, list[Expr]] = {}
    for powers, coefficient in polynomial.terms():
        if abs(float(coefficient)) > 0:
            monomial = Mul(*(atom**power for atom, power in zip(atoms, powers, strict=True)))
            parts.setdefault(sum(powers), []).append(coefficient * monomial)
    parts.pop(0, None)
    return {degree: Add(*terms) for degree, terms in parts.items()}


def _check_quadratic(part: Expr, theory: Theory, at: str, sink: Sink) -> None:
    lowest = _lowest_eigenvalue(part, theory)
    if lowest < -_TOLERANCE:
        note = f"its quadratic form has the negative eigenvalue {lowest:.6g}, {at}"
        sink.error("E0602", "the action is not bounded below", theory.action_span, notes=(note,))
    elif lowest < _TOLERANCE:
        note = f"a mode of the fields costs no action, {at}"
        help_ = "add a mass term; without it exp(-S) cannot be normalised"
        sink.error("E0602", "the action has a flat direction", theory.action_span, notes=(note,), helps=(help_,))


def _lowest_eigenvalue(part: Expr, theory: Theory) -> float:
    """Least eigenvalue over all lattice momenta of the symmetrised kernel K(p)_ab of sum_x part."""
    lattice = theory.lattice
    labels = [(field.name, c) for field in theory.fields for c in range(field.kind.components)]
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


def _lowest_sampled(part: Expr, theory: Theory) -> float:
    """Least value per site of the homogeneous part over uniform, alternating and random configurations of unit norm."""
    lattice = theory.lattice
    rng = np.random.default_rng(0)
    labels = [(field.name, c) for field in theory.fields for c in range(field.kind.components)]
    lowest = np.inf
    signs = [
        np.ones(lattice.extents),
        *(_alternating(lattice.extents, axes) for axes in product((0, 1), repeat=lattice.ndim)),
    ]
    directions = [*np.eye(len(labels)), *rng.normal(size=(_DRAWS, len(labels)))]
    patterns = [sign * rng.choice([1.0]) for sign in signs] + [rng.normal(size=lattice.extents) for _ in range(_SMALL)]
    for direction in directions:
        for pattern in patterns:
            fields = {label: component * pattern for label, component in zip(labels, direction, strict=True)}
            norm = np.sqrt(sum(np.mean(values**2) for values in fields.values()))
            fields = {label: values / norm for label, values in fields.items()}
            lowest = min(lowest, float(evaluate(SiteSum(part), fields, {}, lattice)) / lattice.volume)
    return lowest


def _alternating(extents: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray:
    coordinates = np.indices(extents)
    return (-1.0) ** sum(coordinates[axis] * flag for axis, flag in enumerate(axes))
