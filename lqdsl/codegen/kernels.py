"""Kernels of a flow as constructor calls of the runtime."""

from lqdsl.codegen.calls import CIRCLE, call, listed, literal, wrapped
from lqdsl.ir.theory import Choice

_MIX = "mix"


def written(chosen: object, classes: dict[str, str], indent: int, before: int = 0) -> str:
    """A kernel, or several that are applied one after the other; on several lines where one is too long for it."""
    if isinstance(chosen, tuple):
        return _of_several("rt.Chain", chosen, classes, indent, before)
    assert isinstance(chosen, Choice)
    name, options = classes[chosen.name], {option.name: option.value for option in chosen.options}
    if chosen.name == _MIX:
        (kernels,) = options.values()
        return _of_several(name, kernels, classes, indent, before)
    return call(name, {key: _option(key, value, indent + 4) for key, value in options.items()}, indent, before)


def _of_several(name: str, kernels: object, classes: dict[str, str], indent: int, before: int) -> str:
    """`name((first, second))`."""
    assert isinstance(kernels, tuple)
    texts = tuple(written(item, classes, indent + 8) for item in kernels)
    return wrapped(name, listed(texts, indent + 4, -len(",")), indent, before)


def _option(name: str, value: object, indent: int) -> str:
    """An option of a kernel, which may be a kernel of the circle or several of them."""
    if isinstance(value, Choice) or (isinstance(value, tuple) and all(isinstance(item, Choice) for item in value)):
        return written(value, CIRCLE, indent, len(f"{name}="))
    return literal(value)
