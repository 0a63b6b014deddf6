"""Couplings of pairs of spins, for theories that ask for updates of clusters."""

from dataclasses import dataclass, field

from sympy import Add, Expr, Mul, Symbol

from lqdsl.codegen.calls import call, call_of, listed, literal, mapping
from lqdsl.codegen.context import SIGNATURE, Context
from lqdsl.codegen.function import Body, like
from lqdsl.codegen.layout import ROOM, lay_out_call, tidy
from lqdsl.codegen.names import Glossary, offset_suffix
from lqdsl.codegen.views import FunctionView
from lqdsl.ir.bonds import Bonds, RowPairs, RowWeights, SitePairs, SiteWeights, StarPairs, SumPairs, Weights
from lqdsl.ir.compiled import Pairs
from lqdsl.ir.nodes import Local
from lqdsl.ir.rows import RowIndex

_SIGNATURE = SIGNATURE + ") -> tuple[jax.Array | float, ...]"


def functions(context: Context) -> list[FunctionView]:
    """One for each field."""
    return [
        FunctionView(
            f"pairs_{python}",
            _SIGNATURE,
            f"pairs_{python}",
            context.comments,
            _doc(name, known),
            _lines(known, context),
        )
        for name, python, known in _rows(context)
    ]


def tables(context: Context) -> dict[str, str]:
    """Entries of the model."""
    rows = {python: _constructor(python, known, context.glossary) for _, python, known in _rows(context)}
    if not any(known.bonds for _, _, known in _rows(context)):
        return (
            {"pairs": "{" + ", ".join(f"{literal(python)}: {text}" for python, text in rows.items()) + "}"}
            if rows
            else {}
        )
    return {"pairs": mapping(rows, 4, len("pairs="))}


def _rows(context: Context) -> list[tuple[str, str, Pairs]]:
    asked = any(sampler.options.name == "wolff" for sampler in context.theory.samplers)
    return (
        [(name, context.glossary.fields[name], known) for name, known in context.compiled.pairs.items()]
        if asked
        else []
    )


def _constructor(python: str, known: Pairs, glossary: Glossary) -> str:
    offsets = literal(tuple(offset for offset, _ in known.couplings))
    if not known.bonds:
        return f"rt.Pairs({offsets}, pairs_{python})"
    bonds = listed(tuple(_by_table(known, glossary)), 12, len("bonds="))
    return call("rt.Pairs", {"offsets": offsets, "strengths": f"pairs_{python}", "bonds": bonds}, 8, len(python) + 4)


def _by_table(known: Pairs, glossary: Glossary) -> dict[str, list[Bonds]]:
    """Bonds by the text of their table: those between the same sites add up."""
    found: dict[str, list[Bonds]] = {}
    for bonds in known.bonds:
        found.setdefault(_table(bonds, glossary), []).append(bonds)
    return found


def _table(bonds: Bonds, glossary: Glossary) -> str:
    """The numbers of the two sites of each bond."""
    match bonds:
        case SitePairs():
            return call_of("rt.site_pairs", ["LATTICE", *map(literal, bonds.pairs)], 16)
        case RowPairs():
            return f"ROWS[{glossary.rows.index(bonds.rows)}].pairs({bonds.first}, {bonds.second})"
        case StarPairs():
            return f"rt.star(LATTICE, {literal(bonds.site)})"
    return "rt.all_pairs(LATTICE)"


def _doc(name: str, known: Pairs) -> tuple[str, ...]:
    if not known.bonds:
        return (
            f"J_o(x) with S = -sum_x sum_o J_o(x) s(x).s(x + o) + (what no reflection of one spin changes), s = {name}.",
            "Numbers, or shape [x..., ...batch], for the offsets o in `MODEL.pairs`.",
        )
    form = "sum_b J_b s(y_b).s(z_b) + (what no reflection of one spin changes)"
    if not known.couplings:
        return (
            f"J with S = -{form}, s = {name}.",
            "Numbers, or shape [bond, ...batch], for the bonds b in `MODEL.pairs`.",
        )
    return (
        f"J with S = -sum_x sum_o J_o(x) s(x).s(x + o) - {form}.",
        f"s = {name}. For the offsets o in `MODEL.pairs` numbers, or shape [x..., ...batch], then for the bonds b there",
        "numbers, or shape [bond, ...batch].",
    )


