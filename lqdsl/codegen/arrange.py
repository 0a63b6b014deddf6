"""Sums in the order in which a person writes them: like factors taken out, short terms first."""

from sympy import Add, Expr, Function, Integer, Mul, Pow, S
from sympy.core.sorting import default_sort_key

from lqdsl.ir.nodes import DataShifted, Local, Loop, Shifted, SiteSum


def arrange(expression: Expr) -> Expr:
    """Equal to the expression, with terms grouped: 4 p^2 + m p^2 - 2 p a - 2 p b becomes (4 + m) p^2 - 2 p (a + b)."""
    if not isinstance(expression, Add):
        return expression
    by_factor: dict[tuple[Expr, Expr], list[Expr]] = {}
    for term in expression.args:
        coefficient, here, elsewhere = _parts(term)
        by_factor.setdefault((coefficient, here), []).append(elsewhere)
    by_fields: dict[tuple[Expr, Expr], list[Expr]] = {}
    for (coefficient, here), rests in by_factor.items():
        by_fields.setdefault((here, _plain_sum(rests)), []).append(coefficient)
    terms = [_product(_plain_sum(coefficients), here, rest) for (here, rest), coefficients in by_fields.items()]
    flat = [part for term in terms for part in Add.make_args(term)]
    return Add(*flat, evaluate=False) if len(flat) > 1 else flat[0]


def ordered_terms(expression: Expr) -> list[Expr]:
    """Terms of a sum: local ones first, then by power, component and direction; the same for the same input."""
    return sorted(Add.make_args(expression), key=_term_order)


def _term_order(term: Expr) -> tuple[object, ...]:
    atoms = sorted(term.atoms(Local), key=_atom_order)
    moved = any(map(any, (offset for atom in atoms for offset in atom.offsets)))
    return (moved, bool(term.atoms(Function)), [_atom_order(atom) for atom in atoms], default_sort_key(term))


def _atom_order(atom: Local) -> tuple[object, ...]:
    if isinstance(atom, Loop):
        return ("", len(atom.word), str(atom))
    if isinstance(atom, DataShifted):
        return ("", 0, str(atom))
    assert isinstance(atom, Shifted)
    return (atom.field, atom.component, offset_order(atom.offset))


def offset_order(offset: tuple[int, ...]) -> tuple[object, ...]:
    """Near before far, forward before backward, first axes first."""
    backward = any(step < 0 for step in offset)
    return (sum(map(abs, offset)), backward, tuple(-abs(step) for step in offset), tuple(-step for step in offset))


def _parts(term: Expr) -> tuple[Expr, Expr, Expr]:
    """Coefficient without fields, fields at the running site, everything else."""
    coefficient, here, elsewhere = [], [], []
    for factor in Mul.make_args(term):
        atoms = factor.atoms(Local)
        if not atoms:
            coefficient.append(factor)
        elif not factor.has(SiteSum) and _is_here(factor):
            here.append(factor)
        else:
            elsewhere.append(factor)
    return Mul(*coefficient), Mul(*here), Mul(*elsewhere)


def _is_here(factor: Expr) -> bool:
    base = factor.base if isinstance(factor, Pow) else factor
    return isinstance(base, Shifted) and not any(base.offset)


def _plain_sum(terms: list[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else Add(*terms)


def _product(coefficient: Expr, here: Expr, rest: Expr) -> Expr:
    factors = [factor for factor in (coefficient, here, rest) if factor != S.One]
    if not factors:
        return Integer(1)
    return factors[0] if len(factors) == 1 else Mul(*factors, evaluate=False)
