"""Expressions as a reader of `.lqt` files would type them; used by diagnostics and by `--emit`."""

from sympy import Expr, Integer
from sympy.printing.str import StrPrinter

from lqdsl.ir.images import MinimumImage
from lqdsl.ir.kinds import Box, Complex, Sphere, Vector
from lqdsl.ir.nodes import (
    SMEARINGS,
    Analysis,
    DataAt,
    DataEntry,
    DataShifted,
    FieldAt,
    Hat,
    Loop,
    LoopAt,
    Moment,
    NamedTrace,
    Pin,
    Pinned,
    Reduction,
    Shifted,
    SiteSum,
    TableEntry,
    TopologicalCharge,
    Trace,
)
from lqdsl.ir.rows import Rowed, RowIndex, RowSum
from lqdsl.ir.theory import Field
from lqdsl.ir.words import AT_SITE

_RETR = "retr"


class NotationPrinter(StrPrinter):
    """`phi(x + e[0])`, `re(psi(x))`, `sum[x]( ... )`, `^` for powers."""

    printmethod = "_notation"  # names of other printers stand in the nodes

    def __init__(self, fields: tuple[Field, ...]) -> None:
        super().__init__({"order": "lex"})
        self._kinds = {field.name: field.kind for field in fields}
        self._first = {field.name: field.first for field in fields}

    def _print_Pow(self, expr, rational: bool = False) -> str:  # type: ignore[no-untyped-def]
        return super()._print_Pow(expr, rational).replace("**", "^")

    def _print_Hat(self, node: Hat) -> str:
        return f"e[{node.axis}]" if node.axis.is_Integer else str(node.axis)

    def _print_FieldAt(self, node: FieldAt) -> str:
        return self._component(node.field.name, node.component, self._site(node.field.name, node.site))

    def _print_Shifted(self, node: Shifted) -> str:
        return self._component(node.field, Integer(node.component), f"({place(node.offset)})")

    def _print_Pinned(self, node: Pinned) -> str:
        return self._component(node.field, Integer(node.component), self._site(node.field, Pin(*node.site)))

    def _site(self, field: str, site: Expr) -> str:
        """`(x + mu)`, `(0, 3)`, or `[k]` for a value of an index."""
        first = self._first.get(field)
        if first is not None and isinstance(site, Pin):
            return f"[{self._print(site.args[0] + first)}]"
        return f"({', '.join(map(self._print, site.args)) if isinstance(site, Pin) else self._print(site)})"

    def _print_TopologicalCharge(self, node: TopologicalCharge) -> str:
        settings = zip(SMEARINGS.get(node.smearing, ()), map(self._print, node.settings), strict=True)
        smearing = (
            f", smearing = {node.smearing}({', '.join(f'{k} = {v}' for k, v in settings)})" if node.smearing else ""
        )
        return f"topological_charge({node.field}{smearing})"

    def _print_LoopAt(self, node: LoopAt) -> str:
        links = [(f.name, self._print(a), self._site(f.name, site), int(sign)) for f, a, site, sign in node.links]
        return _trace(node.part, node.group.abelian, links)

    def _print_Loop(self, node: Loop) -> str:
        links = [(link.field, str(link.axis), f"({place(link.offset)})", link.sign) for link in node.word]
        return _trace(node.part, node.group.abelian, links)

    def _print_NamedTrace(self, node: NamedTrace) -> str:
        links = [(f.name, str(AT_SITE), self._site(f.name, site), int(sign)) for f, site, sign in node.factors]
        return _trace(node.part, node.group.abelian, links)

    def _print_TableEntry(self, node: TableEntry) -> str:
        return f"{node.table}[{self._print(node.index)}]"

    def _print_DataAt(self, node: DataAt) -> str:
        return f"{node.data}[{', '.join(self._print(item) for item in (*node.sites, *node.indices))}]"

    def _print_DataShifted(self, node: DataShifted) -> str:
        return f"{node.data}[{', '.join((place(node.offset), *map(str, node.indices)))}]"

    def _print_DataEntry(self, node: DataEntry) -> str:
        return f"{node.data}[{', '.join(self._print(item) for item in node.coordinates)}]"

    def _print_Reduction(self, node: Reduction) -> str:
        inside = ", ".join([*(binder[0].name for binder in node.binders), *(self._print(c) for c in node.conditions)])
        return f"{node.operation}[{inside}]({self._print(node.body)})"

    def _print_RowIndex(self, node: RowIndex) -> str:
        return node.name

    def _print_Rowed(self, node: Rowed) -> str:
        return self._component(node.field, Integer(node.component), f"[{node.index.name}]")

    def _print_RowSum(self, node: RowSum) -> str:
        return f"sum[{node.rows.words}]({self._print(node.body)})"

    def _print_MinimumImage(self, node: MinimumImage) -> str:
        """`(r[p] - r[q])[0]`, or as a function where that is not what it was made of."""
        places = sorted(node.displacement.atoms(Shifted, Pinned, Rowed, FieldAt), key=self._print)
        if len(places) == 2 and places[0].args[1] == places[1].args[1]:
            for first, second in (places, reversed(places)):
                if node.displacement == first - second:
                    component = self._print(first.args[1])
                    ends = [self._print(end).removesuffix(f"[{component}]") for end in (first, second)]
                    return f"({' - '.join(ends)})[{component}]"
        return f"minimum_image({self._print(node.displacement)}, {self._print(node.length)})"

    def _print_SiteSum(self, node: SiteSum) -> str:
        return f"sum[x]({self._print(node.density)})"

    def _print_Moment(self, node: Moment) -> str:
        return f"<{node.observable}>" if node.power == 1 else f"<{node.observable}^{node.power}>"

    def _print_Analysis(self, node: Analysis) -> str:
        return f"{node.function}({node.observable})"

    def _component(self, field: str, component: Expr, site: str) -> str:
        value = f"{field}{site}"
        match self._kinds.get(field):
            case Complex():
                return f"{'im' if component == 1 else 're'}({value})"
            case Vector() | Sphere() | Box():
                return f"{value}[{self._print(component)}]"
        return value


