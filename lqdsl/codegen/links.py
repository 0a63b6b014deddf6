"""Links in generated functions: elements shifted and multiplied once, traces of loops as named numbers per site."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sympy import Expr, Tuple

from lqdsl.codegen.gathered import unpacked
from lqdsl.codegen.names import Glossary, offset_suffix
from lqdsl.codegen.products import (
    HERE,
    Chain,
    Factor,
    Plan,
    factor_of,
    link_symbol,
    low_corner,
    negative,
    plan,
)
from lqdsl.ir.compiled import Staple
from lqdsl.ir.kinds import Group
from lqdsl.ir.nodes import SMEARINGS, TopologicalCharge, Trace
from lqdsl.ir.printing import place
from lqdsl.ir.rows import RowIndex, Rows
from lqdsl.ir.theory import Field
from lqdsl.ir.words import AT_SITE, Link, Offset, Word, canonical, moved

_CLASSES = {"stout": "Stout", "wilson_flow": "WilsonFlow"}
_PARTS = {"re": "re_tr", "im": "im_tr", "arg": "arg"}


@dataclass
class Links:
    """Elements and products of links that one function uses; lines are added as they are asked for."""

    glossary: Glossary
    lines: list[str]
    local: Callable[[str], str]
    _plan: Plan = field(default_factory=Plan)
    _names: dict[tuple[str, Offset], str] = field(default_factory=dict)
    """Symbol at an offset to its local variable."""

    def bind(self, traces: Iterable[Trace], words: Iterable[Word], tables: Mapping[Rows, str]) -> None:
        """Unpack the links, shift them, and form what these traces and words share; `tables` are the variables of rows."""
        bases = dict.fromkeys(sorted((at_origin(trace.word)[0] for trace in traces), key=_order))
        bases |= dict.fromkeys(at_origin(word)[0] for word in words if word)
        if not bases:
            return
        self._plan = plan(bases)
        self._unpack({(link.field, AT_SITE if link.is_named else link.axis) for word in bases for link in word})
        self._take({link._replace(sign=1) for word in bases for link in word if link.is_named}, tables)
        for symbol, chain in self._plan.pairs.items():
            text = self._product(chain)
            name = self.local(f"product_{symbol[1:]}")
            self.lines.append(f"{name} = {text}")
            self._names[symbol, (0,) * len(chain[0].offset)] = name

    def word(self, word: Word, staple: Staple) -> tuple[str, Offset]:
        """Text of the product of a word of a staple at the origin, and the offset at which it stands; 1 for none."""
        if not word:
            own = self._factor(factor_of(staple.here)) if staple.here else self._any(staple.field)
            return f"{own}.one()", self._origin
        base, corner = at_origin(word)
        return self._product(self._plan.chains[base]), corner

    def base(self, field: Field) -> str:
        """The matrices of a field at all sites."""
        return self._names[field.name, self._origin]

    def _any(self, field: str) -> str:
        """Some link of a field."""
        python = self.glossary.fields[field]
        known = (name for (symbol, _), name in self._names.items() if symbol.split("[")[0] == field)
        return next(known, f"KINDS.{python}.links(fields.{python})[0]")

    def loops(self, loops: Iterable[Trace]) -> dict[Expr, str]:
        """Text of the parts of traces: each trace is formed at the origin, and shifted as a number."""
        texts: dict[Expr, str] = {}
        by_word: dict[Word, list[Trace]] = {}
        for loop in sorted(loops, key=lambda loop: (len(loop.word), _order(loop.word), loop.part)):
            by_word.setdefault(at_origin(loop.word)[0], []).append(loop)
        for number, (word, members) in enumerate(by_word.items()):
            name = self._element(word, members[0].group, number)
            for part in dict.fromkeys(loop.part for loop in members):
                texts |= self._parts(name, part, [loop for loop in members if loop.part == part])
        return texts

    def charges(self, charges: Iterable[TopologicalCharge]) -> dict[Expr, str]:
        """Local variables of the charges."""
        texts: dict[Expr, str] = {}
        for charge in sorted(charges, key=str):
            python = self.glossary.fields[charge.field]
            text = f"rt.topological_charge(LATTICE, KINDS.{python}.links(fields.{python})"
            if charge.smearing:
                pairs = zip(SMEARINGS[charge.smearing], charge.settings, strict=True)
                numbers = (f"{k}={int(v) if k == 'steps' else float(v)!r}" for k, v in pairs)
                text += f", smearing=rt.{_CLASSES[charge.smearing]}({', '.join(numbers)})"
            texts[charge] = self.local("charge")
            self.lines.append(f"{texts[charge]} = {text})")
        return texts

    def _parts(self, name: str, part: str, members: list[Trace]) -> dict[Expr, str]:
        text = f"{name}.{_PARTS[part]}()"
        corners = {loop: at_origin(loop.word)[1] for loop in members}
        if not any(map(any, corners.values())):
            return {loop: text for loop in members}
        number = self.local(f"{part}_{name}")
        self.lines.append(f"{number} = {text}")
        texts: dict[Expr, str] = {}
        for loop, corner in corners.items():
            texts[loop] = number
            if any(corner):
                texts[loop] = self.local(number + offset_suffix(corner))
                self.lines.append(f"{texts[loop]} = LATTICE.shift({number}, {corner})")
        return texts

    def _element(self, word: Word, group: Group, number: int) -> str:
        """The local variable of the product of a word; one link has its own."""
        chain = self._plan.chains[word]
        if len(chain) == 1 and chain[0].sign > 0:
            return self._factor(chain[0])
        name = self.local(self._declared(word, group) or f"loop_{number}")
        self.lines.append(f"{name} = {self._product(chain)}")
        return name

    def _declared(self, word: Word, group: Group) -> str:
        """The name of the declared loop that this word is, P_01; W_2_1_01 for a path of `W[2, 1]`."""
        for family in self.glossary.theory.loops:
            for axes, path in family.words:
                if family.group == group and at_origin(canonical(path, group)[0])[0] == word:
                    name = "_".join(re.findall(r"\w+", family.name.replace("-", "m")))
                    return "_".join((name, "".join(map(str, axes)))) if axes else name
        return ""

    def _product(self, chain: Chain) -> str:
        return " @ ".join(self._factor(factor) + ("" if factor.sign > 0 else ".H") for factor in chain)

    def _factor(self, factor: Factor) -> str:
        """The local variable of a symbol at an offset, made when it is first needed."""
        key = (factor.symbol, factor.offset)
        if key not in self._names:
            base = self._names[factor.symbol, (0,) * len(factor.offset)]
            self._names[key] = name = self.local(base + offset_suffix(factor.offset))
            comment = "" if factor.symbol[0] == "*" else f"  # {factor.symbol}({place(factor.offset)})"
            self.lines.append(f"{name} = LATTICE.shift({base}, {factor.offset}){comment}")
        return self._names[key]

    def _take(self, named: set[Link], tables: Mapping[Rows, str]) -> None:
        """Matrices at given sites, and those at the values that rows name: a table gives all of its slots."""
        for link in sorted(named, key=str):
            base, factor = self._names[link_symbol(link.field, link.axis), self._origin], factor_of(link)
            index = next(iter(Tuple(*link.offset).atoms(RowIndex)), None)
            if index is None:
                name = self.local("_".join((base, *map(str, link.offset))))
                self.lines.append(f"{name} = {base}.at({', '.join(map(str, link.offset))})")
                self._names[factor.symbol, ()] = name
            elif (factor.symbol, ()) not in self._names:
                slots = [RowIndex(index.rows, slot) for slot in range(len(index.rows.names))]
                places = [link._replace(offset=tuple(Tuple(*link.offset).xreplace({index: slot}))) for slot in slots]
                used = zip(slots, (place in named for place in places), strict=True)
                names = [self.local(f"{base}_{slot.name}") if is_used else "_" for slot, is_used in used]
                self.lines.append(f"{unpacked(names)} = {tables[index.rows]}.take({base})")
                self._names.update({(factor_of(p).symbol, ()): own for p, own in zip(places, names, strict=True)})

    @property
    def _origin(self) -> Offset:
        return (0,) * self.glossary.theory.lattice.ndim

    def _unpack(self, used: set[tuple[str, int]]) -> None:
        ndim, zero = self.glossary.theory.lattice.ndim, self._origin
        fields = {field.name: field for field in self.glossary.theory.fields}
        for name in sorted({name for name, _ in used}):
            axes = sorted(axis for other, axis in used if other == name)
            if name == HERE:
                self._names[HERE, zero] = HERE
                continue
            python = self.glossary.fields[name]
            source = f"KINDS.{python}.links(fields.{python})"
            locals_ = [self.local(python if axis == AT_SITE else f"{python}_{axis}") for axis in axes]
            if axes == list(fields[name].axes(ndim)):
                self.lines.append(
                    f"({locals_[0]},) = {source}" if len(axes) == 1 else f"{', '.join(locals_)} = {source}"
                )
            else:
                self.lines += [f"{own} = {source}[{axis}]" for own, axis in zip(locals_, axes, strict=True)]
            self._names.update({(link_symbol(name, axis), zero): own for axis, own in zip(axes, locals_, strict=True)})


def _order(word: Word) -> tuple[bool, Word | str]:
    """Words with offsets before those with sites."""
    named = any(link.is_named for link in word)
    return named, str(word) if named else word


def at_origin(word: Word) -> tuple[Word, Offset]:
    """The word moved so that its lowest corner is the origin, and where that corner was; `here` stays where it is, and so
    do matrices at given sites."""
    if any(link.field == HERE or link.is_named for link in word):
        return word, (0,) * len(word[0].offset)
    corner = low_corner(link.offset for link in word)
    return moved(word, negative(corner)), corner
