"""Sums, products, quotients and powers of numbers, whether these are exact, floating-point or symbolic."""

from collections.abc import Callable
from typing import Any, TypeVar

from lqdsl.semantics.errors import fail
from lqdsl.syntax import ast
from lqdsl.syntax.walk import left_spine

Number = TypeVar("Number", bound=Any)
Operation = Callable[[ast.Binary, Number, Number], Number]


def arithmetic(
    node: ast.Binary, value_of: Callable[[ast.Expr], Number], *, quotient: Operation[Number], power: Operation[Number]
) -> Number:
    """Value of an expression of any length, without recursion along it.

    `quotient` and `power` also get the step `... op right` that asks for them. Error E0803.
    """
    first, steps = left_spine(node)
    value = value_of(first)
    for step in steps:
        right = value_of(step.right)
        try:
            match step.op:
                case "+":
                    value = value + right
                case "-":
                    value = value - right
                case "*":
                    value = value * right
                case "/":
                    value = quotient(step, value, right)
                case _:
                    value = power(step, value, right)
        except ZeroDivisionError:
            fail("E0803", "division by zero", step.span)
        except OverflowError:
            fail("E0803", "the number is too large", step.span)
    return value