def place(offset: tuple[int, ...]) -> str:
    """(1, -2) to `x + e[0] - 2*e[1]`."""
    steps = (
        f" {'+' if count > 0 else '-'} {'' if abs(count) == 1 else f'{abs(count)}*'}e[{axis}]"
        for axis, count in enumerate(offset)
        if count
    )
    return "x" + "".join(steps)


def _trace(part: str, abelian: bool, links: list[tuple[str, str, str, int]]) -> str:
    """`re(tr(U[0](x) * adj(U[1](x))))`."""
    factors = (f"{field}{site}" if axis == str(AT_SITE) else f"{field}[{axis}]{site}" for field, axis, site, _ in links)
    text = " * ".join(f if sign > 0 else f"adj({f})" for f, (*_, sign) in zip(factors, links, strict=True))
    return f"{part}({text})" if part in ("arg", _RETR) or abelian else f"{part}(tr({text}))"


def notation(expression: Expr, fields: tuple[Field, ...]) -> str:
    """The expression in the notation of the language; deterministic."""
    printer = NotationPrinter(fields)
    return min(map(printer.doprint, (expression, _by_retr(expression))), key=len)


def _by_retr(expression: Expr) -> Expr:
    """Real parts of traces as multiples of `retr`."""
    loops = (loop for loop in expression.atoms(Trace) if loop.part == "re" and not loop.group.abelian)
    divided = expression.xreplace({loop: loop.group.n * loop.as_part(_RETR) for loop in loops})
    outside = {node: node.density.as_coeff_Mul() for node in divided.atoms(SiteSum)}
    return divided.xreplace({node: number * SiteSum(density) for node, (number, density) in outside.items()})
