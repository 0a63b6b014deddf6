"""Differences of points of a periodic box, by minimum image."""

from sympy import Add, Expr, Function, S, ceiling
from sympy.core.function import ArgumentIndexError


class MinimumImage(Function):
    """The number in [-length/2, length/2] that differs from `displacement` by a whole multiple of `length`.

    Odd, and periodic in `displacement`: both are applied when it is made, so that equal ones look equal. Its derivative is
    1, but for the jump at half the length.
    """

    nargs = 2
    is_real = True
    is_extended_real = True
    is_complex = True
    is_finite = True
    is_commutative = True

    @classmethod
    def eval(cls, displacement: Expr, length: Expr) -> Expr | None:
        terms = Add.make_args(displacement)
        constant = Add(*(term for term in terms if term.is_number))
        rest = Add(*(term for term in terms if not term.is_number))
        short = constant - length * ceiling(constant / length - S.Half)
        if rest == 0:
            return short
        if rest.could_extract_minus_sign():
            return -cls(-rest - short, length)
        return None if short == constant else cls(rest + short, length)

    @property
    def displacement(self) -> Expr:
        return self.args[0]

    @property
    def length(self) -> Expr:
        return self.args[1]

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return S.One
