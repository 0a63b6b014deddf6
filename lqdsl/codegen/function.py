"""Bodies of generated functions: fields unpacked, shifts formed once, results named."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from sympy import Add, Expr, Function, Pow, Symbol, count_ops
from sympy.core.sorting import default_sort_key

from lqdsl.codegen.arrange import offset_order
from lqdsl.codegen.gathered import RowNames
from lqdsl.codegen.layout import INDENT, ROOM, lay_out, tidy
from lqdsl.codegen.links import Links
from lqdsl.codegen.names import Glossary, offset_suffix
from lqdsl.codegen.printer import Printer
from lqdsl.codegen.sharing import shared
from lqdsl.ir.images import MinimumImage
from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import DataEntry, DataShifted, Loop, Pinned, Shifted, SiteSum, TableEntry, TopologicalCharge, Trace
from lqdsl.ir.printing import notation
from lqdsl.ir.rows import Rowed, RowSum
from lqdsl.ir.words import Word

LONGEST_INSIDE = 88
"""Columns of a sum that stands within a power or a function; longer ones have a line of their own."""


@dataclass
class Body:
    """Lines of one function that reads `fields` and `parameters`."""

    glossary: Glossary
    lines: list[str] = field(default_factory=list)
    here: str | None = None
    """The field whose value at x comes from the argument `here`."""
    _atoms: dict[Expr, str] = field(default_factory=dict)
    _bases: dict[tuple[str, int], str] = field(default_factory=dict)
    _inner: int = 0
    """How many sums inside of powers and functions have a name."""

    def __post_init__(self) -> None:
        self._names = self.glossary.names.copy()
        self.links = Links(self.glossary, self.lines, self.local)

    @property
    def printer(self) -> Printer:
        return Printer(self._atoms)

    def bind(self, expressions: Iterable[Expr], words: Iterable[Word] = ()) -> None:
        """Name every field, shift, loop and parameter that the expressions use, and the links of more `words`."""
        listed, words = list(expressions), list(words)
        atoms = {atom for expression in listed for atom in expression.atoms(Shifted)}
        traces = {atom for expression in listed for atom in expression.atoms(Trace)}
        pins = {atom for expression in listed for atom in expression.atoms(Pinned)}
        rowed = {atom for expression in listed for atom in expression.atoms(Rowed)}
        self._bind_fields(atoms, pins, rowed)
        self._bind_parameters(listed)
        self._bind_data(listed)
        gathered = RowNames(self.glossary, self.lines, self.local, self._bases, self._atoms)
        gathered.bind(listed, words, rowed, like(self.glossary))
        self._bind_shifts(atoms)
        self.links.bind(traces, words, gathered.tables)
        self._atoms.update(self.links.loops(traces))
        charges = {atom for expression in listed for atom in expression.atoms(TopologicalCharge)}
        self._atoms.update(self.links.charges(charges))
        self._bind_images({node for expression in listed for node in expression.atoms(MinimumImage)})

    def result(self, expression: Expr, start: str, end: str = "") -> None:
        """`start` expression `end` on one line, or a term a line in brackets."""
        self.lines += lay_out(tidy(expression), start, end, self.printer)

    def sum_of(self, parts: list[str], start: str) -> None:
        """A sum of ready calls on one line, the arguments of the last of at most two on a line of their own, or a call a
        line in brackets."""
        line = start + " + ".join(parts)
        name, bracket, arguments = parts[-1].removesuffix(")").partition("(")
        head = start + " + ".join([*parts[:-1], name + bracket])
        is_call = parts[-1].endswith(")") and _is_closed(arguments)
        if len(line) > ROOM and len(parts) <= 2 and is_call and max(len(head), len(INDENT + arguments)) <= ROOM:
            self.lines += [head, INDENT + arguments, ")"]
            return
        inner = [f"{INDENT}{'+ ' if number else ''}{part}" for number, part in enumerate(parts)]
        self.lines += [line] if len(line) <= ROOM else [f"{start}(", *inner, ")"]

    def define(self, texts: dict[Expr, str]) -> None:
        """Python text that stands for whole expressions."""
        self._atoms.update(texts)

    def broadcast(self, expression: Expr, start: str, like: str) -> None:
        """A result per site; one that is the same at every site is spread over the array `like`."""
        if any(not node.has(SiteSum) for node in _outside_sums(expression)):
            self.result(expression, start)
        else:
            self.result(expression, f"{start}jnp.broadcast_to(", f", {like}.shape)")

    def _bind_fields(self, atoms: set[Shifted], pins: set[Pinned], rowed: set[Rowed]) -> None:
        for declared in self.glossary.theory.fields:
            used = sorted({atom.component for atom in (*atoms, *pins, *rowed) if atom.field == declared.name})
            if not used:
                continue
            python, kind = self.glossary.fields[declared.name], declared.kind
            named = {pin.component for pin in (*pins, *rowed) if pin.field == declared.name}
            far = [c for c in used if c in named or self._needs_array(atoms, declared.name, c)]
            if kind.has_component_axis:
                parts = {c: self.local(f"{python}_{kind.suffixes[c]}") for c in used}
                for c in far:
                    self.lines.append(f"{parts[c]} = fields.{python}[{c}]")
            else:
                parts = {0: self.local(python)}
                self.lines += [f"{parts[0]} = fields.{python}"] if far else []
            zero = (0,) * self.glossary.theory.lattice.ndim
            for c in used:
                atom = Shifted(declared.symbol, c, zero)
                if declared.name == self.here:
                    self._atoms[atom] = f"here[{c}]" if kind.has_component_axis else "here"
                else:
                    self._atoms[atom] = parts[c]
                self._bases[declared.name, c] = parts[c]
        for pin in pins:
            self._atoms[pin] = f"{self._bases[pin.field, pin.component]}[{', '.join(map(str, pin.site))}]"

    def _needs_array(self, atoms: set[Shifted], name: str, component: int) -> bool:
        own = [atom for atom in atoms if atom.field == name and atom.component == component]
        return self.here != name or any(any(atom.offset) for atom in own)

    def _bind_parameters(self, expressions: list[Expr]) -> None:
        theory = self.glossary.theory
        symbols = {symbol for expression in expressions for symbol in expression.atoms(Symbol)}
        entries = {entry for expression in expressions for entry in expression.atoms(TableEntry)}
        for parameter in theory.run_time_parameters:
            python = self.glossary.parameters[parameter.name]
            own = sorted((e for e in entries if e.table == parameter.symbol), key=lambda e: str(e.index))
            if own or (parameter.symbol in symbols and not parameter.is_table):
                local = self.local(python)
                self.lines.append(f"{local} = parameters.{python}")
                self._atoms[parameter.symbol] = local
                self._atoms.update({entry: f"{local}[{entry.index}]" for entry in own if entry.index.is_Integer})

    def _bind_data(self, expressions: list[Expr]) -> None:
        """Numbers of files: at the running site as arrays that fit those of the fields, single ones as numbers."""
        found = {atom for expression in expressions for atom in expression.atoms(DataShifted)}
        for atom in sorted(found, key=lambda a: (a.data, a.indices, offset_order(a.offset))):
            suffix = "".join(f"_{index}" for index in atom.indices) + offset_suffix(atom.offset)
            local = self.local(atom.data + suffix)
            arguments = ", ".join(map(str, (atom.offset, like(self.glossary), *atom.indices)))
            self.lines.append(f'{local} = DATA["{atom.data}"].at({arguments})')
            self._atoms[atom] = local
        for entry in {atom for expression in expressions for atom in expression.atoms(DataEntry)}:
            if all(c.is_Integer for c in entry.coordinates):
                self._atoms[entry] = f'DATA["{entry.data}"].number({", ".join(map(str, entry.coordinates))})'

    def _bind_shifts(self, atoms: set[Shifted]) -> None:
        moved = sorted(
            (a for a in atoms if any(a.offset)), key=lambda a: (a.field, a.component, offset_order(a.offset))
        )
        for atom in moved:
            base = self._bases[atom.field, atom.component]
            local = self.local(base + offset_suffix(atom.offset))
            self.lines.append(
                f"{local} = LATTICE.shift({base}, {atom.offset})  # {notation(atom, self.glossary.theory.fields)}"
            )
            self._atoms[atom] = local

    def _bind_images(self, images: set[MinimumImage]) -> None:
        """Shortest differences of points of a box."""
        texts = sorted(((self.printer.print(image), image) for image in images), key=lambda pair: pair[0])
        for number, (text, image) in enumerate(texts):
            local = self.local(f"apart_{number}")
            self.lines.append(f"{local} = {text}")
            self._atoms[image] = local

    def local(self, wanted: str) -> str:
        """A name for a local variable."""
        return self._names.new(wanted)

    def share(self, expressions: Iterable[Expr]) -> None:
        """Name what occurs more than once in these results, before they are laid out."""
        listed = [tidy(expression) for expression in expressions]
        for number, node in enumerate(shared(listed)):
            self._name_inner_sums([node])
            local = self.local(f"shared_{number}")
            self.lines += lay_out(node, f"{local} = ", "", self.printer)
            self._atoms[node] = local
        self._name_inner_sums(listed)

    def _name_inner_sums(self, expressions: list[Expr]) -> None:
        """Lines for the long ones."""
        for node in self._inner_sums(expressions):
            if len(self.printer.print(node)) > LONGEST_INSIDE:
                local = self.local(f"base_{self._inner}")
                self.lines += lay_out(node, f"{local} = ", "", self.printer)
                self._atoms[node], self._inner = local, self._inner + 1

    def _inner_sums(self, expressions: list[Expr]) -> list[Expr]:
        """Sums that are raised to a power, or the argument of a function, inner ones first."""
        nodes = {node for e in expressions for node in e.atoms(Pow, Function) if not node.has(SiteSum, RowSum)}
        sums = {argument for node in nodes for argument in node.args if isinstance(argument, Add)} - set(self._atoms)
        bound = [own for own in sums if not own.has(Shifted) or set(own.atoms(Shifted)) <= set(self._atoms)]
        return sorted(bound, key=lambda own: (count_ops(own), default_sort_key(own)))

    def name_sums(self, sums: Iterable[SiteSum | RowSum]) -> None:
        """Sums over the lattice that several results share, each formed once."""
        for number, node in enumerate(sums):
            local = self.local(f"total_{number}")
            self.lines += lay_out(tidy(node), f"{local} = ", "", self.printer)
            self._atoms[node] = local


def _is_closed(text: str) -> bool:
    """Whether every bracket that closes in a text was opened in it."""
    depths = accumulate((letter in "([{") - (letter in ")]}") for letter in text)
    return min(depths, default=0) >= 0


def returned(glossary: Glossary, expression: Expr, here: str | None = None) -> tuple[str, ...]:
    """Lines of a function that returns one expression."""
    body = Body(glossary, here=here)
    body.bind([expression])
    body.share([expression])
    body.result(expression, "return ")
    return tuple(body.lines)


def like(glossary: Glossary) -> str:
    """An array [x..., ...batch] of the first field."""
    field = glossary.theory.fields[0]
    leading = isinstance(field.kind, Group) + field.kind.has_component_axis
    return f"fields.{glossary.fields[field.name]}" + (f"[{', '.join('0' * leading)}]" if leading else "")


def _outside_sums(expression: Expr) -> set[Expr]:
    """Fields of an expression that do not stand inside a sum over the lattice."""
    stand_ins = {node: Symbol("_sum", real=True) for node in expression.atoms(SiteSum)}
    return set(expression.xreplace(stand_ins).atoms(Shifted, Loop))
