"""The one table from SymPy to JAX; an unknown node is a bug of the compiler, not of the theory."""

from collections.abc import Mapping

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, Rational
from sympy.core.sorting import default_sort_key

from lqdsl.codegen.arrange import ordered_terms
from lqdsl.diagnostics import InternalError
from lqdsl.ir.nodes import Moment, SiteSum

SUM, PRODUCT, UNARY, POWER, ATOM = range(5)
LARGEST_INTEGER = 2**31
LONGEST_DECIMAL = 17
LONGEST_UNIT_FRACTION = 5

FUNCTIONS: Mapping[type, str] = {
    sympy.sin: "jnp.sin",
    sympy.cos: "jnp.cos",
    sympy.tan: "jnp.tan",
    sympy.sinh: "jnp.sinh",
    sympy.cosh: "jnp.cosh",
    sympy.tanh: "jnp.tanh",
    sympy.atan: "jnp.arctan",
    sympy.asinh: "jnp.arcsinh",
    sympy.atan2: "jnp.arctan2",
    sympy.exp: "jnp.exp",
    sympy.log: "jnp.log",
    sympy.Abs: "jnp.abs",
    sympy.sign: "jnp.sign",
}


class Printer:
    """Prints expressions whose atoms have names in `names`; sums over sites become `LATTICE.sum(...)`."""

    def __init__(self, names: Mapping[Expr, str]) -> None:
        self._names = names

    def print(self, node: Expr) -> str:
        """The expression on one line."""
        return self._print(node)[0]

    @property
    def names(self) -> Mapping[Expr, str]:
        """What has a name already."""
        return self._names

    def signed(self, term: Expr) -> tuple[str, str]:
        """Sign and text of a term of a sum."""
        text = self._inside(term, PRODUCT)
        return ("-", text[1:]) if text.startswith("-") else ("+", text)

    def _inside(self, node: Expr, level: int) -> str:
        text, own = self._print(node)
        return f"({text})" if own < level else text

    def _print(self, node: Expr) -> tuple[str, int]:
        if node in self._names:
            return self._names[node], ATOM
        match node:
            case Integer() | Rational() | sympy.Float():
                return _number(node)
            case Add():
                return self._sum(node), SUM
            case Mul():
                return self._product(node)
            case Pow():
                return self._power(node)
            case SiteSum():
                return f"LATTICE.sum({self.print(node.density)})", ATOM
            case Moment():
                power = f", {node.power}" if node.power != 1 else ""
                return f'mean("{node.observable}"{power})', ATOM
        if node is sympy.pi:
            return "jnp.pi", ATOM
        if node is sympy.E:
            return "jnp.e", ATOM
        if type(node) in FUNCTIONS:
            arguments = ", ".join(self.print(argument) for argument in node.args)
            return f"{FUNCTIONS[type(node)]}({arguments})", ATOM
        raise InternalError(f"no JAX for {type(node).__name__}: {node}")

    def _sum(self, node: Expr) -> str:
        parts = [self.signed(term) for term in ordered_terms(node)]
        # A positive term in front reads better than a leading minus.
        front = next((i for i, (sign, _) in enumerate(parts) if sign == "+"), 0)
        parts.insert(0, parts.pop(front))
        sign, text = parts[0]
        return (text if sign == "+" else f"-{text}") + "".join(f" {s} {t}" for s, t in parts[1:])

    def factors(self, node: Mul) -> list[tuple[str, Expr]]:
        """Operator and factor of each factor, without the sign of the whole."""
        _, above, below = _split_product(node)
        return [("*", factor) for factor in above or [Integer(1)]] + [("/", factor) for factor in below]

    def _product(self, node: Expr) -> tuple[str, int]:
        sign, above, below = _split_product(node)
        numerator = " * ".join(self._inside(factor, PRODUCT + 1) for factor in above) or "1"
        text = sign + numerator + "".join(f" / {self._inside(factor, PRODUCT + 1)}" for factor in below)
        if sign and not below and len(above) == 1:
            return text, UNARY
        return text, PRODUCT

    def _power(self, node: Expr) -> tuple[str, int]:
        base, exponent = node.base, node.exp
        if exponent == Rational(1, 2):
            return f"jnp.sqrt({self.print(base)})", ATOM
        if isinstance(exponent, Rational) and exponent.is_negative:
            return f"1 / {self._inside(Pow(base, -exponent), PRODUCT + 1)}", PRODUCT
        if isinstance(exponent, Integer):
            text = self._inside(base, ATOM)
            return (f"{text}**{exponent}" if text.isidentifier() else f"{text} ** {exponent}"), POWER
        return f"{self._inside(base, ATOM)} ** {self._inside(exponent, ATOM)}", POWER


def _split_product(node: Mul) -> tuple[str, list[Expr], list[Expr]]:
    """Sign, factors above and factors below the line."""
    above: list[Expr] = []
    below: list[Expr] = []
    sign = ""
    for factor in sorted(_factors(node), key=_factor_order):
        if isinstance(factor, Pow) and isinstance(factor.exp, Rational) and factor.exp.is_negative:
            below.append(Pow(factor.base, -factor.exp))
            continue
        if factor.is_Rational and factor.is_negative:
            sign, factor = "-", -factor
        if isinstance(factor, Rational) and not _is_decimal(factor):
            below.append(Integer(factor.q))
            factor = Integer(factor.p)
        above += [factor] if factor != 1 else []
    return sign, above, below


def _factors(node: Mul) -> list[Expr]:
    """Factors of a product, also of the products in it."""
    factors: list[Expr] = []
    for factor in node.args:
        factors += _factors(factor) if isinstance(factor, Mul) else [factor]
    return factors


def _factor_order(factor: Expr) -> tuple[bool, bool, object]:
    return (not factor.is_number, not factor.is_Symbol, default_sort_key(factor))


def _is_decimal(number: Expr) -> bool:
    if number.q == 1 or max(abs(number.p), number.q) >= LARGEST_INTEGER:
        return True
    rest = number.q
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    longest = LONGEST_UNIT_FRACTION if abs(number.p) == 1 else LONGEST_DECIMAL
    return rest == 1 and len(repr(abs(float(number)))) <= longest


def _number(node: Expr) -> tuple[str, int]:
    if isinstance(node, Rational) and not _is_decimal(node):
        return f"{node.p} / {node.q}", PRODUCT
    exact = isinstance(node, Integer) and abs(node.p) < LARGEST_INTEGER
    text = str(node.p) if exact else repr(float(node))
    return text, UNARY if text.startswith("-") else ATOM
