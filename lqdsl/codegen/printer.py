"""The one table from SymPy to JAX; an unknown node is a bug of the compiler, not of the theory."""

import re
from collections.abc import Mapping

import sympy
from sympy import Add, Expr, Integer, Mul, Pow, Rational
from sympy.core.sorting import default_sort_key

from lqdsl.codegen.arrange import ordered_terms
from lqdsl.diagnostics import InternalError
from lqdsl.ir.images import MinimumImage
from lqdsl.ir.nodes import Moment, SiteSum
from lqdsl.ir.rows import RowSum

SIMPLE = re.compile(r"[A-Za-z_][\w.]*|\d+(\.\d+)?")
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
    sympy.Heaviside: "jnp.heaviside",
    MinimumImage: "rt.minimum_image",
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
        if isinstance(term, Mul) and term not in self._names and _split_product(term)[0]:
            return "-", self._without_sign(term)[0]
        text = self._inside(term, PRODUCT)
        return ("-", text[1:]) if text.startswith("-") else ("+", text)

    def leading(self, term: Expr) -> str:
        """Text of the first term of a sum, with its sign."""
        return self._inside(term, PRODUCT)

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
                total = f"LATTICE.sum({self.print(node.density)})"
                return f"rt.whole_turns({total})" if node.is_whole_turns else total, ATOM
            case RowSum():
                return f"jnp.sum({self.print(node.body)}, axis=0)", ATOM
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
        first, *others = front_first(node, self)
        return self.leading(first) + "".join(f" {sign} {text}" for sign, text in map(self.signed, others))

    def factors(self, node: Mul) -> list[tuple[str, Expr]]:
        """Operator and factor of each factor, without the sign of the whole."""
        _, above, below = _split_product(node)
        return [("*", factor) for factor in above or [Integer(1)]] + [("/", factor) for factor in below]

    def _product(self, node: Expr) -> tuple[str, int]:
        sign, above, below = _split_product(node)
        text, first = self._without_sign(node)
        if sign and first == POWER:  # -(x**2): Python's minus binds less than its power
            power = self._inside(above[0], PRODUCT + 1)
            text = f"({power}){text[len(power) :]}"
        single = sign and not below and len(above) == 1
        return sign + text, UNARY if single else PRODUCT

    def _without_sign(self, node: Mul) -> tuple[str, int]:
        """Text of a product but for its sign, and how tightly its first factor binds."""
        _, above, below = _split_product(node)
        numerator = " * ".join(self._inside(factor, PRODUCT + 1) for factor in above) or "1"
        text = numerator + "".join(f" / {self._inside(factor, PRODUCT + 1)}" for factor in below)
        return text, self._print(above[0])[1] if above else ATOM

    def _power(self, node: Expr) -> tuple[str, int]:
        base, exponent = node.base, node.exp
        if exponent == Rational(1, 2):
            return f"jnp.sqrt({self.print(base)})", ATOM
        if isinstance(exponent, Rational) and exponent.is_negative:
            return f"1 / {self._inside(Pow(base, -exponent), PRODUCT + 1)}", PRODUCT
        if isinstance(exponent, Integer):
            return _raised(self._inside(base, ATOM), str(exponent)), POWER
        return _raised(self._inside(base, ATOM), self._inside(exponent, ATOM)), POWER


def _raised(base: str, exponent: str) -> str:
    """A power, without blanks where both are simple, as the formatter has it."""
    simple = SIMPLE.fullmatch(base) and SIMPLE.fullmatch(exponent)
    return f"{base}**{exponent}" if simple else f"{base} ** {exponent}"


def front_first(expression: Expr, printer: Printer) -> list[Expr]:
    """Terms in order, a positive one in front if there is any: that reads better than a leading minus."""
    terms = ordered_terms(expression)
    front = next((i for i, term in enumerate(terms) if printer.signed(term)[0] == "+"), 0)
    return [terms[front], *terms[:front], *terms[front + 1 :]]


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
