"""Errors of the runtime that a user can act upon; each message says what was expected and what came."""


class RuntimeInputError(ValueError):
    """An option, a file or an array that does not fit."""


class NotFiniteError(RuntimeInputError):
    """Numbers that were measured are NaN or infinite, so that they have no mean."""


class AbiError(RuntimeError):
    """A generated module that was written for another runtime."""


class NumericalError(ArithmeticError):
    """NaN or divergence: where it happened and what to try."""
