"""Options that several commands share."""

import math
import re
from collections.abc import Callable
from typing import Any

import click

Value = float | tuple[float, ...]
_NAME = re.compile(r"[^\W\d]\w*")
_INTEGER = re.compile(r"[+-]?\d{1,18}")


class Setting(click.ParamType):
    """`name=value`, the value a number or a list of numbers."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Value]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        name, text = name.strip(), text.strip()
        if not equals or not _NAME.fullmatch(name):
            self.fail(f"{value!r} must be name=value, for example beta=5.5 or kappa=[1,0.5]", param, ctx)
        if text.startswith("[") and text.endswith("]"):
            items = [item.strip() for item in text[1:-1].split(",")]
            return name, tuple(self._number(item, name, param, ctx) for item in items)
        return name, self._number(text, name, param, ctx)

    def _number(self, text: str, name: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if _INTEGER.fullmatch(text):
            return int(text)
        try:
            number = float(text)
        except ValueError:
            self.fail(f"{text!r} is not a number (in --set {name}=...)", param, ctx)
        if not math.isfinite(number):
            self.fail(f"{name} must be finite", param, ctx)
        return number


def _settings(ctx: click.Context, param: click.Parameter, values: tuple[tuple[str, Value], ...]) -> dict[str, Value]:
    names = [name for name, _ in values]
    for name in names:
        if names.count(name) > 1:
            raise click.BadParameter(f"{name} is set twice", ctx, param)
    return dict(values)


settings = click.option(
    "--set",
    "overrides",
    type=Setting(),
    multiple=True,
    callback=_settings,
    metavar="NAME=VALUE",
    help="Replace the value of a parameter (repeatable; lists as kappa=[1,0.5]).",
)
dtype = click.option(
    "--dtype",
    type=click.Choice(["float32", "float64"]),
    default="float32",
    show_default=True,
    help="Precision of fields.",
)
output_format = click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the result.",
)


def theory_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--set, --dtype and --output-format."""
    return settings(dtype(output_format(command)))
