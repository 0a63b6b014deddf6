"""Expressions as a reader of `.lqt` files would type them; used by diagnostics and by `--emit`."""

from sympy.printing.str import StrPrinter

from lqdsl.ir.nodes import Analysis, FieldAt, Hat, Moment, Reduction, Shifted, SiteSum, TableEntry


class NotationPrinter(StrPrinter):
    """`phi(x + e[0])`, `sum[x]( ... )`, `^` for powers."""

    def _print_Pow(self, expr, rational: bool = False) -> str:  # type: ignore[no-untyped-def]
        return super()._print_Pow(expr, rational).replace("**", "^")

    def _print_Hat(self, node: Hat) -> str:
        return f"e[{node.axis}]" if node.axis.is_Integer else str(node.axis)

    def _print_FieldAt(self, node: FieldAt) -> str:
        return f"{node.field}{self._component(node.component)}({self._print(node.site)})"

    def _print_Shifted(self, node: Shifted) -> str:
        steps = "".join(self._step(axis, step) for axis, step in enumerate(node.offset) if step)
        return f"{node.field}{self._component(node.component)}(x{steps})"

    def _print_TableEntry(self, node: TableEntry) -> str:
        return f"{node.table}[{self._print(node.index)}]"

    def _print_Reduction(self, node: Reduction) -> str:
        inside = ", ".join([*(binder[0].name for binder in node.binders), *(self._print(c) for c in node.conditions)])
        return f"{node.operation}[{inside}]({self._print(node.body)})"

    def _print_SiteSum(self, node: SiteSum) -> str:
        return f"sum[x]({self._print(node.density)})"

    def _print_Moment(self, node: Moment) -> str:
        return f"<{node.observable}>" if node.power == 1 else f"<{node.observable}^{node.power}>"

    def _print_Analysis(self, node: Analysis) -> str:
        return f"{node.function}({node.observable})"

    @staticmethod
    def _step(axis: int, step: int) -> str:
        factor = "" if abs(step) == 1 else f"{abs(step)}*"
        return f" {'+' if step > 0 else '-'} {factor}e[{axis}]"

    def _component(self, component) -> str:  # type: ignore[no-untyped-def]
        return f"[{self._print(component)}]" if component != 0 else ""


def notation(expression) -> str:  # type: ignore[no-untyped-def]
    """The expression in the notation of the language; deterministic."""
    return NotationPrinter({"order": "lex"}).doprint(expression)
