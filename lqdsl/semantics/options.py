"""Options of the blocks: a table says what may be written, one function checks it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NoReturn

from lqdsl.diagnostics import Label, Sink, Span, suggest
from lqdsl.ir.theory import Choice, Option, Parameter
from lqdsl.semantics.constants import evaluate
from lqdsl.semantics.errors import collecting, fail
from lqdsl.semantics.loops import family_name
from lqdsl.syntax import ast

TRUE, FALSE = ("true", "yes", "on"), ("false", "no", "off")


@dataclass(frozen=True)
class Spec:
    """What an option takes: `kind` is int, real, bool, word, name, ints, extents (an int or a list of them), names (of loops, one
    or a list), text, choice, choices (one, or a list of them in their order) or several (a list of at least `low` of these)."""

    kind: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    odd: bool = False
    words: tuple[str, ...] = ()
    choices: Mapping[str, "Table"] = field(default_factory=dict)


Table = Mapping[str, Spec]
"""Option names in positional order."""


def whole(low: float = 0, high: float = math.inf, *, odd: bool = False) -> Spec:
    """An int in [low, high]."""
    return Spec("int", low, high, odd=odd)


def number(low: float = -math.inf, high: float = math.inf, *, open_low: bool = False, open_high: bool = False) -> Spec:
    """A real in [low, high], without `low` itself if `open_low`, without `high` if `open_high`."""
    return Spec("real", low, high, open_low=open_low, open_high=open_high)


def word(*words: str) -> Spec:
    """One of a few words."""
    return Spec("word", words=words)


def choice(**choices: Table) -> Spec:
    """A name with options of its own, `cnn(hidden = [8, 8])`."""
    return Spec("choice", choices=choices)


def choices(**choices: Table) -> Spec:
    """One or a list of such names, `[ncp(3), spline(8)]`."""
    return Spec("choices", choices=choices)


def several(fewest: int, choices: Mapping[str, Table]) -> Spec:
    """A list of what `choices` takes; the table of a choice may hold itself in this way."""
    return Spec("several", fewest, choices=choices)


@dataclass(frozen=True)
class Checker:
    """Checks options against tables; `what` names the block in messages."""

    parameters: dict[str, Parameter]
    unfit: Mapping[str, str] = field(default_factory=dict)
    """Names that belong to other fields, and what they are."""
    words: Mapping[str, str] = field(default_factory=dict)
    """These, and what the names are that belong to this field, for places where they do not stand."""

    def block(
        self, name: str, options: tuple[ast.Option, ...], table: Table, span: Span, what: str, sink: Sink
    ) -> Choice:
        """All options of a block. Errors E0701 to E0704 go to `sink`."""
        checked: dict[str, Option] = {}
        for option in options:
            with collecting(sink):
                key = option.name.name
                if key in checked:
                    first = Label(checked[key].span, "first given here")
                    fail("E0704", f"`{key}` is given twice", option.name.span, labels=(first,))
                self._known(key, table, option.name.span, what)
                checked[key] = Option(key, self.value(table[key], option.value, key), option.span)
        return Choice(name, tuple(checked.values()), span)

    def _known(self, key: str, table: Table, span: Span, what: str) -> None:
        if key in table:
            return
        if key in self.unfit:
            fail("E0705", f"`{key}` {self.unfit[key]}", span, notes=("options are " + ", ".join(table),))
        close = suggest(key, tuple(table))
        listing = "options are " + ", ".join(table) if table else f"{what} takes no options"
        fail(
            "E0701",
            f"{what} has no option `{key}`",
            span,
            notes=(listing,),
            helps=(f"did you mean `{close}`?",) if close else (),
        )

    def value(self, spec: Spec, node: ast.Expr, key: str):  # type: ignore[no-untyped-def]
        """One checked value. Errors E0702, E0703."""
        match spec.kind:
            case "int" | "real":
                return self._number(spec, node, key)
            case "ints":
                if not isinstance(node, ast.ListExpr):
                    fail("E0702", f"`{key}` takes a list, for example [8, 8]", node.span)
                if not node.items:
                    fail("E0702", f"`{key}` takes at least one number", node.span)
                return tuple(int(self._number(Spec("int", spec.low, spec.high), item, key)) for item in node.items)
            case "extents":
                if not isinstance(node, ast.ListExpr):
                    return self._number(Spec("int", spec.low, spec.high, odd=spec.odd), node, key)
                return tuple(
                    self._number(Spec("int", spec.low, spec.high, odd=spec.odd), item, key) for item in node.items
                )
            case "bool":
                name = node.name if isinstance(node, ast.Name) else ""
                if name not in TRUE + FALSE:
                    fail("E0702", f"`{key}` is true or false", node.span)
                return name in TRUE
            case "word":
                name = node.name if isinstance(node, ast.Name) else ""
                if name not in spec.words:
                    self._unknown(name, spec.words, key, node.span, "E0702")
                return name
            case "names":
                items = node.items if isinstance(node, ast.ListExpr) else (node,)
                names = tuple(family_name(item, self.parameters) for item in items)
                if not names or None in names:
                    fail("E0702", f"`{key}` takes names of loops, for example [P, R]", node.span)
                return names
            case "choices":
                return self._composed(spec, node, key)
            case "several":
                if not isinstance(node, ast.ListExpr) or len(node.items) < spec.low:
                    _fail_several(spec, node, key)
                return tuple(self._composed(spec, item, key, inside=True) for item in node.items)
            case "name":
                if not isinstance(node, ast.Name):
                    fail("E0702", f"`{key}` takes a name", node.span)
                return node.name
            case "text":
                if not isinstance(node, ast.String):
                    fail("E0702", f"`{key}` takes a quoted text", node.span)
                return node.text
        return self._choice(spec, node, key)

    def _number(self, spec: Spec, node: ast.Expr, key: str) -> int | float:
        value = evaluate(node, self.parameters)
        if not math.isfinite(value):
            fail("E0702", f"`{key}` must be finite", node.span)
        if spec.kind == "int" and value != int(value):
            fail("E0702", f"`{key}` is a whole number, got {float(value):g}", node.span)
        too_low = value <= spec.low if spec.open_low else value < spec.low
        too_high = value >= spec.high if spec.open_high else value > spec.high
        if too_low or too_high:
            bound = f"{'more than' if spec.open_low else 'at least'} {spec.low:g}"
            if too_high:
                bound = f"{'less than' if spec.open_high else 'at most'} {spec.high:g}"
            fail("E0702", f"`{key}` must be {bound}, got {float(value):g}", node.span)
        if spec.odd and int(value) % 2 == 0:
            fail("E0702", f"`{key}` must be odd, got {value}", node.span)
        return int(value) if spec.kind == "int" else float(value)

    def _composed(self, spec: Spec, node: ast.Expr, key: str, inside: bool = False) -> Choice | tuple[Choice, ...]:
        """A choice, or several of them in their order: lists in a list are written out, and one alone is itself."""
        if not isinstance(node, ast.ListExpr):
            return self._choice(spec, node, key)
        if not node.items:
            who = f"a list in `{key}`" if inside else f"`{key}`"
            fail("E0702", f"{who} takes at least one of {', '.join(spec.choices)}", node.span)
        parts = [self._composed(spec, item, key, inside=True) for item in node.items]
        flat = tuple(item for part in parts for item in (part if isinstance(part, tuple) else (part,)))
        return flat[0] if len(flat) == 1 else flat

    def _choice(self, spec: Spec, node: ast.Expr, key: str) -> Choice:
        arguments: tuple[ast.Argument, ...] = ()
        name = node
        if isinstance(node, ast.Call):
            name, arguments = node.function, node.arguments
        if not isinstance(name, ast.Name):
            fail("E0702", f"`{key}` takes one of {', '.join(spec.choices)}", node.span)
        if name.name not in spec.choices:
            self._unknown(name.name, tuple(spec.choices), key, name.span, "E0703")
        table = spec.choices[name.name]
        options: dict[str, Option] = {}
        positional = iter(table)
        for argument in arguments:
            option = argument.name.name if argument.name else next(positional, "")
            if not option:
                fail("E0702", f"`{name.name}` takes at most {len(table)} argument(s)", argument.span)
            if option in options:
                fail("E0704", f"`{option}` is given twice", argument.span)
            self._known(option, table, argument.name.span if argument.name else argument.span, f"`{name.name}`")
            shown = name.name if table[option].kind == "several" else option  # messages name the choice
            options[option] = Option(option, self.value(table[option], argument.value, shown), argument.span)
        for option, own in table.items():
            if own.kind == "several" and option not in options:
                _fail_several(own, node, name.name)
        return Choice(name.name, tuple(options.values()), node.span)

    def _unknown(self, name: str, known: tuple[str, ...], key: str, span: Span, code: str) -> None:
        if name in self.words:
            fail("E0705", f"`{name}` {self.words[name]}", span, helps=("available here are " + ", ".join(known),))
        close = suggest(name, known)
        shown = f"unknown `{name}` for `{key}`" if name else f"`{key}` takes a word"
        fail(
            code,
            shown,
            span,
            notes=("known are " + ", ".join(known),),
            helps=(f"did you mean `{close}`?",) if close else (),
        )


def _fail_several(spec: Spec, node: ast.Expr, key: str) -> NoReturn:
    """Error E0702 for what is no list, or too short a one."""
    first, second = islice(spec.choices, 2)
    help_ = f"write one list, for example `{key}([{first}, {second}])`"
    if isinstance(node, ast.ListExpr) and len(node.items) == 1:
        help_ = f"leave out `{key}`: of one alone it is the same"
    message = f"`{key}` takes a list of at least {spec.low:g} of {', '.join(spec.choices)}"
    fail("E0702", message, node.span, helps=(help_,))