def _lines(known: Pairs, context: Context) -> tuple[str, ...]:
    body, tables = Body(context.glossary), _by_table(known, context.glossary)
    couplings = [coupling for _, coupling in known.couplings]
    weights = [weights for bonds in known.bonds for weights in _weights(bonds)]
    body.bind([*couplings, *(bonds.coupling for bonds in known.bonds), *(own.weight for own in weights)])
    arrays = _Arrays(body)
    strengths = [Add(*(arrays.strength(own) for own in bonds)) for bonds in tables.values()]
    body.share([*couplings, *strengths])
    names = [body.local(f"j{offset_suffix(offset)}") for offset, _ in known.couplings]
    names += [body.local(_name(bonds[0], number)) for number, bonds in enumerate(tables.values())]
    for name, expression in zip(names, [*couplings, *strengths], strict=True):
        body.result(expression, f"{name} = ")
    closed = f"return ({names[0]},)" if len(names) == 1 else ""
    body.lines += [closed] if closed else lay_out_call("return (", names, ")", ROOM)
    return tuple(body.lines)


def _weights(bonds: Bonds) -> tuple[Weights, ...]:
    match bonds:
        case StarPairs():
            return (bonds.weights,)
        case SumPairs():
            return (bonds.first, bonds.second)
    return ()


def _name(bonds: Bonds, number: int) -> str:
    match bonds:
        case SitePairs() if len(bonds.pairs) == 1:
            return f"j_{'_'.join(str(c) for site in bonds.pairs[0] for c in site)}"
        case SitePairs():
            return f"j_sites_{number}"
        case RowPairs():
            return f"j_{bonds.rows.names[bonds.first]}_{bonds.rows.names[bonds.second]}"
        case StarPairs():
            return f"j_star_{'_'.join(map(str, bonds.site))}"
    return "j_all"


@dataclass
class _Arrays:
    """The weights that differ from site to site, named in a body."""

    body: Body
    names: dict[Weights, str] = field(default_factory=dict)

    def strength(self, bonds: Bonds) -> Expr:
        """J of the bonds, weights and all."""
        weights = _weights(bonds)
        if not weights:
            return bonds.coupling
        plain = Mul(bonds.coupling, *(own.weight for own in weights if self._is_plain(own)))
        names = ["1" if self._is_plain(own) else self._array(own) for own in weights]
        if isinstance(bonds, StarPairs):
            return plain if names == ["1"] else plain * self._known(f"rt.flat(LATTICE, {names[0]})")
        return (
            2 * plain if names == ["1", "1"] else plain * self._known(f"rt.pair_products(LATTICE, {', '.join(names)})")
        )

    def _is_plain(self, weights: Weights) -> bool:
        """Whether the weight is the same at all sites."""
        if isinstance(weights, SiteWeights):
            return not weights.weight.has(Local)
        return self._is_everywhere(weights) and not weights.weight.has(RowIndex)

    def _is_everywhere(self, weights: RowWeights) -> bool:
        return len(weights.rows.names) == 1 and len(weights.rows) == self.body.glossary.theory.lattice.volume

    def _array(self, weights: Weights) -> str:
        """A name for weights [x..., ...batch]."""
        if weights not in self.names:
            text = self.body.printer.print(tidy(weights.weight))
            if isinstance(weights, RowWeights) and not self._is_everywhere(weights):
                parts = (text if slot == weights.slot else "None" for slot in range(weights.slot + 1))
                table = f"ROWS[{self.body.glossary.rows.index(weights.rows)}]"
                text = f"{table}.collect({like(self.body.glossary)}, {', '.join(parts)})"
            if text.isidentifier():
                self.names[weights] = text
            else:
                self.names[weights] = self.body.local(f"weight_{len(self.names)}")
                self.body.lines.append(f"{self.names[weights]} = {text}")
        return self.names[weights]

    def _known(self, text: str) -> Symbol:
        symbol = Symbol(text)
        self.body.define({symbol: text})
        return symbol
