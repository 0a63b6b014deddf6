"""Normal form of sums over the lattice: two expressions are equal on every configuration where their forms are.

sum_x a(x) does not change when the running site is moved, so each monomial is moved until its first field (in
lexicographic order of offsets) stands at x; like monomials then merge.
"""

from sympy import Add, Dummy, Expr, Mul, Pow, cos, sin
from sympy import expand as sympy_expand
from sympy.core.sorting import default_sort_key

from lqdsl.ir.nodes import Local, SiteSum, translate
from lqdsl.ir.rows import RowIndex, RowSum, row_sum


def expand_products(expression: Expr) -> Expr:
    """Products and whole powers of sums multiplied out; functions are left alone."""
    return sympy_expand(
        expression, deep=False, mul=True, multinomial=True, power_exp=False, power_base=True, log=False, basic=False
    )


def expand_deeply(expression: Expr) -> Expr:
    """The same, also inside the arguments of functions. Powers of a sum below a fraction line stay powers: 1/(a + b)^6
    written out would have hundreds of terms."""
    below = {node for node in expression.atoms(Pow) if isinstance(node.base, Add) and _is_below(node.exp)}
    if not below:
        return _expanded(expression)
    inverse: dict[Expr, Dummy] = {}
    for base in sorted({node.base for node in below}, key=default_sort_key):
        inverse.setdefault(expand_deeply(base), Dummy(f"inverse_{len(inverse)}", real=True))
    held = {node: inverse[expand_deeply(node.base)] ** -node.exp for node in below}
    result = _expanded(expression.xreplace(held))
    return result.xreplace({symbol: 1 / base for base, symbol in inverse.items()})


def _is_below(exponent: Expr) -> bool:
    return exponent.is_Integer and bool(exponent < -1)


def _expanded(expression: Expr) -> Expr:
    return sympy_expand(
        expression, deep=True, mul=True, multinomial=True, power_exp=False, power_base=True, log=False, basic=False
    )


def anchor(monomial: Expr) -> Expr:
    """The monomial moved so that its lexicographically first offset is zero."""
    atoms = monomial.atoms(Local)
    if not atoms:
        return monomial
    first = min(offset for atom in atoms for offset in atom.offsets)
    return translate(monomial, tuple(-step for step in first))


def canonical_density(density: Expr) -> Expr:
    """The representative of all densities with the same sum over the lattice."""
    return Add(*(anchor(term) for term in Add.make_args(expand_deeply(density))))


def normal_form(expression: Expr, volume: int) -> Expr:
    """A polynomial in sums of anchored monomials."""
    replaced = expression.xreplace({node: _linear(node, volume) for node in expression.atoms(SiteSum)})
    replaced = replaced.xreplace({node: _monomials(node) for node in replaced.atoms(RowSum)})
    return expand_deeply(replaced)


def _monomials(node: RowSum) -> Expr:
    """The sum term by term, with factors that are the same in every row in front."""
    parts = []
    for term in Add.make_args(expand_deeply(node.body)):
        inside = [factor for factor in Mul.make_args(term) if factor.has(RowIndex)]
        outside = (factor for factor in Mul.make_args(term) if not factor.has(RowIndex))
        parts.append(Mul(*outside) * row_sum(Mul(*inside), node.rows))
    return Add(*parts)


def _linear(node: SiteSum, volume: int) -> Expr:
    parts = []
    for term in Add.make_args(canonical_density(node.density)):
        constants: list[Expr] = []
        fields: list[Expr] = []
        for factor in Mul.make_args(term):
            (fields if factor.has(Local) else constants).append(factor)
        parts.append(Mul(*constants) * (SiteSum(Mul(*fields)) if fields else volume))
    return Add(*parts)


def reduce_angle(expression: Expr, angle: Expr) -> Expr:
    """sin(angle)^2 = 1 - cos(angle)^2 applied to a polynomial in both, so that equal polynomials look equal."""
    sine, cosine = sin(angle), cos(angle)
    expanded = expand_deeply(sympy_expand(expression, trig=True))

    def replace(term: Expr) -> Expr:
        power = term.as_coeff_exponent(sine)[1]
        if not power.is_Integer or power < 2:
            return term
        return term / sine**power * sine ** (power % 2) * (1 - cosine**2) ** (power // 2)

    return expand_deeply(Add(*(replace(term) for term in Add.make_args(expanded))))
